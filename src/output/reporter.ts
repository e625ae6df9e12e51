import type { Environment } from '../platform/environment.ts';
import type { EventSink } from '../domain/events.ts';
import { wantsColor } from './color.ts';
import { createLog, type LogOptions } from './log.ts';
import { createProgress } from './progress.ts';

export interface ReporterOptions extends Omit<LogOptions, 'color'> {
  /** As `--no-color` says; the variables and the terminal are asked as well. */
  readonly noColor: boolean;
  /** What must never be shown, as far as it is known. */
  readonly secrets: () => readonly string[];
}

/** All that a command says on stderr. */
export interface Reporter {
  /** Whether somebody watches: stderr is a terminal, and they want to see how far the run has come. */
  readonly isWatched: boolean;
  readonly tell: EventSink;
  error(error: unknown, site?: string): void;
  /**
   * Takes the spinner off the terminal until there is progress again, and resolves once everything is written: to be
   * awaited before stdout is written, which may be the same terminal.
   */
  pause(): Promise<void>;
  /** Stops the spinner, and resolves once everything is written. */
  close(): Promise<void>;
}

/** The log and the spinner on the stderr that they share: the spinner makes way for each line. */
export async function createReporter(
  environment: Pick<Environment, 'stderr' | 'clock' | 'env'>,
  { noColor, secrets, ...options }: ReporterOptions,
): Promise<Reporter> {
  const { stderr, clock, env } = environment;
  const logOptions = { ...options, color: wantsColor(stderr, env, noColor) };
  const progress = await createProgress(environment, logOptions);
  const beside = {
    write(data: string | Uint8Array) {
      progress.clear();
      return stderr.write(data);
    },
  };
  const log = createLog(beside, clock, logOptions, secrets);
  return {
    isWatched: progress.isShown,
    tell(event) {
      progress.tell(event);
      log.tell(event);
    },
    error(error, site) {
      log.error(error, site);
    },
    async pause() {
      progress.pause();
      await log.flush();
    },
    async close() {
      progress.stop();
      await log.flush();
    },
  };
}
