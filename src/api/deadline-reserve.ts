const MAX_WITHOUT_RESPONSE_MS = 5000;

/**
 * Creates the estimate of the time that a submission needs before the deadline, so that the deadline leaves lists unsent rather
 * than their outcomes unknown: twice the slowest response so far, a tenth of the run and at most 5 s without one, and
 * never more than half of the run.
 * @param deadlineAt the deadline, which may be moved, and `start`: milliseconds on the monotonic clock
 */
export function createDeadlineReserve(deadlineAt: () => number, start: number) {
  let slowest = 0;
  return {
    /** Takes the time of a response into account. */
    observe(milliseconds: number): void {
      slowest = Math.max(slowest, milliseconds);
    },
    milliseconds(): number {
      const whole = deadlineAt() - start;
      return Math.max(0, Math.min(whole / 2, Math.max(2 * slowest, Math.min(MAX_WITHOUT_RESPONSE_MS, whole / 10))));
    },
  };
}
