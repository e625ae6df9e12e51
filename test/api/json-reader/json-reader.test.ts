import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';

import { matchCanonical } from '../../../src/api/json-reader/canonical.ts';
import { createIdIndex } from '../../../src/api/json-reader/id-index.ts';
import { createJsonReader, type FoundElement } from '../../../src/api/json-reader/json-reader.ts';
import { NotJsonError } from '../../../src/domain/errors.ts';
import { parseInstant } from '../../../src/transform/instant.ts';
import { isJson, read } from './support/read.ts';

const WANTED = ['86b5c819-6a6c-4978-8c51-a2d810bb9318', 'x', '', 'a"b\\', 'Akku Ä 🔋'];
const STRANGERS = ['86b5c819-6a6c-4978-8c51-a2d810bb9319', '86b5c819-6a6c-4978-8c51-a2d810bb931', 'xy', ' ', 'Ä'];
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
  { arbitrary: fc.constantFrom(...WANTED, ...STRANGERS).map((id) => JSON.stringify(id)), weight: 8 },
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
const oddRecord = fc.array(
  fc.oneof(
    fc.tuple(fc.constantFrom('"id"', '"\\u0069d"'), idValue),
    fc.tuple(fc.constantFrom('"begin"', '"end"', '"e\\u006ed"'), timeValue),
    fc.tuple(fc.constantFrom('"ids"', '"di"', '"Ä"', '"__proto__"', '"beginn"'), anyJson),
  ),
  { maxLength: 6 },
);
/** As the API writes them, most of them strangers'. */
const usualRecord = fc
  .tuple(
    fc.oneof(fc.constantFrom(...WANTED, ...STRANGERS), fc.uuid()).map((id) => JSON.stringify(id)),
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
  { arbitrary: oddRecord, weight: 2 },
);

function isUsual(text: string): boolean {
  const bytes = new Uint8Array(Buffer.from(text));
  return matchCanonical(new DataView(bytes.buffer), 0, bytes.length) === bytes.length;
}

/** What the design says of a record that is spelt by these pairs. */
function judge(pairs: readonly Pair[], wanted: readonly string[]): 'handed out' | 'misfit' | 'skipped' {
  const valuesOf = (name: string): unknown[] =>
    pairs.filter(([key]) => JSON.parse(key) === name).map(([, value]): unknown => JSON.parse(value));
  const [id, ...otherIds] = valuesOf('id');
  if (typeof id !== 'string' || otherIds.length > 0 || wanted.includes(id)) return 'handed out';
  const fits = ['begin', 'end'].every((name) => {
    const [time, ...others] = valuesOf(name);
    return typeof time === 'string' && others.length === 0 && parseInstant(time) !== undefined;
  });
  return fits ? 'skipped' : 'misfit';
}

