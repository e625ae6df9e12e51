import { setMaxListeners } from 'node:events';

import { deadlineError } from '../api/retry.ts';
import type { Environment, OutputStream } from '../platform/environment.ts';
import { InterruptedError } from '../domain/errors.ts';
import { abortable } from '../util/abort.ts';

/** One signal for the deadline of a run and for interrupts. */
export interface RunDeadline {
  /** Its reason is the error that the run ends with. */
  readonly signal: AbortSignal;
  /** Milliseconds of the monotonic clock. */
  readonly deadlineAt: number;
  /** Must be called, or the process waits for the deadline. */
  end(): void;
}

/** @param deadline milliseconds from now */
export function startRunDeadline(environment: Pick<Environment, 'clock' | 'onSignal'>, deadline: number): RunDeadline {
  const controller = new AbortController();
  // Each running request listens: more than ten would make Node warn about a leak.
  setMaxListeners(0, controller.signal);
  const cancel = environment.clock.after(deadline, () => {
    controller.abort(deadlineError(deadline));
  });
  const stopListening = environment.onSignal((signal) => {
    controller.abort(new InterruptedError(signal));
  });
  return {
    signal: controller.signal,
    deadlineAt: environment.clock.monotonic() + deadline,
    end() {
      cancel();
      stopListening();
    },
  };
}

/** Returns the stream, whose writes fail once a signal interrupts the run. The deadline does not end them. */
export function untilInterrupted(output: OutputStream, { signal }: Pick<RunDeadline, 'signal'>): OutputStream {
  return {
    isTTY: output.isTTY,
    columns: output.columns,
    async write(data) {
      const written = output.write(data);
      try {
        await abortable(written, signal);
      } catch (error) {
        if (error !== signal.reason || error instanceof InterruptedError) throw error;
        await written;
      }
    },
  };
}
