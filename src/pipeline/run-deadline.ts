import { setMaxListeners } from 'node:events';

import { deadlineError } from '../api/retry.ts';
import type { Environment, OutputStream } from '../platform/environment.ts';
import { InterruptedError } from '../domain/errors.ts';
import { abortable } from '../util/abort.ts';

/** How long a run may go on: one signal for its deadline and for interrupts. */
export interface RunDeadline {
  /** Aborted with the error that the run then ends with. */
  readonly signal: AbortSignal;
  /** On the monotonic clock, milliseconds. */
  readonly deadlineAt: number;
  /** Ends the listening; without it the process would wait for the deadline. */
  end(): void;
}

/** @param deadline milliseconds from now */
export function startRunDeadline(environment: Pick<Environment, 'clock' | 'onSignal'>, deadline: number): RunDeadline {
  const controller = new AbortController();
  // Each request under way listens. From eleven on, Node would take that for a leak and say so on stderr.
  setMaxListeners(0, controller.signal);
  const callOff = environment.clock.after(deadline, () => {
    controller.abort(deadlineError(deadline));
  });
  const stopListening = environment.onSignal((signal) => {
    controller.abort(new InterruptedError(signal));
  });
  return {
    signal: controller.signal,
    deadlineAt: environment.clock.monotonic() + deadline,
    end() {
      callOff();
      stopListening();
    },
  };
}

/**
 * The stream, but for writes that end where a signal ends the run: a reader that is slow, or none, is no reason to go on.
 * Not the deadline: people may read as long as they like.
 */
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