describe('the reader', () => {
  it('hands out, skips and counts as the design says, however records are spelt and cut', () => {
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
          const verdicts = records.map((pairs) => judge(pairs, WANTED));
          const seen = read(bytes, cuts, WANTED);
          if (typeof seen === 'string') expect.fail(seen);
          expect(seen.count).to.equal(records.length);
          expect(seen.misfits).to.equal(verdicts.filter((verdict) => verdict === 'misfit').length);
          expect(
            seen.handedOut.map(({ position, text, isCanonical }) => ({ position, text, isCanonical })),
          ).to.deep.equal(
            texts.flatMap((text, position) =>
              verdicts[position] === 'handed out' ? { position, text, isCanonical: isUsual(text) } : [],
            ),
          );
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('takes the same bodies for JSON as JSON.parse does, when bytes are changed, lost or put in', () => {
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

  it('takes canonical records behind each other the fast way, up to the limit, wherever they are cut', () => {
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
        expect(seen, cuts.join()).to.deep.equal({ handedOut: all, count: 5, misfits: 0 });
        const some = all.filter(({ text }) => text.includes('"x"'));
        expect(read(bytes, cuts, ['x'], limit), cuts.join()).to.deep.equal({ handedOut: some, count: 5, misfits: 0 });
      }
      expect(read(bytes, [], ['x'], limit - 1)).to.equal('misfit');
    }
  });

  it('waits for the rest of a record however much came before it', () => {
    const body = Buffer.from(`[${'1,'.repeat(500)}"${'a'.repeat(90)}"]`);
    for (const cut of [1002, 1050, 1090]) expect(read(body, [cut], [], 100)).to.have.property('count', 501);
  });

  it('knows each name by all of its letters', () => {
    for (const name of ['id', 'name', 'begin', 'end']) {
      const twice = (key: string) => read(Buffer.from(`[{"${key}":1,"${key}":2}]`), [], []);
      expect(twice(name)).to.have.nested.property('handedOut[0].repeated', name);
      for (let at = 0; at < name.length; at++) {
        const other = `${name.slice(0, at)}x${name.slice(at + 1)}`;
        expect(twice(other), other).to.have.nested.property('handedOut[0].repeated', undefined);
      }
    }
  });

  it('takes no array of one time for a time', () => {
    const time = '"2022-05-23T12:21:27.377Z"';
    for (const [begin, end] of [
      [`[${time}]`, time],
      [time, `[${time}]`],
    ] as const) {
      const body = `[{"id":"y","begin":${begin},"end":${end}}]`;
      expect(read(Buffer.from(body), [], ['x']), body).to.have.property('misfits', 1);
    }
  });

  const problems: readonly (readonly [body: string, message: string])[] = [
    ['{}', 'expected an array, received an object'],
    ['true', 'expected an array, received a boolean'],
    ['false', 'expected an array, received a boolean'],
    ['null', 'expected an array, received null'],
    ['-1', 'expected an array, received a number'],
    [`"${'x'.repeat(2 * 1024 * 1024)}"`, 'the body: larger than 1048576 bytes'],
    [`[0,"${'x'.repeat(2000)}"]`, 'record 1: larger than 1000 bytes'],
    ['[0,{"a":"\xff"}]', 'not JSON: byte 3: expected UTF-8 in record 1'],
    ['[{"a":1 "b":2}]', 'not JSON: byte 8: expected "," or "}"'],
    ['[[1 2]]', 'not JSON: byte 4: expected "," or "]"'],
    ['[-x]', 'not JSON: byte 2: expected a digit'],
    ['[1.x]', 'not JSON: byte 3: expected a digit'],
    ['[trux]', 'not JSON: byte 4: expected true'],
    ['["\\x"]', 'not JSON: byte 3: expected an escape that JSON knows'],
    ['["\\u00x0"]', 'not JSON: byte 6: expected a hexadecimal digit'],
    ['["\t"]', 'not JSON: byte 2: expected no control character in a string'],
    ['[{a:1}]', 'not JSON: byte 2: expected a key in quotes'],
    ['[{"a",1}]', 'not JSON: byte 5: expected ":"'],
  ];
  for (const [body, message] of problems) {
    it(`says of ${body.slice(0, 20)}: ${message}`, () => {
      const reader = createJsonReader({ array: { limit: 1000, element: () => undefined } });
      expect(() => {
        reader.push(Buffer.from(body, 'latin1'));
        reader.end();
      }).to.throw(message);
    });
  }

  it('reads any JSON value as an element, in any cutting', () => {
    fc.assert(
      fc.property(fc.array(anyJson, { maxLength: 5 }), fc.array(fc.nat(), { maxLength: 5 }), (values, cuts) => {
        const seen = read(Buffer.from(`[${values.join(',')}]`), cuts, undefined);
        if (typeof seen === 'string') expect.fail(seen);
        expect(seen.handedOut.map(({ text }) => text)).to.deep.equal(values);
      }),
    );
  });

  it('gives the same answer when every byte comes alone', () => {
    const body = Buffer.from(
      '[{"id":"x","begin":"2022-05-23T12:21:27.377Z","end":"2022-05-23T12:21:27.377Z"}, {"a":[1,{"b":"\\u00e4ä"}],"id":"y"},-1.5e+3]',
    );
    const everywhere = [...body.keys()];
    expect(read(body, everywhere, ['x'])).to.deep.equal(read(body, [], ['x']));
    expect(read(body, [], ['x'])).to.deep.include({ count: 3, misfits: 1 });
  });

  it('says which of id, begin and end stands there twice', () => {
    const seen = read(Buffer.from('[{"id":"x","end":"1","begin":"2","\\u0065nd":"3"}]'), [], ['x']);
    expect(seen).to.have.nested.property('handedOut[0].repeated', 'end');
  });

  const refused: readonly (readonly [string, string | Uint8Array, string])[] = [
    ['an empty body', '', 'not JSON'],
    ['HTML', '<!doctype html><p>Bad gateway', 'not JSON'],
    ['an array that never ends', '[{"id":"x"}', 'not JSON'],
    ['an array with a comma before its end', '[1,]', 'not JSON'],
    ['two arrays', '[][]', 'not JSON'],
    ['a byte order mark', '\ufeff[]', 'not JSON'],
    ['invalid UTF-8 in what is skipped', Buffer.from('[{"id":"y","a":"\xff"}]', 'latin1'), 'not JSON'],
    ['an overlong encoding', Buffer.from('["\xc0\x80"]', 'latin1'), 'not JSON'],
    ['a surrogate in UTF-8', Buffer.from('["\xed\xa0\x80"]', 'latin1'), 'not JSON'],
    ['null', 'null', 'misfit'],
    ['a number', '12', 'misfit'],
    ['a string', '"[]"', 'misfit'],
    ['an object', '{"message":"Internal server error"}', 'misfit'],
    ['an object and more', '{} {}', 'not JSON'],
    ['an object that breaks off', '{"message":', 'not JSON'],
    ['a record over the limit', `[{"id":"y","a":"${'x'.repeat(1024 * 1024)}"}]`, 'misfit'],
    ['a record that never ends', `[{"id":"y","a":"${'x'.repeat(3 * 1024 * 1024)}`, 'misfit'],
  ];
  for (const [what, body, verdict] of refused) {
    it(`refuses ${what}: ${verdict}, wherever it is cut`, () => {
      const bytes = Buffer.from(body);
      expect(read(bytes, [], ['x'])).to.equal(verdict);
      expect(read(bytes, [1, 2, 3, bytes.length - 1, Math.floor(bytes.length / 2)], ['x'])).to.equal(verdict);
    });
  }

  it('takes a record of exactly the limit', () => {
    const rest = '{"id":"y","a":""}'.length;
    const body = `[{"id":"y","a":"${'x'.repeat(1024 * 1024 - rest)}"}]`;
    expect(read(Buffer.from(body), [], ['y'])).to.have.property('count', 1);
  });

  it('survives 200,000 levels', () => {
    const deep = `[{"id":"y","a":${'['.repeat(200_000)}${']'.repeat(200_000)}}]`;
    expect(read(Buffer.from(deep), [5], ['x'])).to.have.property('count', 1);
    expect(read(Buffer.from(deep.replace(/\]\}\]$/, '}]')), [5], ['x'])).to.equal('not JSON');
  });

  it('names the byte of the whole body and what was expected there', () => {
    const reader = createJsonReader({ array: { limit: 1000, element: () => undefined } });
    reader.push(Buffer.from('[1, 2,'));
    expect(() => {
      reader.push(Buffer.from(' 3 4]'));
    }).to.throw(NotJsonError, 'not JSON: byte 9: expected "," or "]"');
  });

  it('does no work over and over while a large record drips in', () => {
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

describe('the reader, on an object of arrays', () => {
  function readObject(body: string, cuts: readonly number[] = []): string {
    const said: string[] = [];
    const array = (name: string) => ({
      limit: 100,
      element: ({ position, bytes }: FoundElement) => {
        said.push(`${name}[${position}]=${Buffer.from(bytes).toString()}`);
      },
    });
    const member = (name: string, bytes: Uint8Array): void => {
      said.push(`${name}=${Buffer.from(bytes).toString()}`);
    };
    const reader = createJsonReader({
      arrays: new Map([
        ['a', array('a')],
        ['b', array('b')],
      ]),
      member,
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
    ['{"a":[],"a":[],"b":[]}', '"a" stands there twice'],
    ['{"a":[],"c":1,"\\u0063":2,"b":[]}', 'c=1 "c" stands there twice'],
    ['{"a":1,"b":[],', 'not JSON: byte 14: expected more: the body ends too early'],
    ['{"a":?', 'not JSON: byte 5: expected a value'],
    ['{"a":[],"a":[],"b":[]', 'not JSON: byte 21: expected more: the body ends too early'],
    ['[]', 'expected an object, received an array'],
    ['{}', 'a: expected an array, received nothing'],
    ['{"a":[],"b":[]', 'not JSON: byte 14: expected more: the body ends too early'],
    ['{"a":[],}', 'not JSON: byte 8: expected a key in quotes'],
    ['{"a":[] "b":[]}', 'not JSON: byte 8: expected "," or "}"'],
    ['{"a" []}', 'not JSON: byte 5: expected ":"'],
    [`{"${'k'.repeat(2 * 1024 * 1024)}":1}`, 'a key: larger than 1048576 bytes'],
  ];
  for (const [body, expected] of cases) {
    it(`${body.slice(0, 40)} → ${expected}`, () => {
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
