import { setMaxListeners } from 'node:events';

import { InterruptedError, UnreachableError } from '../domain/errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { Environment, InputStream, OutputStream } from '../platform/environment.ts';
import type { Files } from '../platform/files.ts';
import { abortable, abortableChunks, createAbortController, onAbort } from '../util/abort.ts';

/** The end of a run: one abort signal for its deadline and for SIGHUP, SIGINT and SIGTERM. */
export interface RunDeadline {
  /** Its reason is the error that the run ends with. */
  readonly signal: AbortSignal;
  /** Milliseconds on the monotonic clock. */
  readonly startedAt: number;
  /** Milliseconds on the monotonic clock; Infinity without a limit. A pause moves it. */
  readonly deadlineAt: number;
  /** Limits the run to this many milliseconds since its start; Infinity for no limit. */
  setLimit(milliseconds: number): void;
  /** Pauses the deadline while the user is prompted. Returns a function that resumes it. */
  pause(): () => void;
  /** Stops the timer and the listeners, which keep the process alive. */
  end(): void;
}

/** Time for output after an abort, so that errors and receipts are shown. */
const OUTPUT_GRACE_MS = 500;

/** Starts a run. @param initialLimit milliseconds from now */
export function startRunDeadline(
  { clock, onSignal }: Pick<Environment, 'clock' | 'onSignal'>,
  initialLimit = Number.POSITIVE_INFINITY,
): RunDeadline {
  const controller = new AbortController();
  // Each request in flight listens. By default, Node.js warns of a leak from the eleventh listener.
  setMaxListeners(0, controller.signal);
  const startedAt = clock.monotonic();
  let limit = initialLimit;
  let pausedAt: number | undefined;
  let pausedFor = 0;
  let stopTimer = (): void => undefined;
  const stopListening = onSignal((signal) => {
    controller.abort(new InterruptedError(signal));
  });
  const deadlineAt = (): number => startedAt + limit + pausedFor;

  function startTimer(): void {
    stopTimer();
    if (limit === Number.POSITIVE_INFINITY || pausedAt !== undefined) return;
    stopTimer = clock.after(Math.max(0, deadlineAt() - clock.monotonic()), () => {
      controller.abort(deadlineError(limit));
    });
  }
  startTimer();

  return {
    signal: controller.signal,
    startedAt,
    get deadlineAt() {
      return deadlineAt();
    },
    setLimit(milliseconds) {
      limit = milliseconds;
      startTimer();
    },
    pause() {
      const start = clock.monotonic();
      pausedAt ??= start;
      stopTimer();
      return () => {
        if (pausedAt !== start) return;
        pausedAt = undefined;
        pausedFor += clock.monotonic() - start;
        startTimer();
      };
    },
    end() {
      stopTimer();
      stopListening();
    },
  };
}

/**
 * Returns the environment whose inputs and outputs do not outlast the run: a pipe without a writer, or a reader that does not
 * read, never keeps it waiting. They reject with the signal's reason; stderr drops what it cannot write.
 */
export function boundEnvironment(
  environment: Environment,
  deadline: Pick<RunDeadline, 'signal' | 'pause'>,
): Environment {
  const { signal } = deadline;
  const { stdin, stdout, stderr, files, clock } = environment;
  return {
    ...environment,
    stdin: boundInput(stdin, deadline),
    stdout: boundOutput(stdout, (written) => withinGrace(written, signal, clock)),
    stderr: boundOutput(stderr, async (written) => {
      await withinGrace(written, signal, clock).catch((error: unknown) => {
        if (error !== signal.reason) throw error;
      });
    }),
    files: boundFiles(files, signal),
  };
}

function boundInput(input: InputStream, { signal, pause }: Pick<RunDeadline, 'signal' | 'pause'>): InputStream {
  /** Pauses the deadline while the user types. */
  async function* bound(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    let resume = input.isTTY ? pause() : undefined;
    try {
      for await (const chunk of abortableChunks(chunks, signal)) {
        resume?.();
        yield chunk;
        resume &&= pause();
      }
    } finally {
      resume?.();
    }
  }
  return {
    isTTY: input.isTTY,
    chunks: () => bound(input.chunks()),
    keys: () => bound(input.keys()),
    close() {
      input.close();
    },
  };
}

function boundOutput(output: OutputStream, bound: (written: Promise<void>) => Promise<void>): OutputStream {
  return {
    isTTY: output.isTTY,
    get columns() {
      return output.columns;
    },
    write: (data) => bound(output.write(data)),
  };
}

function boundFiles(files: Files, signal: AbortSignal): Files {
  return {
    ...files,
    read: (path) => files.read(path, signal),
    chunks: (path) => files.chunks(path, signal),
    writeInto: (path, chunks) => files.writeInto(path, chunks, signal),
  };
}

/** Settles as the write does, or rejects with the signal's reason once the grace period after the abort is over. */
async function withinGrace(written: Promise<void>, signal: AbortSignal, clock: Clock): Promise<void> {
  const grace = createAbortController();
  let stopTimer = (): void => undefined;
  const abort = (): void => {
    stopTimer = clock.after(OUTPUT_GRACE_MS, () => {
      grace.abort(signal.reason);
    });
  };
  const stopListening = onAbort(signal, abort);
  if (signal.aborted) abort();
  try {
    await abortable(written, grace.signal);
  } finally {
    stopTimer();
    stopListening();
  }
}

/** Returns the error of a run that exceeded its deadline. @param deadline milliseconds */
export function deadlineError(deadline: number): UnreachableError {
  return new UnreachableError(`the run exceeded its deadline of ${deadline / 1000} s`, {
    hint: 'allow more time with --deadline, or try again later',
  });
}
