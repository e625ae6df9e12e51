import { readFileSync } from 'node:fs';

import { expect } from 'chai';
import { describe, it } from 'mocha';

describe('the packages that npm ci installs', () => {
  it('have no install script', () => {
    const lock = readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8');
    expect(lock).to.include('"node_modules/msgpackr"');
    expect(lock).to.not.include('hasInstallScript');
  });
});
