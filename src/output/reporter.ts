import type { Environment } from '../platform/environment.ts';
import type { EventSink } from '../domain/events.ts';
import { wantsColor } from './color.ts';
import { createLog, type Log, type LogOptions } from './log.ts';
import { createProgress } from './progress.ts';

export interface ReporterOptions extends Omit<LogOptions, 'color'> {
  /** The value of `--no-color`. */
  readonly noColor: boolean;
  /** Returns the secrets to redact, as known when a line is written. */
  readonly secrets: () => readonly string[];
}

/** Everything that a command writes to stderr. */
export interface Reporter {
  /** Whether progress is shown: stderr is an interactive terminal. */
  readonly isWatched: boolean;
  readonly emit: EventSink;
  error: Log['error'];
  failures: Log['failures'];
  setFields: Log['setFields'];
  /**
   * Erases the spinner until the next progress event, and resolves once everything is written. Await it before writing to
   * stdout, which may be the same terminal.
   */
  pause(): Promise<void>;
  /** Stops the spinner, and resolves once everything is written. */
  close(): Promise<void>;
}

/** Creates the log and the spinner, which share stderr: the spinner is erased before each line. */
export async function createReporter(
  environment: Pick<Environment, 'stderr' | 'clock' | 'env'>,
  { noColor, secrets, ...options }: ReporterOptions,
): Promise<Reporter> {
  const { stderr, clock, env } = environment;
  const annotations = env['GITHUB_ACTIONS'] === 'true';
  const logOptions = { ...options, annotations, color: wantsColor(stderr, env, { noColor }) };
  const progress = await createProgress(environment, logOptions);
  const stderrWithoutSpinner = {
    write(data: string | Uint8Array) {
      progress.clear();
      return stderr.write(data);
    },
  };
  const log = await createLog(stderrWithoutSpinner, clock, logOptions, secrets);
  return {
    isWatched: progress.isShown,
    emit(event) {
      progress.emit(event);
      log.emit(event);
    },
    error(error, site) {
      log.error(error, site);
    },
    failures(failures, failureOptions) {
      return log.failures(failures, failureOptions);
    },
    setFields(fields) {
      log.setFields(fields);
    },
    async pause() {
      progress.pause();
      await log.flush();
    },
    async close() {
      await progress.stop();
      await log.flush();
    },
  };
}
