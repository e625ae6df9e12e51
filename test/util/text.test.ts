import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';

import { compactJson, escapeJson, quote, toJson, visible } from '../../src/util/text.ts';

/** Control and invisible characters except the newline: C0, DEL, C1, bidi controls, separators, BOM. */
const HARMFUL = [
  ...[...Array(0x20).keys()].filter((code) => code !== 0x0a),
  ...Array.from({ length: 0x21 }, (_, i) => 0x7f + i),
  ...[0x61c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e],
  ...[0x2066, 0x2067, 0x2068, 0x2069, 0xfeff],
];

function escaped(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`;
}

describe('visible', () => {
  it('escapes each harmful character', () => {
    for (const code of HARMFUL) expect(visible(`a${String.fromCharCode(code)}b`)).to.equal(`a${escaped(code)}b`);
  });

  it('escapes line breaks', () => {
    expect(visible('a\nb\r\nc')).to.equal('a\\nb\\u000d\\nc');
  });

  it('escapes lone surrogates, but not pairs', () => {
    expect(visible('𝄞')).to.equal('𝄞');
    expect(visible('\ud834')).to.equal('\\ud834');
    expect(visible('\udd1ex')).to.equal('\\udd1ex');
  });

  it('leaves other characters unchanged', () => {
    const text = 'Grüße, 電池 №1 “—” \u00a0 é e\u0301 ~';
    expect(visible(text)).to.equal(text);
  });
});

describe('quote', () => {
  it('quotes the start and escapes it', () => {
    expect(quote('abc')).to.equal('"abc"');
    expect(quote('')).to.equal('""');
    expect(quote('\u001b[2J\n')).to.equal('"\\u001b[2J\\n"');
    expect(quote('x'.repeat(80))).to.equal(`"${'x'.repeat(80)}"`);
    expect(quote('x'.repeat(81))).to.equal(`"${'x'.repeat(80)}…"`);
    expect(quote('abcdef', 3)).to.equal('"abc…"');
  });

  it('limits the length', () => {
    expect(quote('\u001b'.repeat(10_000_000)).length).to.be.at.most(80 * 6 + 3);
    expect(quote('𝄞𝄞', 1)).to.equal('"\\ud834…"');
  });
});

describe('toJson and escapeJson', () => {
  it('escape each harmful character in equivalent JSON', () => {
    for (const code of HARMFUL) {
      const value = { [`k${String.fromCharCode(code)}`]: `v${String.fromCharCode(code)}` };
      expect(toJson(value)).to.match(/^[ -~]+$/);
      expect(JSON.parse(toJson(value))).to.deep.equal(value);
    }
  });

  it('produce equivalent JSON for any value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
        const both = [value, text];
        expect(JSON.parse(toJson(both))).to.deep.equal(JSON.parse(JSON.stringify(both)));
        expect(escapeJson(JSON.stringify(both))).to.equal(toJson(both));
      }),
    );
  });

  it('leave JSON without harmful characters unchanged', () => {
    expect(escapeJson('{"a" :\n"é\\u001b\\\\"}')).to.equal('{"a" :\n"é\\u001b\\\\"}');
  });
});

describe('compactJson', () => {
  const cases: readonly [what: string, json: string, compact: string][] = [
    ['white space between tokens', ' {\n\t"a" : [ 1 , true,\r\nnull ] } ', '{"a":[1,true,null]}'],
    ['white space in strings', '{"a b" : " c  d "}', '{"a b":" c  d "}'],
    ['escaped quotes', '[ "a\\" , \\" b" , "\\\\" , " " ]', '["a\\" , \\" b","\\\\"," "]'],
    ['harmful characters', '[ "\u202e\u009b" ]', '["\\u202e\\u009b"]'],
    ['a string alone', '" "', '" "'],
  ];
  for (const [what, json, compact] of cases) {
    it(`handles ${what}`, () => {
      expect(compactJson(json)).to.equal(compact);
    });
  }

  it('produces the shortest equivalent JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 1, '\t', '\r\n '), (value, indent) => {
        const compact = compactJson(JSON.stringify(value, null, indent));
        expect(compact).to.equal(toJson(value));
      }),
    );
  });

  it('accepts long strings and many escapes', () => {
    const json = `["${'\\n'.repeat(4_000_000)}", "${'a'.repeat(4_000_000)}"]`;
    expect(compactJson(json).length).to.equal(json.length - 1);
  });
});
