import type { RequestBody } from './attempt.ts';
import { isGatewayStatus, wasDefinitelyNotProcessed } from './attempt-error.ts';

/** The JSON of a list. */
export interface Payload extends RequestBody {
  /** Hexadecimal. */
  readonly sha256: string;
}

/** How the submission of a list ended. */
export interface Submission {
  /** The status of the last attempt; undefined if it got no response. */
  readonly status: number | undefined;
  /** Attempts to send the list. */
  readonly attempts: number;
  /** Whether any attempt got a response. */
  readonly wasAnswered: boolean;
  /** Undefined if the list was answered 200. */
  readonly error: unknown;
  /** Whether the API may have processed an attempt without telling, and no later response settles it. */
  readonly mayHaveBeenProcessed: boolean;
}

/** Follows a submission through its attempts. */
export interface SubmissionTracker {
  started(): void;
  answered(status: number): void;
  /** @param wasSent false if no connection came about, whatever ended the wait for it */
  failed(error: unknown, wasSent: boolean): void;
  state(): Omit<Submission, 'error'>;
}

export function trackSubmission(): SubmissionTracker {
  let status: number | undefined;
  let attempts = 0;
  let wasAnswered = false;
  let isPending = false;
  let mayHaveBeenProcessed = false;
  return {
    started() {
      attempts++;
      status = undefined;
      isPending = true;
    },
    answered(answer) {
      status = answer;
      wasAnswered = true;
      isPending = false;
      // The API's verdict holds for earlier attempts as well, which carried the same bytes. Other statuses are about the key
      // or the path, or come from a gateway.
      if (answer === 200 || answer === 400) mayHaveBeenProcessed = false;
      if (isGatewayStatus(answer)) mayHaveBeenProcessed = true;
    },
    failed(error, wasSent) {
      if (isPending && wasSent && !wasDefinitelyNotProcessed(error)) mayHaveBeenProcessed = true;
      isPending = false;
    },
    state: () => ({ status, attempts, wasAnswered, mayHaveBeenProcessed }),
  };
}
