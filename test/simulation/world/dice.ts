import { createRandom, integer, type Random } from '../../../src/sandbox/random.ts';

/** Choices that follow from a seed alone. */
export interface Dice {
  /** From 0 (included) to 1 (excluded). */
  readonly random: Random;
  /** Whether a thing of this probability happens. */
  chance(probability: number): boolean;
  /** A whole number, both ends included. */
  integer(low: number, high: number): number;
  /** A number whose logarithm is spread evenly: as often from 1 to 10 as from 10 to 100. */
  scaled(low: number, high: number): number;
  pick<T>(choices: readonly T[]): T;
  shuffled<T>(items: readonly T[]): T[];
}

export function createDice(seed: number): Dice {
  const random = createRandom(seed);
  // Seeds that follow one another begin alike.
  for (let skipped = 0; skipped < 4; skipped++) random();
  return {
    random,
    chance: (probability) => random() < probability,
    integer: (low, high) => integer(random, low, high),
    scaled: (low, high) => Math.round(low * (high / low) ** random()),
    pick<T>(choices: readonly T[]) {
      const index = integer(random, 0, choices.length - 1);
      for (const [position, choice] of choices.entries()) if (position === index) return choice;
      throw new RangeError('there is nothing to choose from');
    },
    shuffled<T>(items: readonly T[]) {
      return items
        .map((item) => ({ item, order: random() }))
        .sort((a, b) => a.order - b.order)
        .map(({ item }) => item);
    },
  };
}
