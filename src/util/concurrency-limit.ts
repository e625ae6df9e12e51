/** The number of tasks that may run at once, which changes while they run. */
export interface ConcurrencyLimit {
  current(): number;
  /** Reports that a task is done. */
  done(): void;
  /** Reports that the API limits the rate: more tasks at once would not be faster. */
  throttled(): void;
}

/** Tasks at once to start with. */
const START = 8;
export const MAX_CONCURRENCY = 64;
/** A fixed limit above `START` doubles from there in this time, so that a rate limit is not hit by all tasks at once. */
const DOUBLING_MS = 250;
/** Growth of an automatic limit in one round, in which as many tasks end as may run at once. */
const GROWTH = 1.5;
/** Throughput must rise by this factor for the limit to grow on. */
const MIN_GAIN = 1.1;
/** A throughput below this share of the last one lets the limit fall. */
const MAX_LOSS = 0.7;
/** Rounds until growth is tried again. */
const HOLD_ROUNDS = 20;
/** A shorter round says little. */
const MIN_ROUND_MS = 20;

/**
 * @param setting a number, or `auto` for as many as raise the throughput
 * @param monotonic returns milliseconds of a clock that never jumps
 */
export function createConcurrencyLimit(setting: number | 'auto', monotonic: () => number): ConcurrencyLimit {
  return setting === 'auto' ? createAutomaticLimit(monotonic) : createFixedLimit(setting, monotonic);
}

function createFixedLimit(limit: number, monotonic: () => number): ConcurrencyLimit {
  const startedAt = monotonic();
  return {
    current: () => Math.min(limit, Math.floor(START * 2 ** ((monotonic() - startedAt) / DOUBLING_MS))),
    done: () => undefined,
    throttled: () => undefined,
  };
}

/**
 * For example, the API takes 100 ms whatever comes: 8 tasks at once make 80 a second, 12 make 120, and so on up to 64. If it
 * makes 100 a second at most, 12 make 100, 18 make no more: the limit goes back to 12 and stays there for 20 rounds.
 */
function createAutomaticLimit(monotonic: () => number): ConcurrencyLimit {
  let limit = START;
  let throughput = 0;
  let held = 0;
  let count = 0;
  let roundStart = monotonic();

  function endRound(current: number): void {
    if (held > 0 && current < throughput * MAX_LOSS) {
      limit = Math.max(START, Math.floor(limit / GROWTH));
      throughput = current;
    } else if (held > 0) {
      held--;
    } else if (limit < MAX_CONCURRENCY && current >= throughput * MIN_GAIN) {
      throughput = current;
      limit = Math.min(MAX_CONCURRENCY, Math.ceil(limit * GROWTH));
    } else if (limit === MAX_CONCURRENCY && current >= throughput) {
      held = HOLD_ROUNDS;
    } else {
      limit = Math.max(START, Math.floor(limit / GROWTH));
      held = HOLD_ROUNDS;
    }
  }

  return {
    current: () => limit,
    done() {
      count++;
      const now = monotonic();
      const elapsed = now - roundStart;
      if (count < limit || elapsed < MIN_ROUND_MS) return;
      endRound(count / elapsed);
      count = 0;
      roundStart = now;
    },
    throttled() {
      limit = START;
      throughput = 0;
      held = HOLD_ROUNDS;
    },
  };
}
