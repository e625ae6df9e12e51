import { type ErrorDetails, NotJsonError, UnreachableError } from '../domain/errors.ts';
import { ConnectionLostError } from './http/create-fetch.ts';

/**
 * How far an attempt had come when it failed. Judged by what had happened, not by Node's error codes, which differ
 * between its versions.
 * - `connect`: no connection; surely nothing was taken.
 * - `proxy`: the proxy does not let it through; surely nothing was taken, and another attempt would not change that.
 * - `tls`: the other side is not who it should be; another attempt would not change that.
 * - `answer`: the request was (or may have been) sent, and no status line came.
 * - `status`: a status that may pass: 408, 425, 429, 5xx.
 * - `body`: the answer's body broke off, or fell silent.
 */
export type Phase = 'connect' | 'proxy' | 'tls' | 'answer' | 'status' | 'body';

/** An attempt that failed on the way: the network, a timeout, or a status that may pass. */
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

/** Whether another attempt may end better (design, "Failure"). */
export function isTransient(error: unknown): boolean {
  return (
    error instanceof NotJsonError || (error instanceof AttemptError && error.phase !== 'tls' && error.phase !== 'proxy')
  );
}

/** 408, 425, 429 and 5xx: statuses that may be others next time. */
export function isRetryableStatus(status: number): boolean {
  return status >= 500 || status === 408 || status === 425 || status === 429;
}

/** Whether the request surely was not taken, so that repeating a POST repeats nothing. */
export function wasDefinitelyNotProcessed(error: unknown): boolean {
  return (
    error instanceof AttemptError &&
    (['connect', 'proxy', 'tls'].includes(error.phase) || error.status === 429 || error.status === 503)
  );
}

/** The phase in which `fetch` failed before any status line came. */
export function phaseOf(error: unknown): 'connect' | 'proxy' | 'tls' | 'answer' {
  const causes = causesOf(error);
  if (causes.some((cause) => cause instanceof ConnectionLostError)) return 'answer';
  if (causes.some((cause) => codeOf(cause).startsWith('ERR_PROXY_4'))) return 'proxy';
  if (causes.some(isTlsFailure)) return 'tls';
  return causes.some(isConnectFailure) ? 'connect' : 'answer';
}

/** Whether the host has no address, as far as this machine can tell. */
export function isLookupFailure(error: unknown): boolean {
  return causesOf(error).some((cause) => 'syscall' in cause && cause.syscall === 'getaddrinfo');
}

/** The error, what caused it, and so on; of several at once (one for each address that was tried), all. */
function causesOf(error: unknown, depth = 0): readonly Error[] {
  if (!(error instanceof Error) || depth > 5) return [];
  const inner: unknown[] = error instanceof AggregateError ? error.errors : [];
  return [error, ...[error.cause, ...inner].flatMap((cause) => causesOf(cause, depth + 1))];
}

function isConnectFailure(error: Error): boolean {
  return 'syscall' in error && (error.syscall === 'connect' || error.syscall === 'getaddrinfo');
}

/** OpenSSL's verdicts on a certificate have no common prefix in Node; those that are left are named. */
function isTlsFailure(error: Error): boolean {
  const code = codeOf(error);
  return (
    /^(ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_)/.test(code) ||
    ['HOSTNAME_MISMATCH', 'INVALID_CA', 'INVALID_PURPOSE', 'PATH_LENGTH_EXCEEDED', 'EPROTO'].includes(code)
  );
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** A short text for what went wrong on the network: the innermost cause that says something. */
export function reasonOf(error: unknown): string {
  const causes = causesOf(error);
  const last = causes.findLast((cause) => cause.message !== '');
  return last ? last.message : 'no reason given';
}
