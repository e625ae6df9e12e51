import { KrakenOutagesError } from '../domain/errors.ts';
import { exitCodeOf } from '../domain/exit-code.ts';

/** The texts of an error, with control characters and secrets still in them. */
export interface ErrorText {
  readonly message: string;
  readonly hint: string | undefined;
  /** Exit code. */
  readonly code: number;
  /** The chain of causes, nearest first. */
  readonly causes: readonly string[];
  /** Stack frames of an internal error; empty for any other. */
  readonly stack: readonly string[];
}

const MAX_CAUSES = 5;
const MAX_STACK_FRAMES = 20;

/** Returns the texts for anything that was thrown. An error that is not a {@link KrakenOutagesError} is a bug. */
export function toErrorText(error: unknown): ErrorText {
  const causes = describeCauses(error);
  const code = exitCodeOf(error);
  if (error instanceof KrakenOutagesError) return { message: error.message, hint: error.hint, code, causes, stack: [] };
  return {
    message: `internal error: ${error instanceof Error ? error.message : toText(error)}`,
    hint: 'this is a bug: run again with --verbose and report the output',
    code,
    causes,
    stack: error instanceof Error ? framesOf(error) : [],
  };
}

function describeCauses(error: unknown): string[] {
  const causes: string[] = [];
  for (let cause = causeOf(error); cause !== undefined && causes.length < MAX_CAUSES; cause = causeOf(cause)) {
    causes.push(toText(cause));
  }
  return causes;
}

/** Node reports a host with several addresses as an `AggregateError`, one error per address. */
function causeOf(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  return error.cause ?? (error instanceof AggregateError ? error.errors[0] : undefined);
}

/** Name, message and code only: other properties may hold request headers. */
function toText(error: unknown): string {
  if (typeof error === 'string') return error;
  if (!(error instanceof Error)) return 'a value that is not an Error';
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
  return `${error.name}: ${error.message}${code}`;
}

function framesOf(error: Error): string[] {
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, MAX_STACK_FRAMES);
}
