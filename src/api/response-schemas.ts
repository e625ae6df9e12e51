import * as v from 'valibot';

import { InvalidDataError } from '../domain/errors.ts';
import { quote } from '../util/text.ts';
import { parseInstant } from '../transform/instant.ts';
import type { Device, Outage, SiteInfo, SiteOutage } from '../transform/outage.ts';
import { decodeCanonical } from './json-reader/canonical.ts';
import { createJsonReader, type FoundElement } from './json-reader/json-reader.ts';

const INSTANT = 'an RFC 3339 time such as 2022-05-23T12:21:27.377Z';

/** Of one outage, of one device, and of one site information; bytes, decoded. */
export const OUTAGE_LIMIT = 1024 * 1024;
const DEVICE_LIMIT = 1024 * 1024;
export const SITE_INFO_LIMIT = 64 * 1024 * 1024;

const instant = v.pipe(
  v.string(),
  v.check((text) => parseInstant(text) !== undefined, INSTANT),
);
const outage = v.object({ id: v.string(), begin: instant, end: instant });
const identified = v.object({ id: v.string() });
const named = v.object({ id: v.string(), name: v.string() });
const siteOutages = v.array(v.strictObject({ id: v.string(), name: v.string(), begin: instant, end: instant }));

const snapshotFilter = v.object({ cutoff: instant, cutoffInclusive: v.boolean() });

/** What a snapshot says of its own cutoff, in members beside `outages` and `sites`. */
export type SnapshotFilter = Readonly<v.InferOutput<typeof snapshotFilter>>;

/** An element of the outages that fits, or what is wrong with it and, where it can be read, whose it is. */
export type DecodedOutage = { readonly outage: Outage } | { readonly problem: string; readonly id: string | undefined };

/** @param found an element of the array of outages, known to be JSON and UTF-8 */
export function decodeOutage(found: FoundElement): DecodedOutage {
  if (found.isCanonical) return { outage: decodeCanonical(found.bytes) };
  const name = `outages[${found.position}]`;
  const value = parse(found.bytes);
  if (found.repeated === 'id') return { problem: `${name}.id: stands there twice`, id: undefined };
  if (found.repeated !== undefined && found.repeated !== 'name') {
    return { problem: `${name}.${found.repeated}: stands there twice`, id: idOf(value) };
  }
  const parsed = v.safeParse(outage, value, { abortEarly: true });
  if (parsed.success) return { outage: parsed.output };
  return { problem: describe(parsed.issues[0], name), id: idOf(value) };
}

/**
 * Reads a site information a member at a time: what nobody asked for is never built, however much of it there is.
 * @param bytes the whole
 * @throws {NotJsonError} {@link InvalidDataError} naming the path that does not fit, or that stands there twice
 */
export function decodeSiteInfo(bytes: Uint8Array): { readonly info: SiteInfo; readonly json: string } {
  const members: Record<string, unknown> = {};
  const devices: Device[] = [];
  // Told in the end, which alone shows whether all of it is JSON.
  let problem: string | undefined;
  const element = (found: FoundElement): void => {
    const decoded = decodeDevice(found);
    if ('problem' in decoded) problem ??= decoded.problem;
    else devices.push(decoded);
  };
  const reader = createJsonReader({
    arrays: new Map([['devices', { limit: DEVICE_LIMIT, element }]]),
    member(name, value) {
      if (name === 'id' || name === 'name') members[name] = parse(value);
    },
  });
  reader.push(bytes);
  reader.end();
  if (problem !== undefined) throw new InvalidDataError(problem);
  const parsed = v.safeParse(named, members, { abortEarly: true });
  if (!parsed.success) throw new InvalidDataError(describe(parsed.issues[0], ''));
  return { info: { ...parsed.output, devices }, json: utf8.decode(bytes) };
}

function decodeDevice({ position, bytes, repeated }: FoundElement): Device | { readonly problem: string } {
  const path = `devices[${position}]`;
  if (repeated === 'id' || repeated === 'name') return { problem: `${path}.${repeated}: stands there twice` };
  const parsed = v.safeParse(named, parse(bytes), { abortEarly: true });
  return parsed.success ? parsed.output : { problem: describe(parsed.issues[0], path) };
}

/**
 * What a snapshot says of its own cutoff; undefined where it has none.
 * @param members JSON by name
 * @throws {InvalidDataError}
 */
export function decodeSnapshotFilter(members: ReadonlyMap<string, string>): SnapshotFilter | undefined {
  if (!members.has('cutoff')) return undefined;
  const value = ['cutoff', 'cutoffInclusive'].map((name) => [name, JSON.parse(members.get(name) ?? 'false')] as const);
  const parsed = v.safeParse(snapshotFilter, Object.fromEntries(value), { abortEarly: true });
  if (!parsed.success) throw new InvalidDataError(describe(parsed.issues[0], ''));
  return parsed.output;
}

/** The last check of a list before it goes out. @throws {InvalidDataError} */
export function assertSiteOutages(outages: readonly SiteOutage[]): void {
  const parsed = v.safeParse(siteOutages, outages, { abortEarly: true });
  if (!parsed.success)
    throw new InvalidDataError(`the list to send does not fit: ${describe(parsed.issues[0], 'list')}`);
}

/** One for all, as making one takes longer than using it. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @param bytes that the reader has seen to be JSON and UTF-8 */
function parse(bytes: Uint8Array): unknown {
  return JSON.parse(utf8.decode(bytes));
}

function idOf(value: unknown): string | undefined {
  const parsed = v.safeParse(identified, value);
  return parsed.success ? parsed.output.id : undefined;
}

/** Worded here: valibot's own messages repeat what was received, however large. */
function describe(issue: v.BaseIssue<unknown>, root: string): string {
  const path = (issue.path ?? []).reduce(
    (text, { key }) => (typeof key === 'number' ? `${text}[${key}]` : `${text}${text && '.'}${String(key)}`),
    root,
  );
  const expected = issue.type === 'check' ? issue.message : wordOf(issue.expected);
  return `${path}${path && ': '}expected ${expected}, received ${received(issue.input)}`;
}

const WORDS: Readonly<Record<string, string>> = { Object: 'an object', string: 'a string', boolean: 'a boolean' };

/** What is missing is expected by its name. */
function wordOf(expected: string | null): string {
  return WORDS[String(expected)] ?? 'a value';
}

function received(input: unknown): string {
  if (input === undefined) return 'nothing';
  if (typeof input === 'string') return quote(input);
  if (typeof input === 'number' || typeof input === 'boolean' || input === null) return String(input);
  return Array.isArray(input) ? 'an array' : 'an object';
}
