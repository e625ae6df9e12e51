import type { RandomSource } from '../world/random-source.ts';

export interface Piece {
  /** Milliseconds before the chunk. */
  readonly wait: number;
  readonly bytes: Uint8Array;
}

/** Parameters of the random faults. */
export interface Circumstances {
  /** The probability of a fault. */
  readonly faults: number;
  /** Milliseconds. */
  readonly timeout: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** A hostile API echoes it. */
  readonly key: string;
}

/** Draws a delay: mostly short, sometimes close to the timeout or beyond it. */
export function drawDelay({ timeout, faults }: Circumstances, random: RandomSource): number {
  if (random.chance(faults / 4)) return random.pick([timeout - 1, timeout, timeout + 1, 2 * timeout]);
  return random.chance(0.3) ? 0 : random.integer(1, Math.max(1, Math.min(timeout - 1, 50)));
}

/** Splits the bytes into chunks at random places. */
export function cut(bytes: Uint8Array, circumstances: Circumstances, random: RandomSource): readonly Piece[] {
  if (bytes.length === 0) return [];
  const isDrip = bytes.length < 400 && random.chance(0.02);
  const amount = isDrip ? bytes.length : random.integer(1, 4);
  const places = isDrip
    ? Array.from(bytes.keys())
    : [0, ...Array.from({ length: amount - 1 }, () => random.integer(0, bytes.length)).sort((a, b) => a - b)];
  return places.map((place, index) => ({
    wait: isDrip || random.chance(0.7) ? 0 : drawDelay(circumstances, random),
    bytes: bytes.subarray(place, places[index + 1] ?? bytes.length),
  }));
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
