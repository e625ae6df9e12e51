/**
 * Everything that can go wrong, one class a failure. The message says what happened and where; the hint says what to do
 * about it. `exit-code.ts` maps each class to its exit code. None of them ever holds the key.
 */

import { describeErrno } from '../util/errno.ts';

export interface ErrorDetails {
  /** One line that says what to do about it. */
  readonly hint?: string;
  /** Shown with `--verbose` only. */
  readonly cause?: unknown;
}

/** The base of all failures that are foreseen; anything else that is thrown is a defect of this program. */
export abstract class KrakenOutagesError extends Error {
  readonly hint: string | undefined;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.hint = details.hint;
  }
}

/** A flag is unknown or has a bad value, or a file that a flag names cannot be read or written. */
export class UsageError extends KrakenOutagesError {}

/** Configuration or a secret is missing, unreadable or invalid. */
export class ConfigurationError extends KrakenOutagesError {}

/** The API does not accept the key (401, 403). */
export class KeyRejectedError extends KrakenOutagesError {}

/** The API could not be reached or did not recover in time. */
export class UnreachableError extends KrakenOutagesError {}

/** What the API (or a snapshot of it) sent does not fit. */
export class InvalidDataError extends KrakenOutagesError {}

/** A body is not JSON (RFC 8259), or not UTF-8: worth another attempt, unlike JSON that does not fit. */
export class NotJsonError extends InvalidDataError {
  /** Bytes from the start of what was read. */
  readonly offset: number;
  /** What should have stood there. */
  readonly expected: string;

  constructor(offset: number, expected: string, where?: string, details: ErrorDetails = {}) {
    super(`${where === undefined ? '' : `${where}: `}not JSON: byte ${offset}: expected ${expected}`, details);
    this.offset = offset;
    this.expected = expected;
  }
}

/** The API answered with a status that is neither 200 nor worth another attempt. */
export class RefusedError extends KrakenOutagesError {}

/** A submission was sent and its answer never came. */
export class UnknownOutcomeError extends KrakenOutagesError {}

const SIGNAL_MESSAGES = { SIGHUP: 'hung up', SIGINT: 'interrupted', SIGTERM: 'terminated' } as const;

/** A signal asked the run to stop. */
export class InterruptedError extends KrakenOutagesError {
  readonly signal: keyof typeof SIGNAL_MESSAGES;

  constructor(signal: keyof typeof SIGNAL_MESSAGES) {
    super(SIGNAL_MESSAGES[signal]);
    this.signal = signal;
  }
}

/** The reader of a stream that is written to has gone (`EPIPE`). */
export class ClosedPipeError extends KrakenOutagesError {
  constructor(cause: unknown) {
    super('the reader of the output has gone', { cause });
  }
}

/** What went wrong, in one line, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'something that is no error was thrown';
}

/**
 * Returns the error for a failed operation on a file that a flag names.
 * @param where the flag and the path
 */
export function fileError(where: string, cause: unknown): UsageError {
  if (cause instanceof UsageError) return cause;
  return new UsageError(`${where}: ${describeErrno(cause) ?? messageOf(cause)}`, {
    cause,
    hint: 'check the path and its permissions',
  });
}
