import { quote } from '../util/text.ts';
import { nanosecondsOf } from './nanoseconds.ts';
import type { SandboxSiteOutage, SandboxSite, Dataset } from './dataset.ts';

/** The cutoff for posted lists. */
export interface SandboxCutoff {
  /** Nanoseconds since 1970. */
  readonly instant: bigint;
  /** Whether an outage that begins exactly at the cutoff is included. */
  readonly inclusive: boolean;
}

const KEYS = ['id', 'name', 'begin', 'end'] as const;

/** Returns the only list that is accepted for the site. */
export function expectedOutages(
  dataset: Dataset,
  site: SandboxSite,
  cutoff: SandboxCutoff,
): readonly SandboxSiteOutage[] {
  const expected: SandboxSiteOutage[] = [];
  for (const { id, begin, end } of dataset.siteOutages(site)) {
    const device = site.devices.find((candidate) => candidate.id === id);
    if (device !== undefined && isIncluded(begin, cutoff)) expected.push({ id, name: device.name, begin, end });
  }
  return expected;
}

function isIncluded(begin: string, { instant, inclusive }: SandboxCutoff): boolean {
  const began = nanosecondsOf(begin);
  // The data set is invalid, not the request.
  if (began === undefined) throw new Error(`the sandbox has an outage that begins at ${quote(begin)}`);
  return inclusive ? began >= instant : began > instant;
}

/**
 * Describes the first difference between a posted body and the expected list, with records counted from 1; returns undefined
 * if there is none. Times are compared as text; keys may be in any order.
 */
export function firstDifference(expected: readonly SandboxSiteOutage[], body: Uint8Array): string | undefined {
  const received = parse(body);
  if (typeof received === 'string') return received;

  const { records } = received;
  const index = Array.from({ length: Math.max(expected.length, records.length) }).findIndex(
    (_, position) => differenceOf(expected[position], records[position]) !== undefined,
  );
  if (index === -1) return undefined;

  const difference = describe(expected, records, index);
  return expected.length === records.length
    ? difference
    : `expected ${expected.length} outages, received ${records.length}: ${difference}`;
}

function parse(body: Uint8Array): { readonly records: readonly unknown[] } | string {
  try {
    const records: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body));
    return Array.isArray(records) ? { records } : `expected a list, received ${show(records)}`;
  } catch (error) {
    return error instanceof SyntaxError
      ? `the body is not JSON: ${quote(error.message, 200)}`
      : 'the body is not UTF-8';
  }
}

function describe(expected: readonly SandboxSiteOutage[], received: readonly unknown[], index: number): string {
  const [right, given] = [expected[index], received[index]];
  const place = `record ${index + 1}`;
  // An extra or missing record shifts all that follow, so it explains more than the first field that differs.
  if (right === undefined || (received.length > expected.length && same(right, received[index + 1]))) {
    return `${place} is unexpected: ${show(given)}`;
  }
  if (index >= received.length || (received.length < expected.length && same(expected[index + 1], given))) {
    return `${place} is missing: ${show(right)}`;
  }
  return `${place}: ${differenceOf(right, given) ?? ''}`;
}

function same(expected: SandboxSiteOutage | undefined, received: unknown): boolean {
  return differenceOf(expected, received) === undefined;
}

function differenceOf(expected: SandboxSiteOutage | undefined, received: unknown): string | undefined {
  if (expected === undefined || typeof received !== 'object' || received === null || Array.isArray(received)) {
    return `expected an object, received ${show(received)}`;
  }
  const fields = new Map<string, unknown>(Object.entries(received));
  for (const key of KEYS) {
    if (!fields.has(key)) return `${key}: missing, expected ${show(expected[key])}`;
    const value = fields.get(key);
    if (value !== expected[key]) return `${key}: expected ${show(expected[key])}, received ${show(value)}`;
    fields.delete(key);
  }
  const [extra] = fields.keys();
  return extra === undefined ? undefined : `unexpected key ${quote(extra)}`;
}

/** Quotes a string; cuts other values to their start. */
function show(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (value === undefined) return 'nothing';
  return quote(JSON.stringify(value), 240).slice(1, -1);
}
