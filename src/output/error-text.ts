import { KrakenOutagesError } from '../domain/errors.ts';
import { exitCodeOf } from '../domain/exit-code.ts';

/** What there is to say about an error: nothing of it is fit for a terminal yet. */
export interface ErrorText {
  readonly message: string;
  readonly hint: string | undefined;
  /** The exit code. */
  readonly code: number;
  /** The errors behind it, the nearest first. */
  readonly causes: readonly string[];
  /** Where it was thrown, for a defect only. */
  readonly stack: readonly string[];
}

const MOST_CAUSES = 5;
const MOST_FRAMES = 20;

/** What to say about anything that was thrown. What this program does not foresee is a defect of it. */
export function toErrorText(error: unknown): ErrorText {
  const causes = describeCauses(error);
  const code = exitCodeOf(error);
  if (error instanceof KrakenOutagesError) return { message: error.message, hint: error.hint, code, causes, stack: [] };
  return {
    message: `a defect of kraken-outages: ${error instanceof Error ? error.message : toText(error)}`,
    hint: 'run it again with --verbose, and report what it prints',
    code,
    causes,
    stack: error instanceof Error ? framesOf(error) : [],
  };
}

function describeCauses(error: unknown): string[] {
  const causes: string[] = [];
  for (let cause = causeOf(error); cause !== undefined && causes.length < MOST_CAUSES; cause = causeOf(cause)) {
    causes.push(toText(cause));
  }
  return causes;
}

/** Node tells of a host with several addresses by an `AggregateError`; the first address speaks for all. */
function causeOf(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  return error.cause ?? (error instanceof AggregateError ? error.errors[0] : undefined);
}

/** Name, message and code only: whatever else an error holds may be a header. */
function toText(error: unknown): string {
  if (typeof error === 'string') return error;
  if (!(error instanceof Error)) return 'something that is no error';
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
  return `${error.name}: ${error.message}${code}`;
}

function framesOf(error: Error): string[] {
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, MOST_FRAMES);
}
