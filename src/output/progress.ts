import type { Environment } from '../platform/environment.ts';
import type { LogOptions } from './log.ts';
import type { Progress } from './spinner.ts';

/** Returns a spinner if stderr is an interactive terminal, else a progress indicator that shows nothing. */
export async function createProgress(
  environment: Pick<Environment, 'stderr' | 'clock' | 'env'>,
  options: Pick<LogOptions, 'format' | 'quiet' | 'color'>,
): Promise<Progress> {
  const { stderr, env } = environment;
  const isInteractive = stderr.isTTY && stderr.columns > 0 && env['TERM'] !== 'dumb';
  if (!isInteractive || options.quiet || options.format === 'json') return SILENT;
  const { createSpinner } = await import('./spinner.ts');
  return createSpinner(environment, options);
}

const SILENT: Progress = {
  isShown: false,
  emit: () => undefined,
  clear: () => undefined,
  pause: () => undefined,
  stop: () => Promise.resolve(),
};
