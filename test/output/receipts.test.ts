import { expect } from 'chai';
import { describe, it } from 'mocha';

import { renderJson, renderText } from '../../src/output/receipts.ts';
import type { Receipt } from '../../src/domain/receipt.ts';
import { RECEIPT_FACTS } from '../support/run-facts.ts';

const ACCEPTED: Receipt = {
  sha256: '3f2a9c0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b',
  site: 'norwich-pear-tree',
  outcome: 'accepted',
  status: 200,
  outages: 9,
  attempts: 1,
  elapsedMs: 312.4,
  ...RECEIPT_FACTS,
};
const PLAIN = { columns: 0, color: false, siteWidth: 0 };

describe('receipts as text', () => {
  const cases: readonly [receipt: Receipt, text: string][] = [
    [ACCEPTED, '✓ norwich-pear-tree  accepted  200 OK  9 outages  1 attempt  0.31 s  sha256 3f2a9c0d1e2f…\n'],
    [
      {
        ...ACCEPTED,
        outcome: 'refused',
        status: 400,
        outages: 1,
        error: { code: 7, message: 'the API refused: "\u001b[31mno\n"', hint: 'not shown' },
      },
      '✗ norwich-pear-tree  refused  400 Bad Request  1 outage  1 attempt  0.31 s  sha256 3f2a9c0d1e2f…\n',
    ],
    [
      { ...ACCEPTED, outcome: 'failed', status: 599, attempts: 6, elapsedMs: 72_000 },
      '✗ norwich-pear-tree  failed  599  9 outages  6 attempts  1m 12s  sha256 3f2a9c0d1e2f…\n',
    ],
    [
      { ...ACCEPTED, outcome: 'unknown', status: null, outages: 0 },
      '? norwich-pear-tree  unknown  0 outages  1 attempt  0.31 s  sha256 3f2a9c0d1e2f…\n',
    ],
    [
      { ...ACCEPTED, outcome: 'unchanged', status: null, attempts: 0, elapsedMs: 0 },
      '= norwich-pear-tree  unchanged  9 outages  sha256 3f2a9c0d1e2f…\n',
    ],
    [
      {
        ...ACCEPTED,
        site: 'evil\u202e\u009b',
        outcome: 'not-sent',
        status: null,
        outages: null,
        attempts: 0,
        sha256: null,
        elapsedMs: 0,
        error: { code: 6, message: 'outages[17].begin: no date' },
      },
      '- evil\\u202e\\u009b  not sent\n',
    ],
  ];
  for (const [receipt, text] of cases) {
    it(`shows the outcome ${receipt.outcome}`, () => {
      expect(renderText(receipt, PLAIN)).to.equal(text);
    });
  }

  it('colours the symbol and the word', () => {
    expect(renderText({ ...ACCEPTED, sha256: null }, { ...PLAIN, color: true })).to.equal(
      '\u001b[32m✓\u001b[39m norwich-pear-tree  \u001b[32maccepted\u001b[39m  200 OK  9 outages  1 attempt  0.31 s\n',
    );
  });
});

describe('receipts as text on a terminal', () => {
  const shown = (receipt: Partial<Receipt>, columns: number): string =>
    renderText({ ...ACCEPTED, ...receipt }, { columns, color: false, siteWidth: 20 });

  it('are aligned in columns', () => {
    expect(shown({}, 0)).to.match(/^✓ norwich-pear-tree {5}accepted {2}200 OK/);
    expect(shown({ site: '名前', outcome: 'refused', status: 400 }, 0)).to.match(
      /^✗ 名前 {18}refused {3}400 Bad Request/,
    );
    expect(shown({ site: 'longer-than-the-column' }, 0)).to.match(/^✓ longer-than-the-column {2}accepted/);
  });

  it('omit the least important fields until they fit', () => {
    const all = '✓ norwich-pear-tree     accepted  200 OK  9 outages  1 attempt  0.31 s';
    expect(shown({}, 100)).to.equal(`${all}  sha256 3f2a9c0d1e2f…\n`);
    expect(shown({}, 80)).to.equal(`${all}\n`);
    expect(shown({}, 65)).to.equal('✓ norwich-pear-tree     accepted  200 OK  9 outages  0.31 s\n');
    expect(shown({}, 20)).to.equal('✓ norwich-pear-tree     accepted  9 outages  0.31 s\n');
  });

  it('say that outages at the cutoff are included', () => {
    expect(shown({ cutoffInclusive: true }, 100)).to.include('  0.31 s  cutoff included\n');
  });
});

const FACTS = JSON.stringify(RECEIPT_FACTS).slice(1, -1);

describe('receipts as JSON', () => {
  it('have their keys in order', () => {
    expect(renderJson(ACCEPTED)).to.equal(
      `{"site":"norwich-pear-tree","status":200,"outcome":"accepted","outages":9,"attempts":1,"sha256":"${ACCEPTED.sha256 ?? ''}","elapsedMs":312,${FACTS}}\n`,
    );
  });

  it('end with the error, if any, on the same line', () => {
    const receipt: Receipt = {
      error: { code: 9, message: 'lost\n\u009b', hint: 'ask' },
      site: 'a',
      status: null,
      outcome: 'unknown',
      outages: null,
      attempts: 2,
      sha256: null,
      elapsedMs: 0,
      ...RECEIPT_FACTS,
    };
    expect(renderJson(receipt)).to.equal(
      '{"site":"a","status":null,"outcome":"unknown","outages":null,"attempts":2,"sha256":null,"elapsedMs":0,' +
        `${FACTS},"error":{"code":9,"message":"lost\\n\\u009b","hint":"ask"}}\n`,
    );
  });
});
