/** Returns a number from 0 to 1 (excluded). */
export type Random = () => number;

/** mulberry32. The same seed gives the same numbers on every machine. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Returns a whole number from `low` to `high`, both included. */
export function integer(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1));
}

/** Number of different first two groups of a UUID. UUIDs sort by the number that these were made from. */
export const UUID_STARTS = 2 ** 48;

/** Returns a version 4 UUID with `start`, from 0 to `UUID_STARTS - 1`, as its first 48 bits. */
export function uuid(random: Random, start: number): string {
  return uuidStart(start) + uuidEnd(random);
}

/** Returns the first two groups of a UUID. */
export function uuidStart(start: number): string {
  const upper = Math.floor(start / 65536);
  return `${hex4(upper >>> 16)}${hex4(upper & 0xffff)}-${hex4(start % 65536)}`;
}

/** Returns the rest of a version 4 UUID. */
export function uuidEnd(random: Random): string {
  return (
    `-${hex4(0x4000 + random() * 0x1000)}-${hex4(0x8000 + random() * 0x4000)}` +
    `-${hex4(random() * 65536)}${hex4(random() * 65536)}${hex4(random() * 65536)}`
  );
}

function hex4(value: number): string {
  return (value | 0x10000).toString(16).slice(1);
}
