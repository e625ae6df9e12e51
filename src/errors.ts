/**
 * Everything that can go wrong, one class a failure. The message says what happened and where; the hint says what to do
 * about it. `exit-code.ts` maps each class to its exit code. None of them ever holds the key.
 */

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

/** The API answered with a status that is neither 200 nor worth another attempt. */
export class RefusedError extends KrakenOutagesError {}

/** A submission was sent and its answer never came. */
export class UnknownOutcomeError extends KrakenOutagesError {}

/** A signal asked the run to stop. */
export class InterruptedError extends KrakenOutagesError {
  readonly signal: 'SIGINT' | 'SIGTERM';

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(signal === 'SIGINT' ? 'interrupted' : 'terminated');
    this.signal = signal;
  }
}

/** The reader of a stream that is written to has gone (`EPIPE`). */
export class ClosedPipeError extends KrakenOutagesError {
  constructor(cause: unknown) {
    super('the reader of the output has gone', { cause });
  }
}
