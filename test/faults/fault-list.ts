import { brotliCompressSync, gzipSync } from 'node:zlib';

import { site } from '../e2e/support/scripted-api.ts';
import { head, raw, thenEnd, thenReset, whole } from './raw-responses.ts';
import type { Act, Endpoint } from './faulty-server.ts';

/** The expected result of a fault at an endpoint. */
export interface ExpectedResult {
  readonly code: number;
  /** The number of attempts with `--retries 1` if the fault persists; `many` until the deadline. */
  readonly attempts: 1 | 2 | 'many';
}

export type Limit = 'timeout' | 'deadline';

export type ExpectedResults = Readonly<Partial<Record<Endpoint, ExpectedResult>>>;

/** A network fault and the expected results, by endpoint. */
export interface Fault {
  readonly name: string;
  /** @param right the correct response @param elsewhere another origin, which must not receive a request */
  readonly act: (right: string, elsewhere: string) => Act;
  readonly expected: ExpectedResults;
  /** The limit that ends the run, which must be short. */
  readonly limit?: Limit;
  /** Minimum milliseconds between the attempts. */
  readonly pause?: number;
}

const fine: ExpectedResult = { code: 0, attempts: 1 };
/** Not retried. */
const final = (code: number): ExpectedResult => ({ code, attempts: 1 });
/** Retried. */
const retried = (code: number): ExpectedResult => ({ code, attempts: 2 });

const throttled: ExpectedResult = { code: 5, attempts: 'many' };

const each = (gets: ExpectedResult, post: ExpectedResult): ExpectedResults => ({
  'site-info': gets,
  outages: gets,
  'site-outages': post,
});
const gets = (result: ExpectedResult): ExpectedResults => ({ 'site-info': result, outages: result });

const FINE = each(fine, fine);
/** No status line, so the outcome of a POST is unknown. */
const NO_RESPONSE = each(retried(5), retried(9));
/** A status line and a defective body, which does not matter for a POST. */
const NO_BODY = each(retried(5), fine);
const NOT_JSON = each(retried(6), fine);
const INVALID_DATA = each(final(6), fine);
const REFUSED = each(final(7), final(7));

const length = (body: string | Uint8Array): { readonly 'content-length': number } => ({
  'content-length': Buffer.byteLength(body),
});
const chunk = (body: string): string => `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n`;
const half = (body: string): string => body.slice(0, body.length / 2);
const butLast = (body: string): string => body.slice(0, -1);

const CONNECTION: readonly Fault[] = [
  { name: 'reset before the response', act: () => thenReset(), expected: NO_RESPONSE },
  { name: 'closed before the response', act: () => thenEnd(), expected: NO_RESPONSE },
  { name: 'reset within the status line', act: () => thenReset('HTTP/1.1 20'), expected: NO_RESPONSE },
  { name: 'closed within the status line', act: () => thenEnd('HTTP/1.1 20'), expected: NO_RESPONSE },
  { name: 'reset within the headers', act: () => thenReset('HTTP/1.1 200 OK\r\ncontent-le'), expected: NO_RESPONSE },
  { name: 'closed within the headers', act: () => thenEnd('HTTP/1.1 200 OK\r\ncontent-le'), expected: NO_RESPONSE },
  {
    name: 'closed before the empty line after the headers',
    act: (right) => thenEnd(head(200, length(right)).slice(0, -2)),
    expected: NO_RESPONSE,
  },
  { name: 'invalid headers', act: () => thenEnd('\u0001\u0002 garbage\r\n\r\n'), expected: NO_RESPONSE },
  { name: 'HTTP/0.9', act: (right) => thenEnd(right), expected: NO_RESPONSE },
  { name: 'headers that never come', act: () => raw(), expected: NO_RESPONSE, limit: 'timeout' },
  { name: 'headers that never end', act: () => raw('HTTP/1.1 200 OK\r\nx: '), expected: NO_RESPONSE, limit: 'timeout' },
  {
    name: 'endless headers',
    act: () => (wire) => {
      wire.send('HTTP/1.1 200 OK\r\n');
      wire.flood(Buffer.from('x-more: of it\r\n'.repeat(1000)));
    },
    expected: NO_RESPONSE,
  },
  {
    name: 'no response within --deadline',
    act: () => raw(),
    expected: each(final(5), final(9)),
    limit: 'deadline',
  },
  {
    name: 'closed after the response despite keep-alive',
    act: (right) => thenEnd(head(200, length(right)), right),
    expected: FINE,
  },
  {
    name: 'a kept-alive connection closed before the response',
    act: (right) => (wire, exchange) => {
      (exchange.earlier === 0 ? whole(right) : thenEnd())(wire, exchange);
    },
    // A POST never reuses a connection.
    expected: { 'site-outages': fine },
  },
  {
    name: 'an unsolicited second response',
    act: (right) => thenEnd(head(200, length(right)), right, head(200, length('[]')), '[]'),
    expected: FINE,
  },
];

