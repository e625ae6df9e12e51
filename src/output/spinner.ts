import { clearLine, cursorTo, moveCursor } from 'node:readline';
import { Writable } from 'node:stream';

import ora from 'ora';

import type { AttemptEvent, EventSink, ProgressEvent, RateLimitEvent } from '../domain/events.ts';
import type { Environment, OutputStream } from '../platform/environment.ts';
import { describeRateLimit, describeRetry, progressText } from './progress-text.ts';
import { renderBar } from './submit-summary.ts';
import { truncate } from './width.ts';

/** The progress indicator on a terminal: the current task and the amount of data received. */
export interface Progress {
  /** Whether stderr is an interactive terminal. */
  readonly isShown: boolean;
  readonly emit: EventSink;
  /** Erases the indicator so that a line can be written; the next frame redraws it. */
  clear(): void;
  /** Erases the indicator until the next progress event. */
  pause(): void;
  /** Erases the indicator for good. Resolves once it is written. */
  stop(): Promise<void>;
}

const FRAME_INTERVAL_MS = 100;
/** Time before the first rate is shown. */
const MIN_RATE_PERIOD_MS = 1000;
/** Cells for the spinner, the space after it, and the last column, where some terminals wrap. */
const MARGIN_CELLS = 3;

/** Returns a spinner for an interactive terminal. */
export function createSpinner(
  { stderr, clock }: Pick<Environment, 'stderr' | 'clock'>,
  options: { readonly color: boolean },
): Progress {
  const terminal = createTerminal(stderr);
  // ora only renders frames here. If started, it would install signal handlers, hide the cursor and intercept stdout and stderr.
  const spinner = ora({
    stream: terminal.stream,
    isEnabled: true,
    discardStdin: false,
    hideCursor: false,
    color: options.color ? 'cyan' : false,
  });
  let latest: ProgressEvent | undefined;
  let rateLimit: RateLimitEvent | undefined;
  let retry: { readonly attempt: AttemptEvent; readonly at: number } | undefined;
  let rateStart = { request: '', time: 0, bytes: 0 };
  let cancel: (() => void) | undefined;

  const rateOf = (event: ProgressEvent): number | undefined => {
    const elapsed = clock.monotonic() - rateStart.time;
    return elapsed < MIN_RATE_PERIOD_MS ? undefined : (((event.bytes ?? 0) - rateStart.bytes) / elapsed) * 1000;
  };
  const clear = (): void => {
    if (!latest) return;
    spinner.clear();
    terminal.flush();
  };
  const draw = (): void => {
    if (!latest) return;
    // A terminal may be resized to zero columns, with which ora would loop forever.
    if (stderr.columns > MARGIN_CELLS) {
      terminal.stream.columns = stderr.columns;
      const { outcomes, of = 0 } = latest;
      const width = stderr.columns - MARGIN_CELLS;
      const limited = rateLimit ? `, ${describeRateLimit(rateLimit)}` : '';
      const left = retry ? retry.at - clock.monotonic() : 0;
      const retrying = retry && left > 0 ? `, ${describeRetry(retry.attempt, left)}` : '';
      const facts = retrying + limited;
      const text = outcomes ? renderBar(outcomes, of, width - facts.length) : progressText(latest, rateOf(latest));
      spinner.text = truncate(text + facts, width);
      spinner.render();
      terminal.flush();
    }
    cancel = clock.after(FRAME_INTERVAL_MS, draw);
  };
  const pause = (): void => {
    clear();
    latest = undefined;
    cancel?.();
  };
  let isStopped = false;
  return {
    isShown: true,
    emit(event) {
      if (event.type === 'rate-limit') rateLimit = event;
      if (event.type === 'attempt' && event.repeatedIn !== undefined && event.status !== 429) {
        retry = { attempt: event, at: clock.monotonic() + event.repeatedIn };
      }
      if (event.type !== 'progress' || isStopped) return;
      const request = `${event.task} ${event.attempt ?? ''}`;
      if (rateStart.request !== request) {
        rateStart = { request, time: clock.monotonic(), bytes: event.bytes ?? 0 };
      }
      const isDrawn = latest !== undefined;
      latest = event;
      if (!isDrawn) draw();
    },
    clear,
    pause,
    async stop() {
      isStopped = true;
      pause();
      await terminal.written();
    },
  };
}

/** Returns the stream that ora draws to. Frames are buffered, and written in one piece by `flush`. */
function createTerminal(output: OutputStream) {
  let frame = '';
  let pending: Promise<unknown> = Promise.resolve();
  const writable = new Writable({
    decodeStrings: false,
    write(chunk: string, _, done) {
      frame += chunk;
      done();
    },
  });
  const stream = Object.assign(writable, {
    isTTY: true,
    columns: output.columns,
    cursorTo: (x: number) => cursorTo(writable, x),
    clearLine: (direction: -1 | 0 | 1) => clearLine(writable, direction),
    moveCursor: (x: number, y: number) => moveCursor(writable, x, y),
  });
  const flush = (): void => {
    if (frame === '') return;
    const last = output.write(frame).catch(() => undefined);
    pending = Promise.all([pending, last]);
    frame = '';
  };
  return {
    stream,
    flush,
    async written() {
      await pending;
    },
  };
}
