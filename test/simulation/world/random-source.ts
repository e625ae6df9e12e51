import { createRandom, integer, type Random } from '../../../src/sandbox/random.ts';

/** Random choices, determined by a seed. */
export interface RandomSource {
  /** From 0 (included) to 1 (excluded). */
  readonly next: Random;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** An integer, both limits included. */
  integer(low: number, high: number): number;
  /** A log-uniform integer: 1 to 10 is as likely as 10 to 100. */
  scaled(low: number, high: number): number;
  pick<T>(choices: readonly T[]): T;
  shuffled<T>(items: readonly T[]): T[];
}

export function createRandomSource(seed: number): RandomSource {
  const next = createRandom(seed);
  // Consecutive seeds have similar first numbers.
  for (let skipped = 0; skipped < 4; skipped++) next();
  return {
    next,
    chance: (probability) => next() < probability,
    integer: (low, high) => integer(next, low, high),
    scaled: (low, high) => Math.round(low * (high / low) ** next()),
    pick<T>(choices: readonly T[]) {
      const index = integer(next, 0, choices.length - 1);
      for (const [position, choice] of choices.entries()) if (position === index) return choice;
      throw new RangeError('there is nothing to choose from');
    },
    shuffled<T>(items: readonly T[]) {
      return items
        .map((item) => ({ item, order: next() }))
        .sort((a, b) => a.order - b.order)
        .map(({ item }) => item);
    },
  };
}
