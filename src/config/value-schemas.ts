/** Schemas from text to value, one for each kind of setting. Their messages follow the name of the source. */

import * as v from 'valibot';

import { isLoopback } from '../platform/network.ts';
import { quote } from '../util/text.ts';
import { parseInstant } from '../transform/instant.ts';
import { queueUrlProblem } from './queue-url.ts';

/** The maximum delay of a Node.js timer. */
export const MAX_TIMER_MILLISECONDS = 2_147_483_647;
/** Units of a duration; a number without one is in seconds. */
export const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
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

export const queueSchema = v.pipe(
  v.string(),
  v.check(
    (text) => queueUrlProblem(text) === '',
    (issue) => queueUrlProblem(issue.input),
  ),
);

/** Returns the problem of a URL; empty if it is valid. Never quotes the text, which may contain credentials or be a key. */
function urlProblem(text: string): string {
  if (text === '') return 'the API URL is empty';
  if (/[\s\p{Cc}]/u.test(text)) return 'the API URL contains white space or a control character';
  if (!/^https?:\/\//i.test(text)) return 'the API URL must begin with https://';
  if (!URL.canParse(text)) return 'the API URL is not a valid URL';
  const { protocol, username, password, hostname, port } = new URL(text);
  if (port === '0') return 'the API URL is not a valid URL: there is no port 0';
  if (username !== '' || password !== '') return 'the API URL must not contain a user name or password';
  if (text.includes('?')) return 'the API URL must not have a query ("?…")';
  if (text.includes('#')) return 'the API URL must not have a fragment ("#…")';
  if (protocol === 'https:' || isLoopback(hostname)) return '';
  return 'the API URL must begin with https://: plain http: would expose the key on the network';
}

export const apiKeySchema = v.pipe(
  v.string(),
  v.check(
    (text) => keyProblem(text) === '',
    (issue) => keyProblem(issue.input),
  ),
);

/** Returns the problem of a key; empty if it is valid. Never quotes any of its characters. */
function keyProblem(text: string): string {
  if (text === '') return 'the API key is empty';
  const index = text.search(/[^!-~]/);
  if (index !== -1) return `the API key has ${kindOf(text.charAt(index))} at position ${index + 1}`;
  const form = NOT_KEYS.find(({ pattern }) => pattern.test(text));
  return form === undefined ? '' : `the API key ${form.problem}`;
}

/** Suggests how to correct a key. */
export function keyHint(text: string): string {
  const form = NOT_KEYS.find(({ pattern }) => pattern.test(text));
  return form?.hint ?? 'give the key alone: visible ASCII characters on one line, nothing before or after';
}

/** A reference, also with its prefix in the wrong case. */
export const REFERENCE = /^(?:env|file|ssm):/i;

/** Common mistakes that would otherwise be sent as the key. */
const NOT_KEYS: readonly { readonly pattern: RegExp; readonly problem: string; readonly hint: string }[] = [
  {
    pattern: /^(["'`]).*\1$/,
    problem: 'is in quotes',
    hint: 'remove the quotes: Docker, for example, keeps those in an --env-file',
  },
  {
    pattern: REFERENCE,
    problem: 'looks like a reference',
    hint: 'write env:, file: or ssm: in lower case',
  },
  {
    pattern: /^(?:\$\{.*\}|\$\(.*\)|\$[A-Za-z_]\w*|%\w+%|\{\{.*\}\}|<.*>)$/,
    problem: 'is a variable or placeholder that was not replaced',
    hint: 'name the variable: env:NAME',
  },
  {
    pattern: /^(?:[a-z][a-z\d+.-]*:\/\/|arn:aws)/i,
    problem: 'is a URL or ARN',
    hint: 'give the key itself, or a reference: env:NAME, file:PATH or ssm:/name',
  },
  {
    pattern: /^(?:export\s)?[A-Z][A-Z\d_]*=[^=]/,
    problem: 'is an assignment',
    hint: 'give only what follows the equals sign',
  },
  {
    // A Base64 key may contain slashes, but is unlikely to be all lower case or to start with the name of a root directory.
    pattern:
      /^(?:(?:~|\.\.?)[\\/]|[A-Za-z]:[\\/]|\/[a-z\d._-]+(?:\/[a-z\d._-]+)*$|\/(?:etc|home|mnt|opt|private|root|run|secrets|tmp|Users|usr|var)\/|[\w./-]+\.(?:env|json|key|pem|txt|ya?ml)$)/,
    problem: 'is a path',
    hint: 'to read the key from a file, write file:PATH; from Parameter Store, ssm:/name',
  },
];

function kindOf(character: string): string {
  if (character === ' ') return 'a space';
  if (character === '\n' || character === '\r') return 'a line break';
  return /\p{Cc}/u.test(character) ? 'a control character' : 'a character beyond ASCII';
}

export const siteIdSchema = v.pipe(
  v.string(),
  v.check((text) => text.trim() !== '', 'a site id is empty'),
  v.check((text) => text !== '.' && text !== '..', expected('a site id')),
  v.regex(/^[^\p{Cc}\p{Cs}]*$/u, (issue) => `the site id ${quote(issue.input)} contains a control character`),
);

const DATE = /^\d{4}-\d\d-\d\d$/;

/** Returns the time of a text; a date means midnight UTC. */
function toTime(text: string): string {
  return DATE.test(text) ? `${text}T00:00:00Z` : text;
}

/** RFC 3339. */
export const cutoffSchema = v.pipe(
  v.string(),
  v.check(
    (text) => parseInstant(toTime(text)) !== undefined,
    expected('a date, or an RFC 3339 time with Z or an offset'),
  ),
  v.transform(toTime),
);

/** Guesses the time that an invalid text means. */
export function guessTime(text: string): string | undefined {
  const spaced = text.trim().replace(' ', 'T');
  return [spaced, `${spaced}Z`, `${spaced}:00Z`].find((guess) => parseInstant(toTime(guess)));
}

/** Whole milliseconds. */
export const durationSchema = v.pipe(
  v.string(),
  v.check((text) => {
    const milliseconds = toMilliseconds(text);
    return milliseconds > 0 && milliseconds <= MAX_TIMER_MILLISECONDS;
  }, expected('a duration above 0 and up to 24 days, such as 500ms, 30s, 2m or 1h (a bare number is seconds)')),
  v.transform((text) => Math.max(1, Math.round(toMilliseconds(text)))),
);

/** Returns NaN for an invalid duration. */
function toMilliseconds(text: string): number {
  const sizes: Readonly<Record<string, number>> = MILLISECONDS;
  const [, amount, unit = 's'] = DURATION.exec(text) ?? [];
  return Number(amount) * Number(sizes[unit]);
}

/** `auto`, or whole milliseconds. */
export const deadlineSchema = v.pipe(
  v.string(),
  v.rawTransform<string, number | 'auto'>(({ dataset, addIssue, NEVER }) => {
    if (dataset.value === 'auto') return 'auto';
    const result = v.safeParse(durationSchema, dataset.value);
    if (result.success) return result.output;
    addIssue({ message: result.issues[0].message.replace('expected ', 'expected auto, or ') });
    return NEVER;
  }),
);

const MIN_DEADLINE_MS = 2 * MILLISECONDS.m;
const DEADLINE_MS_PER_SITE = MILLISECONDS.s;

/** Returns the deadline in milliseconds; `auto` is 2 minutes, or a second for each site if that is longer. */
export function deadlineFor(deadline: number | 'auto', sites: number): number {
  if (deadline !== 'auto') return deadline;
  return Math.min(MAX_TIMER_MILLISECONDS, Math.max(MIN_DEADLINE_MS, sites * DEADLINE_MS_PER_SITE));
}

/** Writes a duration in the largest unit that needs no fraction. @param milliseconds whole */
export function writeDuration(milliseconds: number): string {
  return Object.entries(MILLISECONDS).reduce(
    (text, [unit, size]) => (milliseconds % size === 0 ? `${milliseconds / size}${unit}` : text),
    `${milliseconds}ms`,
  );
}

/** @param least inclusive @param most inclusive */
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

/** `auto`, or a whole number. @param least inclusive @param most inclusive */
export function automaticSchema(least: number, most: number): v.GenericSchema<string, number | 'auto'> {
  const isNumber = (text: string): boolean => v.safeParse(wholeNumberSchema(least, most), text).success;
  return v.pipe(
    v.string(),
    v.check((text) => text === 'auto' || isNumber(text), expected(`auto, or a whole number from ${least} to ${most}`)),
    v.transform((text) => (text === 'auto' ? 'auto' : Number(text))),
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
