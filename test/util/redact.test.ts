import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';

import { redact } from '../../src/util/redact.ts';
import { quote, toJson } from '../../src/util/text.ts';

const KEY = 'k-01"23\\456';

describe('redact', () => {
  it('takes secrets out of a text, however they are spelt', () => {
    expect(redact(`${KEY} ${JSON.stringify(KEY)} ${toJson([KEY])}`, [KEY])).to.equal('[key] "[key]" ["[key]"]');
    expect(redact('one two', ['one', 'two', ''])).to.equal('[key] [key]');
    expect(redact('as it is…', [])).to.equal('as it is…');
  });

  it('takes out what a cut has left of one, but for what says nothing', () => {
    const cuts: Readonly<Record<string, string>> = {
      'k-01"23\\45…': '[key]…',
      'is k-01…, k-01 and k-01"…': 'is [key]…, k-01 and [key]…',
      'k-0…': 'k-0…',
      '…k-01': '…k-01',
      [`${KEY}…`]: '[key]…',
    };
    for (const [text, redacted] of Object.entries(cuts)) expect(redact(text, [KEY])).to.equal(redacted);
  });

  it('goes through a text of any length in no time', () => {
    const text = `${'電'.repeat(1_000_000)}…${'電…'.repeat(100_000)}${'電'.repeat(1_000_000)}`;
    expect(redact(text, [KEY]) === text).to.equal(true);
  });

  it('leaves no more than three characters of one in what is quoted, wherever that is cut', () => {
    const secrets = fc
      .string({ unit: 'grapheme-ascii', minLength: 8, maxLength: 100 })
      .filter((key) => !/\s/.test(key) && !'"[key]"'.includes(key.slice(0, 4)));
    fc.assert(
      fc.property(secrets, fc.integer({ min: 0, max: 100 }), (secret, before) => {
        const shown = redact(quote(`${'…'.repeat(before)}${secret}`), [secret]);
        expect(shown).not.to.include(secret.slice(0, 4));
      }),
    );
  });
});
