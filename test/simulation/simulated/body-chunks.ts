import type { Dice } from '../world/dice.ts';

export interface Piece {
  /** Milliseconds before it. */
  readonly wait: number;
  readonly bytes: Uint8Array;
}

/** What the faults are drawn by. */
export interface Circumstances {
  /** The probability of a fault. */
  readonly faults: number;
  /** Milliseconds. */
  readonly timeout: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** What a hostile API says back to whoever told it. */
  readonly key: string;
}

/** Mostly short; now and then close to the timeout, or beyond it. */
export function drawDelay({ timeout, faults }: Circumstances, dice: Dice): number {
  if (dice.chance(faults / 4)) return dice.pick([timeout - 1, timeout, timeout + 1, 2 * timeout]);
  return dice.chance(0.3) ? 0 : dice.integer(1, Math.max(1, Math.min(timeout - 1, 50)));
}

/** The bytes in pieces, cut anywhere. */
export function cut(bytes: Uint8Array, circumstances: Circumstances, dice: Dice): readonly Piece[] {
  if (bytes.length === 0) return [];
  const isDrip = bytes.length < 400 && dice.chance(0.02);
  const amount = isDrip ? bytes.length : dice.integer(1, 4);
  const places = isDrip
    ? Array.from(bytes.keys())
    : [0, ...Array.from({ length: amount - 1 }, () => dice.integer(0, bytes.length)).sort((a, b) => a - b)];
  return places.map((place, index) => ({
    wait: isDrip || dice.chance(0.7) ? 0 : drawDelay(circumstances, dice),
    bytes: bytes.subarray(place, places[index + 1] ?? bytes.length),
  }));
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
