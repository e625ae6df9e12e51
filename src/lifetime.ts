import { deadlineError } from './api/retry.ts';
import type { Environment } from './environment.ts';
import { InterruptedError } from './errors.ts';

/** How long a run may go on: one signal for its deadline and for interrupts. */
export interface Lifetime {
  /** Aborted with the error that the run then ends with. */
  readonly signal: AbortSignal;
  /** On the monotonic clock, milliseconds. */
  readonly deadlineAt: number;
  /** Ends the listening; without it the process would wait for the deadline. */
  end(): void;
}

/** @param deadline milliseconds from now */
export function startLifetime(environment: Pick<Environment, 'clock' | 'onSignal'>, deadline: number): Lifetime {
  const controller = new AbortController();
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
