import { clearLine, cursorTo, moveCursor } from 'node:readline';
import { Writable } from 'node:stream';

import type { Environment, OutputStream } from '../platform/environment.ts';
import type { ProgressEvent, EventSink } from '../domain/events.ts';
import { visible } from '../util/text.ts';
import type { LogOptions } from './log.ts';
import { count, toSize } from './format-units.ts';

/** A sign of life on a terminal: what is being waited for and how much has arrived. */
export interface Progress {
  /** Whether there is anybody to show it to. */
  readonly isShown: boolean;
  readonly tell: EventSink;
  /** Takes it off the terminal, so that a line can be written; it comes back by itself. */
  clear(): void;
  /** Takes it off the terminal until there is progress again. */
  pause(): void;
  /** Takes it off the terminal for good. */
  stop(): void;
}

const INTERVAL_MS = 100;
/** A rate is not worth showing before so long. */
const RATE_AFTER_MS = 1000;
/** The spinner, the space behind it, and the last cell, in which some terminals begin a new line. */
const MARGIN = 3;

/** A spinner where stderr is a terminal for people, else a progress that shows nothing. */
export async function createProgress(
  { stderr, clock, env }: Pick<Environment, 'stderr' | 'clock' | 'env'>,
  options: Pick<LogOptions, 'format' | 'quiet' | 'color'>,
): Promise<Progress> {
  const isShown = stderr.isTTY && stderr.columns > 0 && env['TERM'] !== 'dumb';
  if (!isShown || options.quiet || options.format === 'json') return SILENT;

  const [{ default: ora }, { truncate }, { renderBar }] = await Promise.all([
    import('ora'),
    import('./width.ts'),
    import('./submit-summary.ts'),
  ]);
  const terminal = createTerminal(stderr);
  // Never started: it would set signal handlers, hide the cursor and reroute this process's own stdout and stderr.
  // So ora draws, and this file says when.
  const spinner = ora({
    stream: terminal.stream,
    isEnabled: true,
    discardStdin: false,
    hideCursor: false,
    color: options.color ? 'cyan' : false,
  });
  let latest: ProgressEvent | undefined;
  let measured = { of: '', since: 0, bytes: 0 };
  let cancel: (() => void) | undefined;

  const rateOf = (event: ProgressEvent): number | undefined => {
    const elapsed = clock.monotonic() - measured.since;
    return elapsed < RATE_AFTER_MS ? undefined : (((event.bytes ?? 0) - measured.bytes) / elapsed) * 1000;
  };
  const clear = (): void => {
    if (!latest) return;
    spinner.clear();
    terminal.flush();
  };
  const draw = (): void => {
    if (!latest) return;
    // A terminal may be resized at any time, also to no columns, over which ora would loop for ever.
    if (stderr.columns > MARGIN) {
      terminal.stream.columns = stderr.columns;
      const { outcomes: tally, of = 0 } = latest;
      const width = stderr.columns - MARGIN;
      spinner.text = truncate(tally ? renderBar(tally, of, width) : progressText(latest, rateOf(latest)), width);
      spinner.render();
      terminal.flush();
    }
    cancel = clock.after(INTERVAL_MS, draw);
  };
  const pause = (): void => {
    clear();
    latest = undefined;
    cancel?.();
  };
  let isStopped = false;
  return {
    isShown,
    tell(event) {
      if (event.type !== 'progress' || isStopped) return;
      const of = `${event.task} ${event.attempt ?? ''}`;
      if (measured.of !== of) measured = { of, since: clock.monotonic(), bytes: event.bytes ?? 0 };
      const isDrawn = latest !== undefined;
      latest = event;
      if (!isDrawn) draw();
    },
    clear,
    pause,
    stop() {
      isStopped = true;
      pause();
    },
  };
}

/** `Waiting for outages: 12.4 MB of 114 MB, 108,000 records, 60 MB/s (attempt 2)`. @param rate bytes a second */
export function progressText(event: ProgressEvent, rate?: number): string {
  const { task, attempt = 1, bytes, totalBytes, records, done, of } = event;
  const facts = [
    ...(bytes ? [`${toSize(bytes)}${totalBytes ? ` of ${toSize(totalBytes)}` : ''}`] : []),
    ...(records ? [count(records, 'record')] : []),
    ...(done !== undefined && of !== undefined ? [`${done} of ${count(of, 'site')}`] : []),
    ...(bytes && rate ? [`${toSize(rate)}/s`] : []),
  ];
  const figures = facts.length > 0 ? `: ${facts.join(', ')}` : '';
  return visible(`Waiting for ${task}${figures}${attempt > 1 ? ` (attempt ${attempt})` : ''}`);
}

const SILENT: Progress = {
  isShown: false,
  tell: () => undefined,
  clear: () => undefined,
  pause: () => undefined,
  stop: () => undefined,
};

/** What ora needs of a terminal, on top of an output; a frame is gathered, and written at once by `flush`. */
function createTerminal(output: OutputStream) {
  let frame = '';
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
    output.write(frame).catch(() => undefined);
    frame = '';
  };
  return { stream, flush };
}
