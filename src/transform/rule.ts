import { InvalidDataError } from '../domain/errors.ts';
import { quote } from '../util/text.ts';
import { compareInstants, type Instant, parseInstant } from './instant.ts';
import type { Device, Outage, SiteInfo, SiteOutage } from './outage.ts';

/** The rule that decides which outages a list contains. */
export interface CutoffRule {
  /** Outages that began at or before it are removed. */
  readonly cutoff: Instant;
  /** The cutoff as the user wrote it. */
  readonly cutoffText: string;
  /** Keeps the outages that begin exactly at the cutoff. */
  readonly cutoffInclusive: boolean;
  /** The time of the run: outages that begin after it are anomalies. */
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
  return { cutoff: toInstant(cutoffText), cutoffText, cutoffInclusive, now: { seconds, nanoseconds } };
}

/** The result of the rule for one outage. */
export interface CutoffDecision {
  readonly isKept: boolean;
  /** Whether it begins exactly at the cutoff, where the written requirement and the live API differ. */
  readonly isAtCutoff: boolean;
  /** Why a valid outage looks wrong. */
  readonly anomaly?: 'it ends before it begins' | 'it begins in the future';
}

/** Applies the rule to a valid outage. @throws {InvalidDataError} */
export function applyCutoff(outage: Outage, rule: CutoffRule): CutoffDecision {
  const begin = toInstant(outage.begin);
  const sinceCutoff = compareInstants(begin, rule.cutoff);
  const decision = {
    isKept: sinceCutoff > 0 || (sinceCutoff === 0 && rule.cutoffInclusive),
    isAtCutoff: sinceCutoff === 0,
  };
  if (compareInstants(toInstant(outage.end), begin) < 0) return { ...decision, anomaly: 'it ends before it begins' };
  if (compareInstants(begin, rule.now) > 0) return { ...decision, anomaly: 'it begins in the future' };
  return decision;
}

/**
 * Returns each of the site's devices once.
 * @throws {InvalidDataError} if one device id has two names
 */
export function distinctDevices({ devices }: SiteInfo): readonly Device[] {
  const names = new Map<string, string>();
  const distinct: Device[] = [];
  for (const [position, device] of devices.entries()) {
    const { id, name } = device;
    const other = names.get(id);
    if (other === undefined) distinct.push(device);
    else if (other !== name) {
      throw new InvalidDataError(
        `devices[${position}].name: device ${quote(id)} is named ${quote(other)} and ${quote(name)}`,
        { hint: 'the API must give each device one name; nothing was sent for this site' },
      );
    }
    names.set(id, name);
  }
  // A copy has no room to grow, which would take more memory than a few devices.
  return distinct.slice();
}

/** Returns the outage as the API expects it in a list. */
export function attachName({ begin, end }: Outage, { id, name }: Device): SiteOutage {
  return { id, name, begin, end };
}

function toInstant(text: string): Instant {
  const instant = parseInstant(text);
  if (!instant) throw new InvalidDataError(`expected an RFC 3339 time, received ${quote(text)}`);
  return instant;
}
