import { describeErrno } from '../util/errno.ts';

export interface ErrorDetails {
  /** How to fix it, in one line. */
  readonly hint?: string;
  /** Shown with `--verbose` only. */
  readonly cause?: unknown;
}

/**
 * Base class of all expected errors, one class per exit code. Anything else that is thrown is a bug. No error holds the key.
 * Exported classes set their name as a string, because a bundler may shorten class names.
 */
export abstract class KrakenOutagesError extends Error {
  readonly hint: string | undefined;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.hint = details.hint;
  }
}

/**
 * Lets the causes and the stack of an expected error go. Each frame of the stack refers to what its function worked with: an API
 * that is away fails thousands of sites, and would keep all of their requests in memory.
 */
export function forgetOrigin(error: unknown): void {
  if (!(error instanceof KrakenOutagesError)) return;
  delete error.cause;
  // Not deleted, which would leave the frames.
  error.stack = '';
}

/** An unknown flag, a bad value, or a file named by a flag that cannot be read or written. */
export class UsageError extends KrakenOutagesError {
  override name = 'UsageError';
}

/** A missing, unreadable or invalid setting or secret. */
export class ConfigurationError extends KrakenOutagesError {
  override name = 'ConfigurationError';
}

/** The API rejected the key (401, 403). */
export class KeyRejectedError extends KrakenOutagesError {
  override name = 'KeyRejectedError';
}

/** The API could not be reached or did not recover in time. */
export class UnreachableError extends KrakenOutagesError {
  override name = 'UnreachableError';
}

/** Invalid data from the API or a snapshot. */
export class InvalidDataError extends KrakenOutagesError {
  override name = 'InvalidDataError';
}

/** A document is not JSON (RFC 8259) in UTF-8: retried, unlike JSON that is invalid. */
export class NotJsonError extends InvalidDataError {
  override name = 'NotJsonError';
  /** Bytes from the start of the document. */
  readonly offset: number;
  readonly problem: string;
  /** The document, such as a request. */
  readonly where: string | undefined;

  constructor(offset: number, problem: string, where?: string, details: ErrorDetails = {}) {
    super(`${where === undefined ? '' : `${where}: `}invalid JSON at byte ${offset}: ${problem}`, details);
    this.offset = offset;
    this.problem = problem;
    this.where = where;
  }
}

/** The API responded with a status that is neither 200 nor retried. */
export class RefusedError extends KrakenOutagesError {
  override name = 'RefusedError';
}

/** A submission was sent and no response was received. */
export class UnknownOutcomeError extends KrakenOutagesError {
  override name = 'UnknownOutcomeError';
}

const SIGNAL_MESSAGES = { SIGHUP: 'hung up', SIGINT: 'interrupted', SIGTERM: 'terminated' } as const;

/** A signal asked the run to stop. */
export class InterruptedError extends KrakenOutagesError {
  readonly signal: keyof typeof SIGNAL_MESSAGES;

  constructor(signal: keyof typeof SIGNAL_MESSAGES) {
    super(SIGNAL_MESSAGES[signal]);
    this.signal = signal;
  }
}

/** The reader of an output stream closed it (`EPIPE`). */
export class ClosedPipeError extends KrakenOutagesError {
  constructor(cause: unknown) {
    super('the reader closed the output', { cause });
  }
}

/** Returns the message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'a value that is not an Error was thrown';
}

/**
 * Returns the error for a failed operation on a file that a flag names.
 * @param where the flag and the path
 */
export function fileError(where: string, cause: unknown): KrakenOutagesError {
  if (cause instanceof KrakenOutagesError) return cause;
  return new UsageError(`${where}: ${describeErrno(cause) ?? messageOf(cause)}`, {
    cause,
    hint: 'check the path and its permissions',
  });
}
