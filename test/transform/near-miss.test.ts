import { expect } from 'chai';
import { describe, it } from 'mocha';

import { createNearMissFinder } from '../../src/transform/near-miss.ts';

describe('createNearMissFinder', () => {
  const deviceId = '0e4d59ba-43c7-4451-a8ac-ca628bcde417';
  const similar: readonly [difference: string, outageId: string][] = [
    ['letter case', deviceId.toUpperCase()],
    ['braces', `{${deviceId}}`],
    ['white space around it', `\t${deviceId} \n`],
    ['a zero-width space', `${deviceId}\u200b`],
    ['several of these differences', ` {${deviceId.toUpperCase()}}`],
  ];
  for (const [difference, outageId] of similar) {
    it(`finds an id that differs by ${difference}`, () => {
      expect(createNearMissFinder(['x', outageId])(['y', deviceId])).to.deep.equal({ outageId, deviceId });
      expect(createNearMissFinder([deviceId])(['y', outageId])).to.deep.equal({
        outageId: deviceId,
        deviceId: outageId,
      });
    });
  }

  it('finds an id in another Unicode normalization form', () => {
    const [composed, decomposed] = ['\u00e9', 'e\u0301'];
    expect(createNearMissFinder([composed])([decomposed])).to.deep.equal({ outageId: composed, deviceId: decomposed });
  });

  it('finds nothing among other ids, ids of punctuation only, or very long ids', () => {
    expect(createNearMissFinder([deviceId.slice(1), '{}', ''])([deviceId, '', '()'])).to.equal(undefined);
    expect(createNearMissFinder(['X'.repeat(201)])(['x'.repeat(201)])).to.equal(undefined);
    expect(createNearMissFinder([])([])).to.equal(undefined);
  });
});
