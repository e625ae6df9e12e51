import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';

import { matchCanonical } from '../../../src/api/json-reader/canonical.ts';
import { createIdIndex } from '../../../src/api/json-reader/id-index.ts';
import { createJsonReader, type JsonElement } from '../../../src/api/json-reader/json-reader.ts';
import { NotJsonError } from '../../../src/domain/errors.ts';
import { parseInstant } from '../../../src/transform/instant.ts';
import { isJson, read } from './support/read.ts';

const WANTED = ['86b5c819-6a6c-4978-8c51-a2d810bb9318', 'x', '', 'a"b\\', 'Akku Ä 🔋'];
const UNREQUESTED_DEVICES = [
  '86b5c819-6a6c-4978-8c51-a2d810bb9319',
  '86b5c819-6a6c-4978-8c51-a2d810bb931',
  'xy',
  ' ',
  'Ä',
];
const TIMES = [
  '2022-05-23T12:21:27.377Z',
  '2024-02-29T00:00:00.000Z',
  '2023-02-29T00:00:00.000Z',
  '2022-13-01T00:00:00.000Z',
  '2022-00-01T00:00:00.000Z',
  '2022-04-31T00:00:00.000Z',
  '2022-01-00T00:00:00.000Z',
  '2022-01-01T24:00:00.000Z',
  '2022-01-01T23:60:00.000Z',
  '2022-01-01T23:59:60.000Z',
  '2016-12-31T23:59:60.000Z',
  '2022-01-01t00:00:00.000z',
  '2022-01-01T00:00:00+05:45',
  '2022-01-01T00:00:00.00aZ',
  '2022-01-01T00:00:00.000',
  '',
];

type Pair = readonly [key: string, value: string];

const space = fc.constantFrom('', ' ', '\n\t', '\r\n  ');
const anyJson = fc.json({ maxDepth: 3 });
const idValue = fc.oneof(
  { arbitrary: fc.constantFrom(...WANTED, ...UNREQUESTED_DEVICES).map((id) => JSON.stringify(id)), weight: 8 },
  { arbitrary: fc.constantFrom('"\\u0078"', '"\\/"', '12', 'null', '["x"]'), weight: 1 },
);
const timeValue = fc.oneof(
  { arbitrary: fc.constantFrom(...TIMES).map((time) => JSON.stringify(time)), weight: 6 },
  { arbitrary: fc.constantFrom('"\\u0032022-05-23T12:21:27.377Z"', '0', 'null', '{}'), weight: 1 },
);
const plainRecord = fc.tuple(idValue, timeValue, timeValue).map(([id, begin, end]): readonly Pair[] => [
  ['"id"', id],
  ['"begin"', begin],
  ['"end"', end],
]);
const unusualRecord = fc.array(
  fc.oneof(
    fc.tuple(fc.constantFrom('"id"', '"\\u0069d"'), idValue),
    fc.tuple(fc.constantFrom('"begin"', '"end"', '"e\\u006ed"'), timeValue),
    fc.tuple(fc.constantFrom('"ids"', '"di"', '"Ä"', '"__proto__"', '"beginn"'), anyJson),
  ),
  { maxLength: 6 },
);
/** Records in the format of the API, most of them not requested. */
const usualRecord = fc
  .tuple(
    fc.oneof(fc.constantFrom(...WANTED, ...UNREQUESTED_DEVICES), fc.uuid()).map((id) => JSON.stringify(id)),
    fc.constantFrom('"2022-05-23T12:21:27.377Z"', '"1999-12-31T23:59:59.999Z"'),
    fc.constantFrom('"2022-05-23T12:21:27.377Z"', '"2400-01-31T00:00:00.000Z"'),
  )
  .map(([id, begin, end]): readonly Pair[] => [
    ['"id"', id],
    ['"begin"', begin],
    ['"end"', end],
  ]);
const record = fc.oneof(
  { arbitrary: usualRecord, weight: 4 },
  { arbitrary: plainRecord, weight: 3 },
  { arbitrary: unusualRecord, weight: 2 },
);

function isUsual(text: string): boolean {
  const bytes = new Uint8Array(Buffer.from(text));
  return matchCanonical(new DataView(bytes.buffer), 0, bytes.length) === bytes.length;
}

