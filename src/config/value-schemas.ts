/** One schema a kind of value: text in, value out. Each message completes "<where>: …" and is shown to people. */

import * as v from 'valibot';

import { isLoopback } from '../platform/network.ts';
import { quote } from '../util/text.ts';
import { parseInstant } from '../transform/instant.ts';

/** The longest time that a timer of Node's takes, in milliseconds. */
export const LONGEST = 2_147_483_647;
/** The units of a duration; where none is written, it is `s`. */
export const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
/** A number and its unit. */
const DURATION = /^(\d+\.?\d*|\.\d+)(ms|s|m|h)?$/;

function expected(what: string): (issue: { readonly input: string }) => string {
  return ({ input }) => `expected ${what}, not ${quote(input)}`;
}

export const apiUrlSchema = v.pipe(
  v.string(),
  v.check(
    (text) => urlProblem(text) === '',
    (issue) => urlProblem(issue.input),
  ),
  v.transform((text) => {
    const { origin, pathname } = new URL(text);
    return origin + pathname.replace(/\/+$/, '');
  }),
);

/** Empty where there is none. Never shows any of the text: it may hold credentials, or be a key put in the wrong place. */
function urlProblem(text: string): string {
  if (text === '') return 'the API URL is empty';
  if (/[\s\p{Cc}]/u.test(text)) return 'the API URL holds white space or a control character';
  if (!/^https?:\/\//i.test(text)) return 'the API URL must be a whole one that begins with https://';
  if (!URL.canParse(text)) return 'the API URL is not a valid URL';
  const { protocol, username, password, hostname } = new URL(text);
  if (username !== '' || password !== '') return 'the API URL must not hold a user name or password';
  if (text.includes('?')) return 'the API URL must not have a query ("?…")';
  if (text.includes('#')) return 'the API URL must not have a fragment ("#…")';
  if (protocol === 'https:' || isLoopback(hostname)) return '';
  return 'the API URL must begin with https://: plain http: would show the key to the network';
}

export const apiKeySchema = v.pipe(
  v.string(),
  v.check(
    (text) => keyProblem(text) === '',
    (issue) => keyProblem(issue.input),
  ),
);

/** What keeps the text from being sent in a header as it is, without showing any of it; empty where nothing does. */
function keyProblem(text: string): string {
  if (text === '') return 'the API key is empty';
  const index = text.search(/[^!-~]/);
  if (index === -1) return '';
  return `the API key has ${kindOf(text.charAt(index))} at position ${index + 1}`;
}

function kindOf(character: string): string {
  if (character === ' ') return 'a space';
  if (character === '\n' || character === '\r') return 'a line break';
  return /\p{Cc}/u.test(character) ? 'a control character' : 'a character beyond ASCII';
}

export const siteIdSchema = v.pipe(
  v.string(),
  v.check((text) => text.trim() !== '', 'a site id is empty'),
  v.check((text) => text !== '.' && text !== '..', expected('a site id')),
  v.regex(/^[^\p{Cc}\p{Cs}]*$/u, (issue) => `the site id ${quote(issue.input)} holds a control character`),
);

export const cutoffSchema = v.pipe(
  v.string(),
  v.check(
    (text) => parseInstant(text) !== undefined,
    expected('a date and time as RFC 3339 has it, with Z or an offset'),
  ),
);

/** The likeliest thing that was meant by a time that does not fit. */
export function meantTime(text: string): string | undefined {
  const spaced = text.trim().replace(' ', 'T');
  return [spaced, `${spaced}Z`, `${spaced}T00:00:00Z`, `${spaced}:00Z`].find((guess) => parseInstant(guess));
}

/** To whole milliseconds. */
export const durationSchema = v.pipe(
  v.string(),
  v.check((text) => {
    const milliseconds = toMilliseconds(text);
    return milliseconds > 0 && milliseconds <= LONGEST;
  }, expected('a duration above 0 and up to 24 days, such as 500ms, 30s, 2m or 1h (a bare number is seconds)')),
  v.transform((text) => Math.max(1, Math.round(toMilliseconds(text)))),
);

/** NaN where it is no duration. */
function toMilliseconds(text: string): number {
  const sizes: Readonly<Record<string, number>> = MILLISECONDS;
  const [, amount, unit = 's'] = DURATION.exec(text) ?? [];
  return Number(amount) * Number(sizes[unit]);
}

/** As {@link durationSchema} takes it, in the largest unit that says it in a whole number. @param milliseconds whole */
export function writeDuration(milliseconds: number): string {
  return Object.entries(MILLISECONDS).reduce(
    (text, [unit, size]) => (milliseconds % size === 0 ? `${milliseconds / size}${unit}` : text),
    `${milliseconds}ms`,
  );
}

/** A whole number within bounds, both of them included. */
export function wholeNumberSchema(least: number, most: number): v.GenericSchema<string, number> {
  return v.pipe(
    v.string(),
    v.check(
      (text) => /^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most,
      expected(`a whole number from ${least} to ${most}`),
    ),
    v.transform(Number),
  );
}

export const switchSchema = v.pipe(
  v.string(),
  v.picklist(['true', 'false'], (issue) => `expected true or false, not ${quote(String(issue.input))}`),
  v.transform((text) => text === 'true'),
);

export const RETRY_POST = ['always', 'safe', 'never'] as const;

export const retryPostSchema = v.pipe(
  v.string(),
  v.picklist(RETRY_POST, (issue) => `expected always, safe or never, not ${quote(String(issue.input))}`),
);
