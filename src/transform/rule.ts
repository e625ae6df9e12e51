import { InvalidDataError } from '../domain/errors.ts';
import { quote, toJson } from '../util/text.ts';
import { compareInstants, type Instant, parseInstant } from './instant.ts';
import type { Outage, SiteInfo, SiteOutage } from './outage.ts';

/** Which outages a list is made of (design, "The rule", 1). */
export interface CutoffRule {
  /** An outage that began on or before it is removed. */
  readonly cutoff: Instant;
  /** The cutoff as it was written, to be shown. */
  readonly cutoffText: string;
  /** Keeps the outages that begin exactly at the cutoff. */
  readonly cutoffInclusive: boolean;
  /** What "in the future" is measured against. */
  readonly now: Instant;
}

/**
 * @param cutoffText RFC 3339
 * @param now wall clock, milliseconds
 * @throws {InvalidDataError}
 */
export function createCutoffRule(cutoffText: string, cutoffInclusive: boolean, now: number): CutoffRule {
  const seconds = Math.floor(now / 1000);
  const nanoseconds = Math.round((now - 1000 * seconds) * 1e6);
  return { cutoff: instantOf(cutoffText), cutoffText, cutoffInclusive, now: { seconds, nanoseconds } };
}

/** What the rule says of one outage. */
export interface CutoffDecision {
  readonly isKept: boolean;
  /** It begins exactly at the cutoff: the written rule and the live API differ on it. */
  readonly isAtCutoff: boolean;
  /** What looks odd about it although it fits (rule 6). */
  readonly anomaly?: 'it ends before it begins' | 'it begins in the future';
}

/** @param outage one that fits the schema: both its times are instants */
export function applyCutoff(outage: Outage, rule: CutoffRule): CutoffDecision {
  const begin = instantOf(outage.begin);
  const sinceCutoff = compareInstants(begin, rule.cutoff);
  const verdict = {
    isKept: sinceCutoff > 0 || (sinceCutoff === 0 && rule.cutoffInclusive),
    isAtCutoff: sinceCutoff === 0,
  };
  if (compareInstants(instantOf(outage.end), begin) < 0) return { ...verdict, anomaly: 'it ends before it begins' };
  if (compareInstants(begin, rule.now) > 0) return { ...verdict, anomaly: 'it begins in the future' };
  return verdict;
}

/**
 * The display name of each of the site's devices by its id (rule 2).
 * @throws {InvalidDataError} where one device id has two names
 */
export function deviceNames(site: SiteInfo): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [position, { id, name }] of site.devices.entries()) {
    const other = names.get(id);
    if (other !== undefined && other !== name) {
      const message = `devices[${position}].name: device ${quote(id)} is named ${quote(other)} and ${quote(name)}`;
      throw new InvalidDataError(message, {
        hint: 'the API must give each device one name; nothing is sent for this site',
      });
    }
    names.set(id, name);
  }
  return names;
}

/** The outage as the API takes it (rule 3). */
export function attachName(outage: Outage, name: string): SiteOutage {
  return { id: outage.id, name, begin: outage.begin, end: outage.end };
}

/** How many characters become text at once: a long list, or one of long names, would not fit into one string. */
const BATCH = 100_000;

/** The JSON text of a list, a piece at a time: what `preview` prints and `submit` posts, to the byte. */
export function* serialize(outages: readonly SiteOutage[]): Iterable<string> {
  yield '[';
  let separator = '';
  for (const batch of batchesOf(outages)) {
    yield separator + toJson(batch).slice(1, -1);
    separator = ',';
  }
  yield ']';
}

function* batchesOf(outages: readonly SiteOutage[]): Iterable<readonly SiteOutage[]> {
  let start = 0;
  let characters = 0;
  for (const [index, { id, name, begin, end }] of outages.entries()) {
    characters += id.length + name.length + begin.length + end.length;
    if (characters < BATCH && index < outages.length - 1) continue;
    yield outages.slice(start, index + 1);
    start = index + 1;
    characters = 0;
  }
}

function instantOf(text: string): Instant {
  const instant = parseInstant(text);
  if (!instant) throw new InvalidDataError(`expected an RFC 3339 time, received ${quote(text)}`);
  return instant;
}