/** Returns the expected result for a record with these keys and values. */
function expectedOf(pairs: readonly Pair[], wanted: readonly string[]): 'emitted' | 'invalid' | 'skipped' {
  const valuesOf = (name: string): unknown[] =>
    pairs.filter(([key]) => JSON.parse(key) === name).map(([, value]): unknown => JSON.parse(value));
  const [id, ...otherIds] = valuesOf('id');
  if (typeof id !== 'string' || otherIds.length > 0 || wanted.includes(id)) return 'emitted';
  const fits = ['begin', 'end'].every((name) => {
    const [time, ...others] = valuesOf(name);
    return typeof time === 'string' && others.length === 0 && parseInstant(time) !== undefined;
  });
  return fits ? 'skipped' : 'invalid';
}

describe('createJsonReader', () => {
  it('emits, skips and counts records in any notation, with chunks cut anywhere', () => {
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 8 }),
        space,
        fc.array(fc.nat(), { maxLength: 6 }),
        (records, gap, cuts) => {
          const texts = records.map(
            (pairs) => `{${pairs.map(([key, value]) => key + gap + ':' + value).join(gap + ',')}}`,
          );
          const bytes = Buffer.from(`${gap}[${texts.join(gap + ',' + gap)}${gap}]${gap}`);
          const expected = records.map((pairs) => expectedOf(pairs, WANTED));
          const seen = read(bytes, cuts, WANTED);
          if (typeof seen === 'string') expect.fail(seen);
          expect(seen.count).to.equal(records.length);
          expect(seen.invalidSkipped).to.equal(expected.filter((each) => each === 'invalid').length);
          expect(
            seen.emitted.map(({ position, text, isCanonical }) => ({ position, text, isCanonical })),
          ).to.deep.equal(
            texts.flatMap((text, position) =>
              expected[position] === 'emitted' ? { position, text, isCanonical: isUsual(text) } : [],
            ),
          );
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('accepts the same documents as JSON.parse, with bytes changed, removed or inserted', () => {
    const mutation = fc.record({ at: fc.nat(), lose: fc.nat({ max: 3 }), put: fc.uint8Array({ maxLength: 3 }) });
    const interesting = fc
      .constantFrom(...Buffer.from('"\\{}[]:,0-+.eEutfn \n\t\u0000\u007f'))
      .map((byte) => Uint8Array.of(byte));
    const mutations = fc.array(
      fc.oneof(mutation, fc.record({ at: fc.nat(), lose: fc.nat({ max: 1 }), put: interesting })),
      { minLength: 1, maxLength: 3 },
    );
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 4 }),
        mutations,
        fc.array(fc.nat(), { maxLength: 6 }),
        (records, changes, cuts) => {
          const text = `[${records.map((pairs) => `{${pairs.map(([key, value]) => `${key}:${value}`).join(',')}}`).join(',')}]`;
          let bytes = Buffer.from(text);
          for (const { at, lose, put } of changes) {
            const place = at % (bytes.length + 1);
            bytes = Buffer.concat([bytes.subarray(0, place), put, bytes.subarray(place + lose)]);
          }
          expect(read(bytes, cuts, WANTED) !== 'not JSON', bytes.toString()).to.equal(isJson(bytes));
          expect(read(bytes, cuts, WANTED)).to.deep.equal(read(bytes, [], WANTED));
        },
      ),
      { numRuns: 6000 },
    );
  });

  it('reads runs of canonical records up to the size limit, with chunks cut anywhere', () => {
    const texts = ['x', 'y', 'x', 'z', 'x'].map(
      (id) => `{"id":"${id}","begin":"2022-05-23T12:21:27.377Z","end":"2022-05-23T12:21:27.377Z"}`,
    );
    const limit = texts[0]?.length ?? 0;
    for (const gap of ['', ' ']) {
      const bytes = Buffer.from(`[${texts.join(`${gap},${gap}`)}${gap}]`);
      const all = texts.map((text, position) => ({ position, text, isCanonical: true, repeated: undefined }));
      const places = [undefined, ...bytes.keys()];
      for (const cuts of places.map((place) => (place === undefined ? [] : [place]))) {
        const seen = read(bytes, cuts, undefined, limit);
        expect(seen, cuts.join()).to.deep.equal({ emitted: all, count: 5, invalidSkipped: 0 });
        const some = all.filter(({ text }) => text.includes('"x"'));
        expect(read(bytes, cuts, ['x'], limit), cuts.join()).to.deep.equal({
          emitted: some,
          count: 5,
          invalidSkipped: 0,
        });
      }
      expect(read(bytes, [], ['x'], limit - 1)).to.equal('invalid');
    }
  });

  it('waits for the rest of a record after many others', () => {
    const body = Buffer.from(`[${'1,'.repeat(500)}"${'a'.repeat(90)}"]`);
    for (const cut of [1002, 1050, 1090]) expect(read(body, [cut], [], 100)).to.have.property('count', 501);
  });

  it('compares every letter of a key', () => {
    for (const name of ['id', 'name', 'begin', 'end']) {
      const twice = (key: string) => read(Buffer.from(`[{"${key}":1,"${key}":2}]`), [], []);
      expect(twice(name)).to.have.nested.property('emitted[0].repeated', name);
      for (let at = 0; at < name.length; at++) {
        const other = `${name.slice(0, at)}x${name.slice(at + 1)}`;
        expect(twice(other), other).to.have.nested.property('emitted[0].repeated', undefined);
      }
    }
  });

  it('rejects an array with one timestamp in place of a timestamp', () => {
    const time = '"2022-05-23T12:21:27.377Z"';
    for (const [begin, end] of [
      [`[${time}]`, time],
      [time, `[${time}]`],
    ] as const) {
      const body = `[{"id":"y","begin":${begin},"end":${end}}]`;
      expect(read(Buffer.from(body), [], ['x']), body).to.have.property('invalidSkipped', 1);
    }
  });

  const problems: readonly (readonly [body: string, message: string])[] = [
    ['{}', 'expected an array, received an object'],
    ['true', 'expected an array, received a boolean'],
    ['false', 'expected an array, received a boolean'],
    ['null', 'expected an array, received null'],
    ['-1', 'expected an array, received a number'],
    [`"${'x'.repeat(2 * 1024 * 1024)}"`, 'the document: larger than 1048576 bytes'],
    [`[0,"${'x'.repeat(2000)}"]`, 'record 1: larger than 1000 bytes'],
    ['[0,{"a":"\xff"}]', 'invalid JSON at byte 3: invalid UTF-8 in record 1'],
    ['[{"a":1 "b":2}]', 'invalid JSON at byte 8: expected "," or "}"'],
    ['[[1 2]]', 'invalid JSON at byte 4: expected "," or "]"'],
    ['[-x]', 'invalid JSON at byte 2: expected a digit'],
    ['[1.x]', 'invalid JSON at byte 3: expected a digit'],
    ['[trux]', 'invalid JSON at byte 4: expected true'],
    ['["\\x"]', 'invalid JSON at byte 3: invalid escape sequence'],
    ['["\\u00x0"]', 'invalid JSON at byte 6: expected a hexadecimal digit'],
    ['["\t"]', 'invalid JSON at byte 2: unescaped control character in a string'],
    ['[{a:1}]', 'invalid JSON at byte 2: expected a quoted key'],
    ['[{"a",1}]', 'invalid JSON at byte 5: expected ":"'],
  ];
  for (const [body, message] of problems) {
    it(`rejects ${body.slice(0, 20)}: ${message}`, () => {
      const reader = createJsonReader({ array: { limit: 1000, element: () => undefined } });
      expect(() => {
        reader.push(Buffer.from(body, 'latin1'));
        reader.end();
      }).to.throw(message);
    });
  }

  it('reads any JSON value as an element, with chunks cut anywhere', () => {
    fc.assert(
      fc.property(fc.array(anyJson, { maxLength: 5 }), fc.array(fc.nat(), { maxLength: 5 }), (values, cuts) => {
        const seen = read(Buffer.from(`[${values.join(',')}]`), cuts, undefined);
        if (typeof seen === 'string') expect.fail(seen);
        expect(seen.emitted.map(({ text }) => text)).to.deep.equal(values);
      }),
    );
  });

  it('returns the same result if every byte arrives alone', () => {
    const body = Buffer.from(
      '[{"id":"x","begin":"2022-05-23T12:21:27.377Z","end":"2022-05-23T12:21:27.377Z"}, {"a":[1,{"b":"\\u00e4ä"}],"id":"y"},-1.5e+3]',
    );
    const everywhere = [...body.keys()];
    expect(read(body, everywhere, ['x'])).to.deep.equal(read(body, [], ['x']));
    expect(read(body, [], ['x'])).to.deep.include({ count: 3, invalidSkipped: 1 });
  });

  it('reports the first duplicate key', () => {
    const seen = read(Buffer.from('[{"id":"x","end":"1","begin":"2","\\u0065nd":"3"}]'), [], ['x']);
    expect(seen).to.have.nested.property('emitted[0].repeated', 'end');
  });

  const rejected: readonly (readonly [string, string | Uint8Array, string])[] = [
    ['an empty body', '', 'not JSON'],
    ['HTML', '<!doctype html><p>Bad gateway', 'not JSON'],
    ['an unclosed array', '[{"id":"x"}', 'not JSON'],
    ['an array with a trailing comma', '[1,]', 'not JSON'],
    ['two arrays', '[][]', 'not JSON'],
    ['UTF-16', Buffer.from('\ufeff[]', 'utf16le'), 'not JSON'],
    ['a byte order mark within the document', '[\ufeff]', 'not JSON'],
    ['two byte order marks', '\ufeff\ufeff[]', 'not JSON'],
    ['half a byte order mark', Buffer.from('\ufeff[]').subarray(1), 'not JSON'],
    ['invalid UTF-8 in a skipped record', Buffer.from('[{"id":"y","a":"\xff"}]', 'latin1'), 'not JSON'],
    ['an overlong encoding', Buffer.from('["\xc0\x80"]', 'latin1'), 'not JSON'],
    ['a surrogate in UTF-8', Buffer.from('["\xed\xa0\x80"]', 'latin1'), 'not JSON'],
    ['null', 'null', 'invalid'],
    ['a number', '12', 'invalid'],
    ['a string', '"[]"', 'invalid'],
    ['an object', '{"message":"Internal server error"}', 'invalid'],
    ['an object and more', '{} {}', 'not JSON'],
    ['a truncated object', '{"message":', 'not JSON'],
    ['a record over the limit', `[{"id":"y","a":"${'x'.repeat(1024 * 1024)}"}]`, 'invalid'],
    ['an endless record', `[{"id":"y","a":"${'x'.repeat(3 * 1024 * 1024)}`, 'invalid'],
  ];
  for (const [what, body, verdict] of rejected) {
    it(`rejects ${what} as ${verdict}, with chunks cut anywhere`, () => {
      const bytes = Buffer.from(body);
      expect(read(bytes, [], ['x'])).to.equal(verdict);
      expect(read(bytes, [1, 2, 3, bytes.length - 1, Math.floor(bytes.length / 2)], ['x'])).to.equal(verdict);
    });
  }

  it('skips a byte order mark, with chunks cut anywhere', () => {
    const bytes = Buffer.from('\ufeff[{"id":"x"}]');
    for (let cut = 0; cut < bytes.length; cut++) {
      expect(read(bytes, [cut], ['x']), `${cut}`).to.have.nested.property('emitted[0].text', '{"id":"x"}');
    }
    expect(read(Buffer.from('\ufeff'), [], [])).to.equal('not JSON');
  });

  it('accepts a record of exactly the size limit', () => {
    const rest = '{"id":"y","a":""}'.length;
    const body = `[{"id":"y","a":"${'x'.repeat(1024 * 1024 - rest)}"}]`;
    expect(read(Buffer.from(body), [], ['y'])).to.have.property('count', 1);
  });

  it('reads 200,000 nested arrays', () => {
    const deep = `[{"id":"y","a":${'['.repeat(200_000)}${']'.repeat(200_000)}}]`;
    expect(read(Buffer.from(deep), [5], ['x'])).to.have.property('count', 1);
    expect(read(Buffer.from(deep.replace(/\]\}\]$/, '}]')), [5], ['x'])).to.equal('not JSON');
  });

  it('reports the offset in the whole document', () => {
    const reader = createJsonReader({ array: { limit: 1000, element: () => undefined } });
    reader.push(Buffer.from('[1, 2,'));
    expect(() => {
      reader.push(Buffer.from(' 3 4]'));
    }).to.throw(NotJsonError, 'invalid JSON at byte 9: expected "," or "]"');
  });

  it('does not rescan a large record for every byte that arrives', () => {
    const reader = createJsonReader({
      array: { limit: 1024 * 1024, wanted: createIdIndex([]), element: () => undefined },
    });
    reader.push(Buffer.from('[{"id":"y","a":"'));
    const drop = Buffer.from('x');
    // A million scans of up to a megabyte each would take hours.
    for (let i = 0; i < 1_000_000; i++) reader.push(drop);
    reader.push(Buffer.from('"}]'));
    reader.end();
    expect(reader.count()).to.equal(1);
  });
});

