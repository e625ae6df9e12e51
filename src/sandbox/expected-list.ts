import { quote } from '../util/text.ts';
import { nanosecondsOf } from './nanoseconds.ts';
import type { SandboxSiteOutage, SandboxSite, Dataset } from './dataset.ts';

/** From when on outages count. */
export interface SandboxCutoff {
  /** Nanoseconds since 1970. */
  readonly instant: bigint;
  /** Whether an outage that begins exactly then counts. */
  readonly inclusive: boolean;
}

const KEYS = ['id', 'name', 'begin', 'end'] as const;

/** The one right list for the site. */
export function expectedOutages(
  world: Dataset,
  site: SandboxSite,
  cutoff: SandboxCutoff,
): readonly SandboxSiteOutage[] {
  const expected: SandboxSiteOutage[] = [];
  for (const { id, begin, end } of world.siteOutages()) {
    const device = site.devices.find((candidate) => candidate.id === id);
    if (device !== undefined && counts(begin, cutoff)) expected.push({ id, name: device.name, begin, end });
  }
  return expected;
}

function counts(begin: string, { instant, inclusive }: SandboxCutoff): boolean {
  const began = nanosecondsOf(begin);
  // The sandbox's own data is at fault here, not what was posted.
  if (began === undefined) throw new Error(`the sandbox has an outage that begins at ${quote(begin)}`);
  return inclusive ? began >= instant : began > instant;
}

/**
 * Where a posted body first differs from the right list, in words that count records from 1; undefined where it does
 * not. Times are compared as text, and the order of the keys in a record is free.
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
  // One that is too many or missing shifts all that follow: telling that says more than the first field that differs.
  if (right === undefined || (received.length > expected.length && same(right, received[index + 1]))) {
    return `${place} is one too many: ${show(given)}`;
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

/** Strings in quotes; records and other values by their start. */
function show(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (value === undefined) return 'nothing';
  return quote(JSON.stringify(value), 240).slice(1, -1);
}
