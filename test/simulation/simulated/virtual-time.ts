import type { Clock } from '../../../src/platform/clock.ts';

/** Virtual time that advances only when no promise can continue, and then at once to the next timer. */
export interface VirtualTime {
  /** The clock of the program. */
  readonly clock: Clock;
  /** Milliseconds since the start, on a monotonic clock. */
  elapsed(): number;
  /** Changes the wall clock only. */
  jump(milliseconds: number): void;
  /** Sets a timer that does not belong to the program; returns a function that cancels it. */
  later(milliseconds: number, callback: () => void): () => void;
  wait(milliseconds: number): Promise<void>;
  /** Milliseconds of the program's pending timers. */
  programTimers(): readonly number[];
  /**
   * Advances time until `isOver`.
   * @param between called before each step with its number; returns true if it started something, so that no time passes
   * @returns false if no timer is left although it is not over
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

  /** Returns the timer that is due first; of several, the one that was set first. */
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
        // Runs after all pending promise callbacks.
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
