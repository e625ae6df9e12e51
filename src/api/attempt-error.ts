import { type ErrorDetails, NotJsonError, UnreachableError } from '../domain/errors.ts';

/**
 * How far an attempt had come when it failed. It follows from events, not from Node's error codes, which differ between
 * versions.
 * - `connect`: no connection; nothing was sent.
 * - `proxy`: the proxy refused to connect; nothing was sent, and another attempt would not change that.
 * - `tls`: the TLS handshake failed; nothing was sent, and another attempt would not change that.
 * - `response`: the request was (or may have been) sent, and no status line arrived.
 * - `status`: a retryable status: 408, 425, 429, 5xx.
 * - `body`: the response's body broke off or stalled.
 */
export type Phase = 'connect' | 'proxy' | 'tls' | 'response' | 'status' | 'body';

/** An attempt failed on the way: the network, a timeout, or a retryable status. */
export class AttemptError extends UnreachableError {
  readonly phase: Phase;
  readonly status: number | undefined;
  /** Milliseconds that the API asks to wait. */
  readonly retryAfter: number | undefined;

  constructor(
    message: string,
    details: ErrorDetails & {
      readonly phase: Phase;
      readonly status?: number;
      readonly retryAfter?: number | undefined;
    },
  ) {
    super(message, details);
    this.phase = details.phase;
    this.status = details.status;
    this.retryAfter = details.retryAfter;
  }
}

/** Returns whether another attempt may succeed. */
export function isTransient(error: unknown): boolean {
  return (
    error instanceof NotJsonError || (error instanceof AttemptError && error.phase !== 'tls' && error.phase !== 'proxy')
  );
}

/** Returns whether a status may be another one next time: 408, 425, 429, 5xx, and those above, which HTTP does not have. */
export function isRetryableStatus(status: number): boolean {
  return status >= 500 || status === 408 || status === 425 || status === 429 || status < 200;
}

/** Returns whether a gateway may have answered in place of the API, after it had passed the request on. */
export function isGatewayStatus(status: number): boolean {
  return status === 408 || status === 502 || status === 504;
}

/** Returns whether the request was certainly not processed, so that it is safe to send a POST again. */
export function wasDefinitelyNotProcessed(error: unknown): boolean {
  return (
    error instanceof AttemptError &&
    (['connect', 'proxy', 'tls'].includes(error.phase) || error.status === 429 || error.status === 503)
  );
}

/** Returns the error of the last of several attempts, which says how many there were. @param elapsed milliseconds */
export function withAttempts(error: unknown, attempts: number, elapsed: number): unknown {
  if (attempts < 2) return error;
  const suffix = ` (${attempts} attempts in ${(elapsed / 1000).toFixed(1)} s)`;
  if (error instanceof AttemptError) {
    const { phase, status, retryAfter, hint, cause } = error;
    const details = {
      phase,
      retryAfter,
      cause,
      ...(status !== undefined && { status }),
      ...(hint !== undefined && { hint }),
    };
    return new AttemptError(error.message + suffix, details);
  }
  if (error instanceof NotJsonError) {
    const { offset, problem, where, hint, cause } = error;
    return new NotJsonError(offset, problem + suffix, where, { cause, ...(hint !== undefined && { hint }) });
  }
  return error;
}
