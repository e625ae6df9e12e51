import * as v from 'valibot';

import { InvalidDataError } from '../domain/errors.ts';
import { parseInstant } from '../transform/instant.ts';
import type { Outage, SiteOutage } from '../transform/outage.ts';
import { quote } from '../util/text.ts';
import { decodeCanonical } from './json-reader/canonical.ts';
import type { JsonElement } from './json-reader/json-reader.ts';

const TIMESTAMP = 'an RFC 3339 time such as 2022-05-23T12:21:27.377Z';

/** Maximum size of one outage. */
export const MAX_OUTAGE_BYTES = 1024 * 1024;

const timestamp = v.pipe(
  v.string(),
  v.check((text) => parseInstant(text) !== undefined, TIMESTAMP),
);
const outage = v.object({ id: v.string(), begin: timestamp, end: timestamp });
const identified = v.object({ id: v.string() });
/** A device, or a site info without its devices. */
export const namedSchema = v.object({ id: v.string(), name: v.string() });
const siteOutages = v.array(v.strictObject({ id: v.string(), name: v.string(), begin: timestamp, end: timestamp }));

const snapshotFilter = v.object({ cutoff: timestamp, cutoffInclusive: v.boolean() });

/** The cutoff that a snapshot was fetched with. */
export type SnapshotFilter = Readonly<v.InferOutput<typeof snapshotFilter>>;

/** A valid outage, or its first problem and its device's id, if that can be read. */
export type DecodedOutage = { readonly outage: Outage } | { readonly problem: string; readonly id: string | undefined };

/** Decodes an element of the array of outages. */
export function decodeOutage(element: JsonElement): DecodedOutage {
  if (element.isCanonical) return { outage: decodeCanonical(element.bytes) };
  const path = `outages[${element.position}]`;
  const value = parseJson(element.bytes);
  // The `name` of an outage is an unknown field.
  if (element.repeated !== undefined && element.repeated !== 'name') {
    const id = element.repeated === 'id' ? undefined : idOf(value);
    return { problem: `${path}: duplicate key "${element.repeated}"`, id };
  }
  const parsed = v.safeParse(outage, value, { abortEarly: true });
  if (parsed.success) return { outage: parsed.output };
  return { problem: describeIssue(parsed.issues[0], path), id: idOf(value) };
}

/**
 * Decodes the cutoff that a snapshot was fetched with; undefined if it has none.
 * @param members JSON by key
 * @throws {InvalidDataError}
 */
export function decodeSnapshotFilter(members: ReadonlyMap<string, string>): SnapshotFilter | undefined {
  if (!members.has('cutoff')) return undefined;
  const value = ['cutoff', 'cutoffInclusive'].map((name) => [name, JSON.parse(members.get(name) ?? 'false')] as const);
  const parsed = v.safeParse(snapshotFilter, Object.fromEntries(value), { abortEarly: true });
  if (!parsed.success) throw new InvalidDataError(describeIssue(parsed.issues[0], ''));
  return parsed.output;
}

/**
 * Checks outages of a list before they are sent.
 * @param start the index of the first of them in the list
 * @throws {InvalidDataError}
 */
export function assertSiteOutages(outages: readonly SiteOutage[], start = 0): void {
  const parsed = v.safeParse(siteOutages, outages, { abortEarly: true });
  if (parsed.success) return;
  const [issue] = parsed.issues;
  /* c8 ignore next -- only the root, which is an array, has no path */
  const [index, ...fields] = (issue.path ?? []).map(({ key }) => key);
  const path = [`list[${start + Number(index)}]`, ...fields].join('.');
  throw new InvalidDataError(`invalid list: ${path}: ${describeExpectation(issue)}`);
}

/** Shared, because creating one takes longer than using it. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @param bytes valid JSON in UTF-8 */
export function parseJson(bytes: Uint8Array): unknown {
  return JSON.parse(utf8.decode(bytes));
}

function idOf(value: unknown): string | undefined {
  const parsed = v.safeParse(identified, value);
  return parsed.success ? parsed.output.id : undefined;
}

/** Describes an issue with its path below `root`. valibot's own messages repeat the received value, however large. */
export function describeIssue(issue: v.BaseIssue<unknown>, root: string): string {
  const path = (issue.path ?? []).reduce((text, { key }) => `${text}${text && '.'}${String(key)}`, root);
  return `${path}${path && ': '}${describeExpectation(issue)}`;
}

function describeExpectation(issue: v.BaseIssue<unknown>): string {
  const expected = issue.type === 'check' ? issue.message : (TYPES[String(issue.expected)] ?? 'a value');
  return `expected ${expected}, received ${describeReceived(issue.input)}`;
}

const TYPES: Readonly<Record<string, string>> = { Object: 'an object', string: 'a string', boolean: 'a boolean' };

function describeReceived(input: unknown): string {
  if (input === undefined) return 'nothing';
  if (typeof input === 'string') return quote(input);
  if (typeof input === 'number' || typeof input === 'boolean' || input === null) return String(input);
  return Array.isArray(input) ? 'an array' : 'an object';
}
