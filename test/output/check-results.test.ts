import { expect } from 'chai';
import { describe, it } from 'mocha';

import { type CheckResult, CHECK_FORMATS } from '../../src/output/check-results.ts';

const FINDINGS: readonly CheckResult[] = [
  { step: 'clock', outcome: 'ok', message: 'within a minute' },
  { step: 'site \u001b[31m', outcome: 'failed', message: 'a\u202eb', hint: 'c\u0007', code: 7 },
  { step: 'key', outcome: 'skipped' },
];

describe('check results', () => {
  it('show the outcome of each step as a symbol and a word', () => {
    expect(FINDINGS.map((finding) => CHECK_FORMATS.text(finding, { columns: 80, color: false }))).to.deep.equal([
      '✓ ok       clock       within a minute\n',
      '✗ failed   site \\u001b[31m  a\\u202eb\n  hint: c\\u0007\n',
      '- skipped  key\n',
    ]);
  });

  it('wrap the message at words beside its step', () => {
    const finding = {
      step: 'key',
      outcome: 'failed',
      message: 'the API rejected the key',
      hint: 'a '.repeat(50),
    } as const;
    expect(CHECK_FORMATS.text(finding, { columns: 44, color: false })).to.equal(
      `✗ failed   key         the API rejected the\n                       key\n  hint: ${'a '.repeat(50)}\n`,
    );
  });

  it('start the message on a line of its own in a narrow terminal, unless it fits beside its step', () => {
    const render = (step: string, message: string) =>
      CHECK_FORMATS.text({ step, outcome: 'ok', message }, { columns: 40, color: false });
    expect(render('answer', 'API reachable')).to.equal('✓ ok       answer      API reachable\n');
    expect(render('key file', '/home/ann/.kraken-outages-key: readable by the owner only')).to.equal(
      '✓ ok       key file\n    /home/ann/.kraken-outages-key:\n    readable by the owner only\n',
    );
    expect(render('site norwich-pear-tree', 'Norwich Pear Tree, 8 devices')).to.equal(
      '✓ ok       site norwich-pear-tree\n    Norwich Pear Tree, 8 devices\n',
    );
  });

  it('show the same text with colours', () => {
    for (const finding of FINDINGS) {
      const painted = CHECK_FORMATS.text(finding, { columns: 80, color: true });
      expect(painted).to.include('\u001b[');
      const plain = CHECK_FORMATS.text(finding, { columns: 80, color: false });
      expect(painted.replace(/\u001b\[\d+m/g, '')).to.equal(plain);
    }
  });

  it('are one JSON object per line', () => {
    expect(FINDINGS.map((finding) => CHECK_FORMATS.json(finding, { columns: 0, color: false })).join('')).to.equal(
      '{"step":"clock","outcome":"ok","message":"within a minute"}\n' +
        '{"step":"site \\u001b[31m","outcome":"failed","message":"a\\u202eb","hint":"c\\u0007","code":7}\n' +
        '{"step":"key","outcome":"skipped"}\n',
    );
  });
});
