import type { Clock } from '../../src/platform/clock.ts';

/** A clock on which time passes at once: a wait is over as soon as those who wait have begun to, and is written down. */
export interface VirtualClock extends Clock {
  /** Milliseconds of each wait that is over, in order. */
  readonly waits: readonly number[];
  /** How many timers have neither gone off nor been called off. */
  pending(): number;
  /** Resolves once a timer of this duration is held, at once where one is. */
  held(milliseconds: number): Promise<void>;
  /** Lets the timers of this duration go off that are held. */
  expire(milliseconds: number): void;
}

/** The wall clock's start. */
export const START = Date.parse('2026-01-02T03:04:05.678Z');

/** @param holds the durations of the timers that go off by `expire` only, such as a timeout; or whether to hold any */
export function createVirtualClock(holds: readonly number[] | 'all' = []): VirtualClock {
  const waits: number[] = [];
  const timers = new Map<object, () => void>();
  const held = new Map<object, number>();
  const watchers: { readonly milliseconds: number; tell(): void }[] = [];
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
        for (const watcher of watchers) if (watcher.milliseconds === milliseconds) watcher.tell();
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
      new Promise((tell) => {
        if ([...held.values()].includes(milliseconds)) tell();
        else watchers.push({ milliseconds, tell });
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