const BODY: readonly Fault[] = [
  ...(['closed', 'reset'] as const).flatMap((how): readonly Fault[] => {
    const ending = how === 'closed' ? thenEnd : thenReset;
    return [
      {
        name: `${how} before the body`,
        act: (right) => ending(head(200, length(right))),
        expected: NO_BODY,
      },
      {
        name: `${how} within the body`,
        act: (right) => ending(head(200, length(right)), half(right)),
        expected: NO_BODY,
      },
      {
        name: `${how} one byte before the end`,
        act: (right) => ending(head(200, length(right)), butLast(right)),
        expected: NO_BODY,
      },
      {
        name: `${how} between chunks`,
        act: (right) => ending(head(200, { 'transfer-encoding': 'chunked' }), chunk(half(right))),
        expected: NO_BODY,
      },
      {
        name: `${how} before the last, empty chunk`,
        act: (right) => ending(head(200, { 'transfer-encoding': 'chunked' }), chunk(right)),
        expected: NO_BODY,
      },
    ];
  }),
  {
    name: 'closed within a body of unknown length',
    act: (right) => thenEnd(head(200), half(right)),
    expected: NOT_JSON,
  },
  {
    name: 'closed one byte before the end of a body of unknown length',
    act: (right) => thenEnd(head(200), butLast(right)),
    expected: NOT_JSON,
  },
  { name: 'a complete body of unknown length', act: (right) => thenEnd(head(200), right), expected: FINE },
  {
    name: 'chunks with a wrong size',
    act: (right) => thenEnd(head(200, { 'transfer-encoding': 'chunked' }), `5\r\n${right}\r\n0\r\n\r\n`),
    expected: NO_BODY,
  },
  {
    name: 'stall within the body',
    act: (right) => raw(head(200, length(right)), half(right)),
    expected: NO_BODY,
    limit: 'timeout',
  },
  {
    name: 'slow response that ends',
    act: (right) => (wire) => {
      wire.drip(Buffer.from(head(200, length(right)) + right), 1);
    },
    expected: FINE,
  },
  {
    name: 'slow response that does not end',
    act: () => (wire) => {
      wire.send(head(200));
      wire.drip(Buffer.alloc(10_000, ' '), 20);
    },
    expected: each(final(5), fine),
    limit: 'deadline',
  },
  {
    name: 'endless body',
    act: () => (wire) => {
      wire.send(head(200));
      wire.flood(Buffer.alloc(64 * 1024, ' '));
    },
    expected: { outages: final(5), 'site-outages': fine },
    limit: 'deadline',
  },
  {
    name: 'endless site info',
    act: () => (wire) => {
      wire.send(head(200));
      wire.flood(Buffer.alloc(1024 * 1024, ' '));
    },
    expected: { 'site-info': final(6) },
  },
  {
    name: 'endless record',
    act: () => (wire) => {
      wire.send(head(200));
      wire.send('[{"id":"');
      wire.flood(Buffer.alloc(64 * 1024, 'a'));
    },
    expected: INVALID_DATA,
  },
  {
    name: 'endless error page',
    act: () => (wire) => {
      wire.send(head(400));
      wire.flood(Buffer.alloc(64 * 1024, 'a'));
    },
    expected: REFUSED,
  },
];

/** 200 MiB of the digit 1, compressed to a few hundred kilobytes. */
const bomb = (): Uint8Array => {
  const member = gzipSync(Buffer.alloc(1024 * 1024, '1'));
  return Buffer.concat(Array.from({ length: 200 }, () => member));
};
const gzipped = (body: Uint8Array, status = 200): Act => whole(body, status, { 'content-encoding': 'gzip' });

