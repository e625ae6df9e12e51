import { setImmediate } from 'node:timers/promises';

/**
 * Creates a function to await between the steps of long synchronous work. Each time that the steps' sizes add up to `turn`, it
 * lets timers, signals and I/O run.
 */
export function createPacer(turn: number): (size: number) => Promise<void> | undefined {
  let sum = 0;
  return (size) => {
    sum += size;
    if (sum < turn) return undefined;
    sum = 0;
    return setImmediate();
  };
}
