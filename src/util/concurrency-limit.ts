/** The number of tasks that may run at once, which changes while they run. */
export interface ConcurrencyLimit {
  current(): number;
  /** Reports that a task is done. */
  done(): void;
  /** Reports that the API limits the rate: more tasks at once would not be faster. */
  throttled(): void;
}

/** Initial number of tasks at once. */
const START = 8;
export const MAX_CONCURRENCY = 64;
/** Time in which a limit above `START` doubles from there, so that not all tasks hit a rate limit at once. */
const DOUBLING_MS = 250;
/** Growth factor of an automatic limit per round. In a round, as many tasks end as the limit allows. */
const GROWTH = 1.5;
/** Throughput must rise by this factor for the limit to grow on. */
const MIN_GAIN = 1.1;
/** The limit falls if the throughput is below this share of the last one. */
const MAX_LOSS = 0.7;
/** Rounds until growth is tried again. */
const HOLD_ROUNDS = 20;
/** A shorter round is too short to measure the throughput. */
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
 * For example, every response takes 100 ms: 8 tasks at once complete 80 a second, 12 complete 120, and so on up to 64. If the
 * API serves at most 100 a second, 12 and 18 tasks both complete 100: the limit returns to 12 and stays there for 20 rounds.
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
