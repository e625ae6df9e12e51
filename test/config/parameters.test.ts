import { expect } from 'chai';
import { describe, it } from 'mocha';

import { isParameter, resolveParameters } from '../../src/config/parameters.ts';
import type { Written } from '../../src/config/written.ts';
import { testEnvironment } from '../support/environment.ts';

function written(text: string): Written {
  return { text, source: { kind: 'env', label: 'A_VARIABLE' } };
}

describe('config: references to parameters', () => {
  it('begin with ssm:', () => {
    const texts = ['ssm:/a', 'ssm:', 'env:ssm:/a', 'SSM:/a', ''];
    expect(texts.map((text) => isParameter(written(text)))).to.deep.equal([true, true, false, false, false]);
    expect(isParameter(undefined)).to.equal(false);
  });

  it('are all that is looked up: nobody is asked for anything else', async () => {
    const others = [undefined, written('k-ssm:/a'), written('env:A'), written('')];
    const { signal } = new AbortController();
    expect(await resolveParameters(others, testEnvironment(), signal)).to.deep.equal(others.map(() => undefined));
  });
});
