import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';

import { redact } from '../../src/util/redact.ts';
import { quote, toJson, visible } from '../../src/util/text.ts';

const KEY = 'k-01"23\\456';

/** Encodings of one character. The lead character of an encoding must always be encoded. */
const SPELLINGS: Readonly<Record<string, readonly [lead: string, spell: (character: string) => string]>> = {
  'a \\u escape': ['\\', (character) => `\\u${hexOf(character, 4)}`],
  'a \\u escape in upper case': ['\\', (character) => `\\u${hexOf(character, 4).toUpperCase()}`],
  'percent-encoding': ['%', (character) => `%${hexOf(character, 2)}`],
  'percent-encoding in upper case': ['%', (character) => `%${hexOf(character, 2).toUpperCase()}`],
  'a decimal entity': ['&', (character) => `&#${character.charCodeAt(0)};`],
  'a decimal entity with zeros': ['&', (character) => `&#00${character.charCodeAt(0)};`],
  'a hexadecimal entity': ['&', (character) => `&#x${hexOf(character, 2)};`],
  'a hexadecimal entity in upper case': ['&', (character) => `&#X${hexOf(character, 2).toUpperCase()};`],
};

function hexOf(character: string, digits: number): string {
  return character.charCodeAt(0).toString(16).padStart(digits, '0');
}

/** A valid header value that is long enough to be replaced within words. */
const anyKey = fc
  .string({ unit: 'grapheme-ascii', minLength: 8, maxLength: 100 })
  .filter((key) => !/\s/.test(key) && !'"[key]"'.includes(key.slice(0, 4)));

