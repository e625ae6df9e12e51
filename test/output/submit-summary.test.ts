import { expect } from 'chai';
import { describe, it } from 'mocha';

import { renderBar, summarizeOutcomes } from '../../src/output/submit-summary.ts';

const NONE = { accepted: 0, unchanged: 0, refused: 0, failed: 0, unknown: 0, 'not-sent': 0 };
const SOME = { ...NONE, accepted: 1200, refused: 30, unknown: 4 };

describe('renderBar', () => {
  const cases: readonly [name: string, columns: number, text: string][] = [
    [
      'the remaining width',
      73,
      `${'█'.repeat(8)}${'░'.repeat(12)} 1,200 accepted, 30 refused, 4 unknown, 1,766 waiting`,
    ],
    [
      'at most its maximum width',
      300,
      `${'█'.repeat(16)}${'░'.repeat(24)} 1,200 accepted, 30 refused, 4 unknown, 1,766 waiting`,
    ],
    ['nothing if too little width is left', 58, '1,200 accepted, 30 refused, 4 unknown, 1,766 waiting'],
  ];
  for (const [name, columns, text] of cases) {
    it(`fills ${name}`, () => {
      expect(renderBar(SOME, 3000, columns)).to.equal(text);
    });
  }

  it('is empty at the start and full at the end', () => {
    expect(renderBar(NONE, 30, 55)).to.equal(`${'░'.repeat(10)} 0 accepted, 0 refused, 0 unknown, 30 waiting`);
    expect(renderBar({ ...NONE, failed: 9, 'not-sent': 1 }, 10, 80)).to.match(
      /^█+ 0 accepted, 0 refused, 9 failed, 0 unknown, 1 not sent, 0 waiting$/,
    );
  });
});

describe('summarizeOutcomes', () => {
  it('names the outcomes, the number of sites and the elapsed time', () => {
    expect(summarizeOutcomes({ ...SOME, accepted: 2966 }, 72_000)).to.equal(
      '2,966 accepted, 30 refused, 4 unknown of 3,000 sites in 1m 12s',
    );
    expect(summarizeOutcomes({ ...NONE, accepted: 1, unchanged: 2990, failed: 9 }, 72_000)).to.equal(
      '1 accepted, 2,990 unchanged, 9 failed of 3,000 sites in 1m 12s',
    );
    expect(summarizeOutcomes({ ...NONE, 'not-sent': 2 }, 310)).to.equal('2 not sent of 2 sites in 0.31 s');
  });
});