const ENCODINGS: readonly Fault[] = [
  { name: 'gzip', act: (right) => gzipped(gzipSync(right)), expected: FINE },
  {
    name: 'brotli',
    act: (right) => whole(brotliCompressSync(right), 200, { 'content-encoding': 'br' }),
    expected: FINE,
  },
  { name: 'truncated gzip', act: (right) => gzipped(gzipSync(right).subarray(0, -20)), expected: NO_BODY },
  {
    name: 'gzip body shorter than its content-length',
    act: (right) => {
      const body = gzipSync(right);
      return thenEnd(head(200, { 'content-encoding': 'gzip', ...length(body) }), body.subarray(0, -20));
    },
    expected: NO_BODY,
  },
  {
    name: 'corrupt gzip',
    act: (right) => gzipped(gzipSync(right).map((byte, index) => (index === 20 ? byte ^ 0x55 : byte))),
    expected: NO_BODY,
  },
  { name: 'content-encoding gzip without gzip data', act: (right) => gzipped(Buffer.from(right)), expected: NO_BODY },
  { name: 'gzip bomb', act: () => gzipped(bomb()), expected: INVALID_DATA },
  { name: 'gzip bomb as an error page', act: () => gzipped(bomb(), 400), expected: REFUSED },
  {
    name: 'unknown encoding, right bytes',
    act: (right) => whole(right, 200, { 'content-encoding': 'x-unknown' }),
    expected: FINE,
  },
  {
    name: 'unknown encoding, wrong bytes',
    act: (right) =>
      whole(
        Buffer.from(right).map((byte) => byte ^ 0xff),
        200,
        { 'content-encoding': 'x-unknown' },
      ),
    expected: NOT_JSON,
  },
];

const page = (status: number, fields = {}): Act => whole(`{"message":"This is ${status}"}`, status, fields);

const STATUSES: readonly Fault[] = [
  ...[425, 500, 501, 503, 507, 511, 599].map((status): Fault => ({
    name: String(status),
    act: () => page(status),
    expected: each(retried(5), retried(5)),
  })),
  // A gateway may have forwarded the list.
  ...[408, 502, 504].map((status): Fault => ({
    name: String(status),
    act: () => page(status),
    expected: each(retried(5), retried(9)),
  })),
  // A 429 does not count as a retry.
  { name: '429', act: () => page(429), expected: each(throttled, throttled), limit: 'deadline' },
  ...[401, 403].map((status): Fault => ({
    name: String(status),
    act: () => page(status),
    expected: each(final(4), final(4)),
  })),
  ...[201, 202, 203, 206, 207, 300, 305, 400, 402, 404, 405, 406, 409, 410, 411, 412, 413, 414, 415, 418, 422, 451].map(
    (status): Fault => ({ name: String(status), act: () => page(status), expected: REFUSED }),
  ),
  { name: '201 with the right body', act: (right) => whole(right, 201), expected: REFUSED },
  { name: '206 with the right body', act: (right) => whole(right, 206), expected: REFUSED },
  ...[204, 205, 304].map((status): Fault => ({
    name: String(status),
    act: () => raw(head(status)),
    expected: REFUSED,
  })),
  { name: '100, then 200', act: (right) => raw(head(100), head(200, length(right)), right), expected: FINE },
  { name: '103, then 200', act: (right) => raw(head(103), head(200, length(right)), right), expected: FINE },
  { name: '103, then silence', act: () => raw(head(103)), expected: NO_RESPONSE, limit: 'timeout' },
  { name: '101', act: () => raw(head(101, { upgrade: 'other', connection: 'upgrade' })), expected: NO_RESPONSE },
  { name: '999', act: () => page(999), expected: each(retried(5), retried(5)) },
];

const asks = (retryAfter: string): Pick<Fault, 'name' | 'act'> => ({
  name: `503 with Retry-After: ${retryAfter}`,
  act: () => page(503, { 'retry-after': retryAfter }),
});

const RETRY_AFTER: readonly Fault[] = [
  ...[
    '0',
    '00',
    '',
    '-1',
    '-99999999999999',
    '1.5',
    '1e3',
    '0x10',
    'soon',
    '3, 4',
    'Wed, 21 Oct 2015 07:28:00 GMT',
    'Wednesday, 21-Oct-15 07:28:00 GMT',
    'Wed Oct 21 07:28:00 2015',
    'Wed, 99 Oct 2099 07:28:00 GMT',
    '2099-10-21T07:28:00Z',
  ].map((value): Fault => ({ ...asks(value), expected: each(retried(5), retried(5)) })),
  { ...asks('1'), expected: each(retried(5), retried(5)), pause: 998 },
  ...['3600', '99999999999999999999', '9'.repeat(400), 'Wed, 21 Oct 2099 07:28:00 GMT'].map((value): Fault => ({
    ...asks(value),
    expected: each(final(5), final(5)),
  })),
  {
    name: '429 with Retry-After: 3600',
    act: () => page(429, { 'retry-after': '3600' }),
    expected: each(final(5), final(5)),
  },
];

const REDIRECTS: readonly Fault[] = [301, 302, 303, 307, 308].flatMap((status): readonly Fault[] => [
  {
    name: `${status} to another origin`,
    act: (_, elsewhere) => page(status, { location: `${elsewhere}/v1/outages` }),
    expected: REFUSED,
  },
  { name: `${status} to the same origin`, act: () => page(status, { location: '/elsewhere' }), expected: REFUSED },
  {
    name: `${status} to itself, endlessly`,
    act: () => (wire, exchange) => {
      page(status, { location: exchange.path })(wire, exchange);
    },
    expected: REFUSED,
  },
]);