describe('redact', () => {
  it('replaces each secret', () => {
    expect(redact(`${KEY} ${JSON.stringify(KEY)} ${toJson([KEY])}`, [KEY])).to.equal('[key] "[key]" ["[key]"]');
    expect(redact('one two', ['one', 'two', ''])).to.equal('[key] [key]');
    expect(redact('as it is…', [])).to.equal('as it is…');
  });

  it('replaces secrets that overlap as one', () => {
    expect(redact('first-secret-key', ['first-secret', 'secret-key', 'secret'])).to.equal('[key]');
  });

  describe('replaces a secret if', () => {
    for (const [name, [lead, spell]] of Object.entries(SPELLINGS)) {
      it(`any characters are written as ${name}`, () => {
        fc.assert(
          fc.property(anyKey, fc.func(fc.boolean()), (key, isEncoded) => {
            const encode = (character: string): string =>
              character === lead || isEncoded(character) ? spell(character) : character;
            const encoded = Array.from(key, encode).join('');
            expect(redact(`<${encoded}>`, [key])).to.equal('<[key]>');
          }),
        );
      });
    }

    const named: Readonly<Record<string, readonly [key: string, encoded: string]>> = {
      'it contains named entities': ['a<b>"c\'&d/e+f=', 'a&lt;b&gt;&quot;c&apos;&amp;d&sol;e&plus;f&equals;'],
      'encodeURIComponent was used': ['abc/def+ghi==', encodeURIComponent('abc/def+ghi==')],
      'a slash is escaped as in JSON': ['abc/def/ghi', 'abc\\/def\\/ghi'],
      'entities are escaped as in JSON': ['abc&"def"', 'abc\\u0026amp;&quot;def\\u0026quot;'],
      'JSON is nested in JSON': ['abc"def\\ghi', JSON.stringify(JSON.stringify('abc"def\\ghi')).slice(3, -3)],
      'percent-encoding is encoded again': ['abc/def+ghi', encodeURIComponent(encodeURIComponent('abc/def+ghi'))],
      'different encodings are mixed': ['abc/def&ghi"j', 'abc%2Fdef&amp;ghi\\"j'],
      'it looks encoded itself': ['%41bc-def-%2F', '%41bc-def-%2F'],
    };
    for (const [name, [key, encoded]] of Object.entries(named)) {
      it(name, () => {
        expect(redact(`“${encoded}”`, [key])).to.equal('“[key]”');
      });
    }
  });

  it('leaves the rest of a text unchanged', () => {
    const text = 'a\\u0041 %41 &#65; \\q &none; &constructor; &#99999999; %zz \\';
    expect(redact(text, [KEY])).to.equal(text);
    expect(redact(`${text} ${KEY} ${text}`, [KEY])).to.equal(`${text} [key] ${text}`);
  });

  describe('with a secret of fewer than 8 characters', () => {
    const cases: readonly (readonly [secret: string, text: string, redacted: string])[] = [
      [
        'x',
        'expected exactly x, received "x" (x-api-key: x).',
        'expected exactly [key], received "[key]" (x-api-key: [key]).',
      ],
      ['e', 'the value e is refused', 'the value [key] is refused'],
      [
        '1',
        'http://127.0.0.1:8080, 1,200 sites, 0.1 s, key=1.',
        'http://127.0.0.1:8080, 1,200 sites, 0.1 s, key=[key].',
      ],
      ['é', 'café é', 'café [key]'],
      ['n', 'one\\ntwo n', 'one\\ntwo [key]'],
      ['amp', 'a &amp; b, amp', 'a &amp; b, [key]'],
      ['2F', 'a%2Fb 2F', 'a%2Fb [key]'],
      ['sesame', 'key=sesame&a=sesames, %73esame &#115;esame', 'key=[key]&a=sesames, [key] [key]'],
      ['sesame', 'sesam… my-sesam…', '[key]… my-sesam…'],
    ];
    for (const [secret, text, redacted] of cases) {
      it(`replaces ${secret} only as a whole token in ${visible(text)}`, () => {
        expect(redact(text, [secret])).to.equal(redacted);
      });
    }
  });

  it('replaces more than three characters of a secret before the … of a truncated text', () => {
    const cuts: Readonly<Record<string, string>> = {
      'k-01"23\\45…': '[key]…',
      'is k-01…, k-01 and k-01"…': 'is [key]…, k-01 and [key]…',
      'k-0…': 'k-0…',
      '…k-01': '…k-01',
      [`${KEY}…`]: '[key]…',
      'k-01\\"23\\…': '[key]…',
      'k-01\\u0022\\u00…': '[key]…',
      'k-01%22%3…': '[key]…',
      'k-01&quot;2&#3…': '[key]…',
      'k-01&quo…': '[key]…',
    };
    for (const [text, redacted] of Object.entries(cuts)) expect(redact(text, [KEY])).to.equal(redacted);
  });

  it('replaces a secret wherever a quoted text is truncated', () => {
    fc.assert(
      fc.property(anyKey, fc.integer({ min: 0, max: 100 }), (secret, before) => {
        const shown = redact(quote(`${'…'.repeat(before)}${secret}`), [secret]);
        expect(shown).not.to.include(secret.slice(0, 4));
      }),
    );
  });

  describe('takes linear time for', () => {
    const LENGTH = 200_000;
    const secret = `${'ab'.repeat(50)}c`;
    const texts: Readonly<Record<string, string>> = {
      'other text': '電',
      cuts: '電…',
      'prefixes of the secret': 'ab',
      'truncated secrets': `${'ab'.repeat(50)}…`,
      ampersands: '&',
      'the start of an entity': '&#x0',
      backslashes: '\\',
      'percent signs': '%25',
      'nested encodings': '\\u0025%26&amp;',
    };
    for (const [name, piece] of Object.entries(texts)) {
      it(name, () => {
        const text = piece.repeat(LENGTH / piece.length);
        const redacted = redact(text, [secret]);
        expect(redacted.length).to.be.at.most(text.length);
      }).timeout(20_000);
    }

    it('an unterminated entity', () => {
      const text = `&#x${'0'.repeat(LENGTH)}&${'a'.repeat(LENGTH)}`;
      expect(redact(text, [secret]) === text).to.equal(true);
    });
  });
});
