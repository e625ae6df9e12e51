import type { RandomSource } from './random-source.ts';

/** Nanoseconds since 1970. */
export type Nanoseconds = bigint;

const SECOND = 1_000_000_000n;
const OFFSETS = [0, 60, -60, 345, -210, 765, -720, 839, 1439, -1439];

/** Formats the instant like the API. @param instant a whole number of milliseconds */
export function canonical(instant: Nanoseconds): string {
  return new Date(Number(instant / 1_000_000n)).toISOString();
}

/** Formats the instant as one of its RFC 3339 spellings. */
export function spell(instant: Nanoseconds, random: RandomSource): string {
  if (instant % 1_000_000n === 0n && random.chance(0.7)) return canonical(instant);
  const offset = random.pick(OFFSETS);
  const local = instant + BigInt(offset) * 60n * SECOND;
  const letterT = random.chance(0.1) ? 't' : 'T';
  const start = new Date(Number(local / SECOND) * 1000).toISOString().slice(0, 19).replace('T', letterT);
  const zone = offset === 0 ? random.pick(['Z', 'Z', 'z', '+00:00', '-00:00']) : spellOffset(offset);
  return start + spellFraction(local % SECOND, random) + zone;
}

function spellOffset(minutes: number): string {
  const pad = (number: number): string => String(number).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${pad(Math.floor(Math.abs(minutes) / 60))}:${pad(Math.abs(minutes) % 60)}`;
}

function spellFraction(nanoseconds: bigint, random: RandomSource): string {
  const digits = String(nanoseconds).padStart(9, '0');
  // Digits beyond nanoseconds are ignored.
  if (random.chance(0.2)) return `.${digits}${random.integer(0, 99999)}`;
  const short = digits.replace(/0+$/, '');
  return short === '' ? '' : `.${random.chance(0.5) ? short : digits}`;
}

/** Draws an instant near the cutoff. */
export function near(cutoff: Nanoseconds, random: RandomSource): Nanoseconds {
  const distance = random.pick([0n, 0n, 1n, 999n, 1_000_000n, 1_000_000n, SECOND, 86_400n * SECOND]);
  if (random.chance(0.4)) return cutoff + (random.chance(0.5) ? distance : -distance);
  return cutoff + BigInt(random.integer(-60_000_000, 60_000_000)) * SECOND;
}

/** JSON values that are not valid RFC 3339 date-times. */
export const INVALID_INSTANTS = [
  '"2022-02-30T00:00:00.000Z"',
  '"2022-05-23T24:00:00.000Z"',
  '"2022-05-23T12:21:27.377"',
  '"2022-05-23 12:21:27.377Z"',
  '"2022-05-23T12:21:27.377+0100"',
  '"2022-05-23T12:21:61.377Z"',
  '"2022-05-23T12:21:27.Z"',
  '"2022-05-23"',
  '" 2022-05-23T12:21:27.377Z"',
  '"tomorrow"',
  '""',
  'null',
  '1653308487377',
  '["2022-05-23T12:21:27.377Z"]',
] as const;
