import * as v from 'valibot';

import { ConfigurationError } from '../domain/errors.ts';
import type { EventSink } from '../domain/events.ts';
import { closestMatch } from '../util/closest-match.ts';
import { quote } from '../util/text.ts';
import { assertKeyLength } from './assert-key-length.ts';
import { SETTINGS } from './settings.ts';
import { MAX_TIMER_MILLISECONDS, REFERENCE } from './value-schemas.ts';

/** Options have the same defaults as the command line's flags. */
export interface ConnectOptions {
  /** Base URL, including its path. */
  readonly apiUrl: string;
  /** The key itself; references such as `env:NAME` are rejected. */
  readonly apiKey: string;
  /** RFC 3339. */
  readonly cutoff?: string;
  /** Keeps outages that began exactly at the cutoff. */
  readonly cutoffInclusive?: boolean;
  /** Time limit in milliseconds for a response to start, and between its chunks. */
  readonly timeout?: number;
  /** Time limit in milliseconds for each call; by default 2 minutes, or a second for each site if that is longer. */
  readonly deadline?: number;
  /** Maximum number of retries per request. */
  readonly retries?: number;
  readonly retryPost?: 'always' | 'safe' | 'never';
  /** Maximum number of concurrent requests; `auto`, the default, for as many as raise the throughput. */
  readonly concurrency?: number | 'auto';
  /** Proxy URL ("" disables), in place of `HTTPS_PROXY` and `HTTP_PROXY`; `NO_PROXY` is honoured. */
  readonly proxy?: string;
  /** Path of a PEM file with additional CA certificates. */
  readonly caFile?: string;
  /** Aborts running calls, which then fail with its reason. */
  readonly signal?: AbortSignal;
  /** Receives attempts, progress and notices. */
  readonly onEvent?: EventSink;
}

const MILLISECONDS = `expected milliseconds, a number above 0 and up to ${MAX_TIMER_MILLISECONDS}`;

const millisecondsSchema = v.pipe(
  v.number(MILLISECONDS),
  v.check(
    (time) => time > 0 && time <= MAX_TIMER_MILLISECONDS,
    ({ input }) => `${MILLISECONDS}, not ${input}`,
  ),
  v.transform((time) => Math.max(1, Math.round(time))),
);

const string = v.string('expected a string');

const REFERENCE_PROBLEM = 'the API key is a reference';
const REFERENCE_HINT =
  'connect() does not resolve references: pass the key itself, for example process.env.KRAKEN_API_KEY';

/** JavaScript callers may pass any type. Messages never quote a value of the wrong type, because it may be the key. */
const SCHEMAS = {
  apiUrl: v.pipe(string, SETTINGS.apiUrl.schema),
  apiKey: v.pipe(
    string,
    v.check((key) => !REFERENCE.test(key), REFERENCE_PROBLEM),
    SETTINGS.apiKey.schema,
  ),
  cutoff: v.optional(v.pipe(string, SETTINGS.cutoff.schema), SETTINGS.cutoff.fallback),
  cutoffInclusive: v.optional(v.boolean('expected true or false'), false),
  timeout: v.optional(millisecondsSchema, SETTINGS.timeout.toValue([])),
  deadline: v.optional(millisecondsSchema),
  retries: v.optional(
    v.pipe(v.number('expected a number'), v.transform(String), SETTINGS.retries.schema),
    SETTINGS.retries.toValue([]),
  ),
  retryPost: v.optional(v.pipe(string, SETTINGS.retryPost.schema), SETTINGS.retryPost.toValue([])),
  concurrency: v.optional(
    v.pipe(
      v.union([v.number(), v.literal('auto')], "expected a number or 'auto'"),
      v.transform(String),
      SETTINGS.concurrency.schema,
    ),
    SETTINGS.concurrency.toValue([]),
  ),
  proxy: v.optional(string),
  caFile: v.optional(string),
  signal: v.optional(v.instance(AbortSignal, 'expected an AbortSignal')),
  onEvent: v.optional(v.custom<EventSink>((value) => typeof value === 'function', 'expected a function')),
};

type OptionName = keyof typeof SCHEMAS;

export type CheckedOptions = { readonly [Name in OptionName]: v.InferOutput<(typeof SCHEMAS)[Name]> };

const HINTS: Partial<Record<OptionName, string>> = {
  apiUrl: `for example ${SETTINGS.apiUrl.example}`,
  apiKey: 'pass the key alone: visible ASCII characters, nothing before or after',
  cutoff: `for example ${SETTINGS.cutoff.example}`,
  timeout: `for example ${SETTINGS.timeout.toValue([])} for ${SETTINGS.timeout.fallback}`,
  deadline: 'for example 120000 for 2m',
};

/** Checks the options, and adds the defaults. @throws {ConfigurationError} */
export function checkOptions(options: ConnectOptions): CheckedOptions {
  const given = v.safeParse(v.record(v.string(), v.unknown()), options);
  if (!given.success) {
    throw new ConfigurationError('connect(options): expected an object', { hint: 'give at least apiUrl and apiKey' });
  }
  const names = Object.keys(SCHEMAS);
  const unknown = Object.keys(given.output).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const closest = closestMatch(unknown, names);
    throw new ConfigurationError(`connect(options): unknown option ${quote(unknown)}`, {
      hint: closest === undefined ? `the options are ${names.join(', ')}` : `did you mean ${closest}?`,
    });
  }
  const result = v.safeParse(v.object(SCHEMAS), options, { abortEarly: true });
  if (!result.success) throw optionError(result.issues[0]);
  const { apiUrl, apiKey } = result.output;
  assertKeyLength(apiUrl, apiKey, { label: 'connect({ apiKey })' });
  return { ...ABSENT, ...result.output };
}

/** valibot omits optional entries that are missing. */
const ABSENT = { deadline: undefined, proxy: undefined, caFile: undefined, signal: undefined, onEvent: undefined };

function optionError(issue: v.BaseIssue<unknown>): ConfigurationError {
  const name = Object.keys(SCHEMAS).find((key) => key === issue.path?.[0]?.key);
  const isMissing = issue.input === undefined;
  const isReference = issue.message === REFERENCE_PROBLEM;
  const hint = isReference ? REFERENCE_HINT : Object.entries(HINTS).find(([key]) => key === name)?.[1];
  const problem = isMissing ? 'the option is missing' : issue.message;
  return new ConfigurationError(`connect({ ${String(name)} }): ${problem}`, hint === undefined ? {} : { hint });
}

/**
 * Returns the site ids, each once.
 * @param method names the call in messages
 * @throws {ConfigurationError} if they are not an array of valid site ids
 */
export function checkSites(method: string, sites: unknown): readonly string[] {
  const fail = (problem: string, example: string): ConfigurationError =>
    new ConfigurationError(`${method}(sites): ${problem}`, { hint: `write ${method}([${example}])` });
  if (typeof sites === 'string') throw fail('expected an array of site ids, not a string', quote(sites));
  if (!Array.isArray(sites)) throw fail('expected an array of site ids', quote(SETTINGS.sites.example));
  const ids = sites.map((site: unknown) => {
    const result = v.safeParse(v.pipe(v.string('a site id is not a string'), SETTINGS.sites.schema), site);
    if (result.success) return result.output;
    throw fail(result.issues[0].message, quote(SETTINGS.sites.example));
  });
  return [...new Set(ids)];
}
