import type { RandomSource } from '../world/random-source.ts';
import { type Delivery, type RetryAfter, sent } from './simulated-delivery.ts';
import { BODY_ERRORS } from './network-errors.ts';
import { bytesOf, type Circumstances, drawDelay } from './body-chunks.ts';

const TRANSIENT = [500, 500, 500, 502, 503, 503, 504, 599, 429, 429, 408, 425];
const PERMANENT = [
  401, 403, 403, 404, 404, 405, 409, 410, 418, 451, 301, 302, 303, 307, 308, 201, 202, 204, 205, 206, 226,
];
const WITHOUT_BODY = [204, 205, 304];

/** Draws a status that is retried. */
export function drawTransient(delay: number, circumstances: Circumstances, random: RandomSource): Delivery {
  return drawError(random.pick(TRANSIENT), delay, circumstances, random);
}

/** Draws a status that is not retried. */
export function drawPermanent(delay: number, circumstances: Circumstances, random: RandomSource): Delivery {
  return drawError(random.pick(PERMANENT), delay, circumstances, random);
}

/** Draws a response with this status and a random body. */
function drawError(status: number, delay: number, circumstances: Circumstances, random: RandomSource): Delivery {
  const { key } = circumstances;
  const hasBody = !WITHOUT_BODY.includes(status);
  const texts = [
    '',
    '{"message":"Internal server error"}',
    `{"message":"not with ${key}"}`,
    `<h1>Forbidden: ${key}</h1>`,
    `${'x'.repeat(random.integer(40, 220))}${key}`,
    `{"message":"${'x'.repeat(random.integer(150, 220))}${JSON.stringify(key).slice(1, -1)}"}`,
    '{"message":"\u009b31m\\u001b]0;title\\u0007\\u202e","difference":"\\n\\r"}',
    'error '.repeat(random.chance(0.02) ? 20_000 : 20),
  ];
  // In one chunk: the start of a truncated key cannot be recognized.
  const pieces = hasBody ? [{ wait: drawDelay(circumstances, random), bytes: bytesOf(random.pick(texts)) }] : [];
  const ending = hasBody ? random.pick(['end', 'end', 'end', 'silence', random.pick(BODY_ERRORS)()] as const) : 'end';
  const asks = random.chance(0.5) ? drawRetryAfter(circumstances, random) : undefined;
  const headers = {
    'content-type': 'text/html',
    ...(asks && { 'retry-after': asks.text }),
    ...(status >= 300 && status < 400 && { location: `https://elsewhere.example.com/?key=${encodeURI(key)}` }),
  };
  return sent(`answers ${status}`, { status }, { delay, headers, retryAfter: asks?.meaning, pieces, ending }, false);
}

function drawRetryAfter(
  { now }: Circumstances,
  random: RandomSource,
): { readonly text: string; readonly meaning: RetryAfter | undefined } {
  const seconds = random.pick([0, 1, 1, 3, 17, 90, 3600, 99_999_999_999]);
  const at = 1000 * Math.floor(now / 1000 + random.pick([-100, 0, 1, 5, 30, 5000]));
  const date = new Date(at).toUTCString();
  const [, day = '', month = '', year = '', time = ''] = /^\w+, (\d+) (\w+) (\d+) (\S+)/.exec(date) ?? [];
  const weekday = date.slice(0, 3);
  const long = { Mon: 'Monday', Tue: 'Tuesday', Wed: 'Wednesday', Thu: 'Thursday', Fri: 'Friday', Sat: 'Saturday' };
  const longWeekday = new Map(Object.entries(long)).get(weekday) ?? 'Sunday';
  return random.pick([
    { text: String(seconds), meaning: { milliseconds: 1000 * seconds } },
    { text: `00${seconds}`, meaning: { milliseconds: 1000 * seconds } },
    { text: date, meaning: { at } },
    { text: `${longWeekday}, ${day}-${month}-${year.slice(2)} ${time} GMT`, meaning: { at } },
    { text: `${weekday} ${month} ${day.replace(/^0/, ' ')} ${time} ${year}`, meaning: { at } },
    ...['-5', '1.5', 'soon', '', '1e3', '0x10', '2099', date.toLowerCase(), 'Mon, 99 Foo 2026 00:00:00 GMT'].map(
      (text) => ({ text, meaning: text === '2099' ? { milliseconds: 2_099_000 } : undefined }),
    ),
  ]);
}