describe('createJsonReader for an object with arrays', () => {
  function readObject(body: string, cuts: readonly number[] = []): string {
    const said: string[] = [];
    const array = (name: string) => ({
      limit: 100,
      element: ({ position, bytes }: JsonElement) => {
        said.push(`${name}[${position}]=${Buffer.from(bytes).toString()}`);
      },
    });
    const member = (name: string) => (json: Uint8Array) => {
      said.push(`${name}=${Buffer.from(json).toString()}`);
    };
    const reader = createJsonReader({
      arrays: new Map([
        ['a', array('a')],
        ['b', array('b')],
      ]),
      members: new Map(['c', 'n'].map((name) => [name, member(name)])),
    });
    const bytes = Buffer.from(body);
    try {
      for (const [index, cut] of [0, ...cuts].entries()) reader.push(bytes.subarray(cut, cuts[index] ?? bytes.length));
      reader.end();
    } catch (error) {
      said.push(error instanceof Error ? error.message : '');
    }
    return said.join(' ');
  }

  const cases: readonly (readonly [string, string])[] = [
    ['{"a":[1,2],"b":[]}', 'a[0]=1 a[1]=2'],
    [' { "b" : [ {"x":[ ]} ] , "c" : "d" , "a" : [ ] } ', 'b[0]={"x":[ ]} c="d"'],
    ['{"a":[],"b":[],"n":12}', 'n=12'],
    ['{"a":[]}', 'b: expected an array, received nothing'],
    ['{"a":1,"b":[]}', 'a: expected an array, received a number'],
    ['{"a":[],"a":[],"b":[]}', 'duplicate key "a"'],
    ['{"a":[],"c":1,"\\u0063":2,"b":[]}', 'c=1 duplicate key "c"'],
    ['{"a":[],"b":[],"x":1,"x":2}', ''],
    ['{"a":1,"b":[],', 'invalid JSON at byte 14: unexpected end of data'],
    ['{"a":?', 'invalid JSON at byte 5: expected a value'],
    ['{"a":[],"a":[],"b":[]', 'invalid JSON at byte 21: unexpected end of data'],
    ['[]', 'expected an object, received an array'],
    ['{}', 'a: expected an array, received nothing'],
    ['{"a":[],"b":[]', 'invalid JSON at byte 14: unexpected end of data'],
    ['{"a":[],}', 'invalid JSON at byte 8: expected a quoted key'],
    ['{"a":[] "b":[]}', 'invalid JSON at byte 8: expected "," or "}"'],
    ['{"a" []}', 'invalid JSON at byte 5: expected ":"'],
    [`{"${'k'.repeat(2 * 1024 * 1024)}":1}`, 'a key: larger than 1048576 bytes'],
  ];
  for (const [body, expected] of cases) {
    it(`reads ${body.slice(0, 40)} as: ${expected}`, () => {
      expect(readObject(body)).to.equal(expected);
      expect(
        readObject(
          body,
          Array.from({ length: Math.min(body.length - 1, 50) }, (_, index) => index + 1),
        ),
      ).to.equal(expected);
    });
  }
});