/** A response of 200 with this body; the body of a response to a POST does not matter. */
const okWith = (
  name: string,
  body: string | Uint8Array | ((right: string) => string | Uint8Array),
  expected: ExpectedResults,
): Fault => ({
  name,
  act: (right) => whole(typeof body === 'function' ? body(right) : body),
  expected,
});

const deep = (open: string, close: string): string => open.repeat(200_000) + close.repeat(200_000);

const DATA: readonly Fault[] = [
  okWith('a web page', '<!doctype html><title>Welcome</title>', NOT_JSON),
  okWith('an empty body', '', NOT_JSON),
  okWith('null', 'null', INVALID_DATA),
  okWith('a number', '17', INVALID_DATA),
  okWith('a string', '"[]"', INVALID_DATA),
  okWith('true', 'true', INVALID_DATA),
  okWith('an object', '{}', INVALID_DATA),
  { ...okWith('an empty array', '[]', {}), expected: { 'site-info': final(6), 'site-outages': fine } },
  okWith('an array with null', '[null]', INVALID_DATA),
  okWith('the right data in an object', (right) => `{"data":${right}}`, INVALID_DATA),
  okWith('the right data twice', (right) => right + right, NOT_JSON),
  okWith('a trailing comma', (right) => right.replace(/[\]}]$/, ',$&'), NOT_JSON),
  okWith('a comment', (right) => `/* here it is */ ${right}`, NOT_JSON),
  okWith('a byte order mark', (right) => `\ufeff${right}`, FINE),
  okWith('UTF-16', (right) => Buffer.from(right, 'utf16le'), NOT_JSON),
  okWith('invalid UTF-8', (right) => Buffer.from(right.replace('alpha', 'alph\u00e9'), 'latin1'), NOT_JSON),
  okWith('a NUL after the data', (right) => `${right}\0`, NOT_JSON),
  okWith('the key __proto__', (right) => right.replaceAll('{', '{"__proto__":{"id":"x","isAdmin":true},'), FINE),
  okWith('unknown fields', (right) => right.replaceAll('{', '{"unknown":{"deep":[1,{"id":"alpha-2"}]},'), FINE),
  okWith('white space between all tokens', (right) => right.replace(/[[\]{},]|(?<="):/g, ' \r\n\t$& \r\n\t'), FINE),
  okWith('a duplicate id', (right) => right.replaceAll('{"id"', '{"id":"alpha-2","id"'), INVALID_DATA),
  okWith(
    'a duplicate id with an escape',
    (right) => right.replaceAll('{"id"', '{"\\u0069d":"alpha-2","id"'),
    INVALID_DATA,
  ),
  okWith('200,000 nested arrays', deep('[', ']'), INVALID_DATA),
  okWith('200,000 nested objects', deep('{"a":', '}').replace('}', '1}'), INVALID_DATA),
  okWith('200,000 arrays in an unknown field', (right) => right.replace('{', `{"unknown":${deep('[', ']')},`), FINE),
  { ...okWith('another site', JSON.stringify(site('beta')), {}), expected: { 'site-info': retried(6) } },
  { ...okWith('a device with two names', (right) => twoNames(right), {}), expected: { 'site-info': final(6) } },
  {
    ...okWith(
      'a device with two names in one record',
      (right) => right.replace('"name":"Battery', '"name":"Other","name":"Battery'),
      {},
    ),
    expected: { 'site-info': final(6) },
  },
  {
    ...okWith('duplicate devices', (right) => right.replace('"devices":', '"devices":[],"devices":'), {}),
    expected: { 'site-info': final(6) },
  },
  { ...okWith('a site without devices', '{"id":"alpha","name":"A"}', {}), expected: { 'site-info': final(6) } },
  { ...okWith('an id that is a number', (right) => right.replaceAll('"alpha-1"', '1'), {}), expected: gets(final(6)) },
  { ...okWith('a time without a zone', (right) => right.replaceAll('Z"', '"'), {}), expected: { outages: final(6) } },
  {
    ...okWith('a nonexistent date', (right) => right.replaceAll('2022-05-01', '2022-02-31'), {}),
    expected: { outages: final(6) },
  },
];

function twoNames(right: string): string {
  return right.replace('"devices":[', '"devices":[{"id":"alpha-1","name":"Other"},');
}

/** Faults after a request has arrived. */
export const FAULTS: readonly Fault[] = [
  ...CONNECTION,
  ...BODY,
  ...ENCODINGS,
  ...STATUSES,
  ...RETRY_AFTER,
  ...REDIRECTS,
  ...DATA,
];
