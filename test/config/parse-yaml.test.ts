import { expect } from 'chai';
import { describe, it } from 'mocha';

import { parseTree } from '../../src/config/parse-yaml.ts';
import { rejectionOf, errorFields } from '../support/thrown.ts';

describe('parseTree', () => {
  it('rejects a text that is larger than 1 MiB before it is parsed', async () => {
    const text = `cutoff: "${'x'.repeat(1024 * 1024)}"`;
    expect(errorFields(await rejectionOf(parseTree(text, 'package.json')))).to.deep.equal({
      type: 'ConfigurationError',
      message: 'package.json is larger than 1 MiB',
      hint: 'move the settings to a file of their own',
    });
  });
});
