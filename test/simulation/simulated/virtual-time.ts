import type { Clock } from '../../../src/platform/clock.ts';

/** Time that passes only while nobody has anything to do, and then at once. */
export interface VirtualTime {
  /** What the program sees. */
  readonly clock: Clock;
  /** Milliseconds since the start, never jumping. */
  elapsed(): number;
  /** Moves the wall clock alone. */
  jump(milliseconds: number): void;
  /** Calls back after so many milliseconds, on behalf of the world around the program; returns how to call it off. */
  later(milliseconds: number, callback: () => void): () => void;
  wait(milliseconds: number): Promise<void>;
  /** Timers that the program has set and neither called off nor seen go off, by their milliseconds. */
  programTimers(): readonly number[];
  /**
   * Lets time pass until `isOver`.
   * @param between called before each step, with the number of steps before it; whether anybody has something to do now
   * @returns false where it is not over, and nothing is left that could happen
   */
  pass(isOver: () => boolean, between: (step: number) => boolean): Promise<boolean>;
}

interface Timer {
  readonly at: number;
  readonly milliseconds: number;
  readonly isOfProgram: boolean;
  readonly callback: () => void;
}

const MONOTONIC_START = 1000;

/** @param wallStart milliseconds since 1970 */
export function createVirtualTime(wallStart: number): VirtualTime {
  const timers = new Set<Timer>();
  let elapsed = 0;
  let wallOffset = wallStart;

  function set(milliseconds: number, callback: () => void, isOfProgram: boolean): () => void {
    const timer = { at: elapsed + milliseconds, milliseconds, isOfProgram, callback };
    timers.add(timer);
    return () => {
      timers.delete(timer);
    };
  }

  /** Of those due at the same moment, the one that was set first. */
  function next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of timers) if (!first || timer.at < first.at) first = timer;
    return first;
  }

  return {
    clock: {
      now: () => Math.floor(wallOffset + elapsed),
      monotonic: () => MONOTONIC_START + elapsed,
      after: (milliseconds, callback) => set(milliseconds, callback, true),
    },
    elapsed: () => elapsed,
    jump(milliseconds) {
      wallOffset += milliseconds;
    },
    later: (milliseconds, callback) => set(milliseconds, callback, false),
    wait: (milliseconds) =>
      milliseconds === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            set(milliseconds, resolve, false);
          }),
    programTimers: () => [...timers].filter(({ isOfProgram }) => isOfProgram).map(({ milliseconds }) => milliseconds),
    async pass(isOver, between) {
      for (let step = 0; ; step++) {
        // Its turn comes once every promise that can go on has gone on.
        await new Promise((resolve) => setImmediate(resolve));
        if (isOver()) return true;
        if (between(step)) continue;
        const timer = next();
        if (!timer) return false;
        timers.delete(timer);
        elapsed = timer.at;
        timer.callback();
      }
    },
  };
}
