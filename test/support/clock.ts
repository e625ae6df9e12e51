import type { Clock } from '../../src/platform/clock.ts';

/** A clock whose timers fire at once, without waiting, and are recorded. */
export interface VirtualClock extends Clock {
  /** Milliseconds of each timer that fired, in order. */
  readonly waits: readonly number[];
  /** The number of timers that were neither fired nor cancelled. */
  pending(): number;
  /** Resolves when a timer of this duration is held. */
  held(milliseconds: number): Promise<void>;
  /** Fires the held timers of this duration. */
  expire(milliseconds: number): void;
}

/** The initial time of the wall clock. */
export const START = Date.parse('2026-01-02T03:04:05.678Z');

/** @param holds durations of the timers that fire only by `expire`, such as a timeout, or `all` */
export function createVirtualClock(holds: readonly number[] | 'all' = []): VirtualClock {
  const waits: number[] = [];
  const timers = new Map<object, () => void>();
  const held = new Map<object, number>();
  const watchers: { readonly milliseconds: number; notify(): void }[] = [];
  let time = 0;
  return {
    waits,
    now: () => START + time,
    monotonic: () => 1000 + time,
    after(milliseconds, callback) {
      const timer = {};
      const goOff = (): void => {
        if (!timers.delete(timer)) return;
        time += milliseconds;
        waits.push(milliseconds);
        callback();
      };
      timers.set(timer, goOff);
      if (holds === 'all' || holds.includes(milliseconds)) {
        held.set(timer, milliseconds);
        for (const watcher of watchers) if (watcher.milliseconds === milliseconds) watcher.notify();
      } else {
        setImmediate(goOff);
      }
      return () => {
        timers.delete(timer);
        held.delete(timer);
      };
    },
    pending: () => timers.size,
    held: (milliseconds) =>
      new Promise((notify) => {
        if ([...held.values()].includes(milliseconds)) notify();
        else watchers.push({ milliseconds, notify });
      }),
    expire(milliseconds) {
      for (const [timer, duration] of [...held]) {
        if (duration !== milliseconds) continue;
        held.delete(timer);
        timers.get(timer)?.();
      }
    },
  };
}
