import { expect } from 'chai';
import { describe, it } from 'mocha';

import type { Receipt } from '../../src/domain/receipt.ts';
import { renderAnnotation, renderStepSummary } from '../../src/output/github-actions.ts';
import { RECEIPT_FACTS } from '../support/run-facts.ts';

const ACCEPTED: Receipt = {
  sha256: null,
  site: 'alpha',
  outcome: 'accepted',
  status: 200,
  outages: 9,
  attempts: 1,
  elapsedMs: 312,
  ...RECEIPT_FACTS,
};

describe('GitHub Actions', () => {
  it('get an annotation on one line, in which data cannot start a command', () => {
    expect(renderAnnotation(['100 % wrong', 'hint: a\r\n::set-env::'])).to.equal(
      '::error::100 %25 wrong%0Ahint: a%0D%0A::set-env::',
    );
  });

  it('get a table with the failures first', () => {
    const error = { code: 7, message: 'a|b <img> `c` @all' };
    const refused: Receipt = { ...ACCEPTED, site: 'b_e*t|a', outcome: 'refused', status: 400, error };
    const unknown: Receipt = { ...ACCEPTED, site: 'gamma', outcome: 'unknown', status: null, outages: null };
    const lines = renderStepSummary([ACCEPTED, refused, unknown], '1 accepted of 3 sites').split('\n');
    expect(lines[0]).to.equal(`### Outages submitted to ${RECEIPT_FACTS.api}`);
    expect(lines[2]).to.equal('1 accepted of 3 sites');
    expect(lines.slice(6, 9)).to.deep.equal([
      '| gamma | ? unknown |  |  |  |',
      '| b&#95;e&#42;t&#124;a | ✗ refused | 400 Bad Request | 9 outages | a&#124;b &#60;img&#62; &#96;c&#96; &#64;all |',
      '| alpha | ✓ accepted | 200 OK | 9 outages |  |',
    ]);
  });

  it('get at most 500 rows', () => {
    const many = Array.from({ length: 1734 }, (_, index): Receipt => ({ ...ACCEPTED, site: `s${index}` }));
    const summary = renderStepSummary(many, '');
    expect(summary.match(/^\| s/gm)).to.have.length(500);
    expect(summary).to.include('\nand 1,234 more\n');
  });
});
