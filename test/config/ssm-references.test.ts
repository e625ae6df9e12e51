import { expect } from 'chai';
import { describe, it } from 'mocha';

import { isSsmReference, resolveSsmReferences } from '../../src/config/ssm-references.ts';
import type { RawValue } from '../../src/config/raw-value.ts';
import { testEnvironment } from '../support/environment.ts';

function written(text: string): RawValue {
  return { text, source: { kind: 'env', label: 'A_VARIABLE' } };
}

describe('config: ssm: references', () => {
  it('start with ssm:', () => {
    const texts = ['ssm:/a', 'ssm:', 'env:ssm:/a', 'SSM:/a', ''];
    expect(texts.map((text) => isSsmReference(written(text)))).to.deep.equal([true, true, false, false, false]);
    expect(isSsmReference(undefined)).to.equal(false);
  });

  it('are requested, but other values are not', async () => {
    const others = [undefined, written('k-ssm:/a'), written('env:A'), written('')];
    const { signal } = new AbortController();
    expect(await resolveSsmReferences(others, testEnvironment(), signal)).to.deep.equal(others.map(() => undefined));
  });
});
