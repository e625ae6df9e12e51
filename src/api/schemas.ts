import * as v from 'valibot';

import { InvalidDataError, NotJsonError } from '../errors.ts';
import { quote } from '../text.ts';
import { parseInstant } from '../transform/instant.ts';
import type { Outage, SiteInfo, SiteOutage } from '../transform/outage.ts';
import type { FoundElement } from './reader/reader.ts';

const INSTANT = 'an RFC 3339 time such as 2022-05-23T12:21:27.377Z';

/** Of one record, and of one site information; bytes, decoded. */
export const OUTAGE_LIMIT = 1024 * 1024;
export const SITE_INFO_LIMIT = 64 * 1024 * 1024;

const instant = v.pipe(
  v.string(),
  v.check((text) => parseInstant(text) !== undefined, INSTANT),
);
const outage = v.object({ id: v.string(), begin: instant, end: instant });
const siteInfo = v.object({
  id: v.string(),
  name: v.string(),
  devices: v.array(v.object({ id: v.string(), name: v.string() })),
});
const siteOutages = v.array(v.strictObject({ id: v.string(), name: v.string(), begin: instant, end: instant }));

const narrowing = v.object({ cutoff: instant, cutoffInclusive: v.boolean() });

/** What a snapshot says of its own cutoff, in members beside `outages` and `sites`. */
export type Narrowing = Readonly<v.InferOutput<typeof narrowing>>;

/** An element of the outages that fits, or what is wrong with it and, where it can be read, whose it is. */
export type DecodedOutage = { readonly outage: Outage } | { readonly problem: string; readonly id: string | undefined };

/** @param found an element of the array of outages, known to be JSON and UTF-8 */
export function decodeOutage(found: FoundElement): DecodedOutage {
  const name = `outages[${found.position}]`;
  const value: unknown = JSON.parse(decodeUtf8(found.bytes));
  const id = found.repeated === 'id' ? undefined : idOf(value);
  if (found.repeated !== undefined) return { problem: `${name}.${found.repeated}: stands there twice`, id };
  const parsed = v.safeParse(outage, value, { abortEarly: true });
  if (parsed.success) return { outage: parsed.output };
  return { problem: describe(parsed.issues[0], name), id };
}

/**
 * @param bytes the whole of a site information
 * @param root where it stands, for the path in errors; empty where it is the whole body
 * @throws {NotJsonError} {@link InvalidDataError} naming the path that does not fit
 */
export function decodeSiteInfo(bytes: Uint8Array, root = ''): { readonly info: SiteInfo; readonly json: string } {
  const json = decodeUtf8(bytes);
  const parsed = v.safeParse(siteInfo, parseJson(json), { abortEarly: true });
  if (!parsed.success) throw new InvalidDataError(describe(parsed.issues[0], root));
  return { info: parsed.output, json };
}

/**
 * What a snapshot says of its own cutoff; undefined where it has none.
 * @param members JSON by name
 * @throws {InvalidDataError}
 */
export function decodeNarrowing(members: ReadonlyMap<string, string>): Narrowing | undefined {
  if (!members.has('cutoff')) return undefined;
  const value = ['cutoff', 'cutoffInclusive'].map((name) => [name, parseJson(members.get(name) ?? 'false')] as const);
  const parsed = v.safeParse(narrowing, Object.fromEntries(value), { abortEarly: true });
  if (!parsed.success) throw new InvalidDataError(describe(parsed.issues[0], ''));
  return parsed.output;
}

/** The last check of a list before it goes out. @throws {InvalidDataError} */
export function assertSiteOutages(outages: readonly SiteOutage[]): void {
  const parsed = v.safeParse(siteOutages, outages, { abortEarly: true });
  if (!parsed.success)
    throw new InvalidDataError(`the list to send does not fit: ${describe(parsed.issues[0], 'list')}`);
}

/** @throws {NotJsonError} */
function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new NotJsonError(0, 'UTF-8');
  }
}

/** @throws {NotJsonError} without V8's own message, which repeats the text */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new NotJsonError(0, 'a JSON object, whole');
  }
}

function idOf(value: unknown): string | undefined {
  const parsed = v.safeParse(v.object({ id: v.string() }), value);
  return parsed.success ? parsed.output.id : undefined;
}

/** Worded here: valibot's own messages repeat what was received, however large. */
function describe(issue: v.BaseIssue<unknown>, root: string): string {
  const path = (issue.path ?? []).reduce(
    (text, { key }) => (typeof key === 'number' ? `${text}[${key}]` : `${text}${text && '.'}${quoteKey(key)}`),
    root,
  );
  const expected = issue.type === 'check' ? issue.message : wordOf(issue.expected);
  return `${path}${path && ': '}expected ${expected}, received ${received(issue.input)}`;
}

function quoteKey(key: unknown): string {
  return typeof key === 'string' && /^\w{1,40}$/.test(key) ? key : quote(String(key), 40);
}

function wordOf(expected: string | null): string {
  if (expected === 'Array') return 'an array';
  if (expected === 'Object') return 'an object';
  if (expected === 'string') return 'a string';
  if (expected === 'boolean') return 'a boolean';
  // What is missing is expected by its name.
  if (expected?.startsWith('"')) return 'a value';
  return expected ?? 'something else';
}

function received(input: unknown): string {
  if (input === undefined) return 'nothing';
  if (typeof input === 'string') return quote(input);
  if (typeof input === 'number' || typeof input === 'boolean' || input === null) return String(input);
  return Array.isArray(input) ? 'an array' : 'an object';
}
