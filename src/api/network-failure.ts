import { describeErrno, errorCode } from '../util/errno.ts';
import type { Phase } from './attempt-error.ts';
import { formatAddress } from './http/connection.ts';
import { ConnectionLostError, NotConnectedError } from './http/create-fetch.ts';
import { ProxyError } from './http/proxy-error.ts';

/** Why no response arrived. */
export interface NetworkFailure {
  readonly phase: Extract<Phase, 'connect' | 'proxy' | 'tls' | 'response'>;
  readonly message: string;
  readonly hint: string;
}

const HINTS = {
  connect: 'check the URL (KRAKEN_API_URL) and your network connection',
  proxy: 'check the proxy URL (--proxy, HTTPS_PROXY) and its user name and password, or bypass the proxy with NO_PROXY',
  certificate: 'check the URL and the clock of this machine, or add your CA certificates with --ca-file',
  plainHttp: 'check the port in the URL; https: needs a port that speaks TLS',
  tls: 'check the URL, and whether the server supports TLS 1.2 or later',
  response: "try again; if it persists, contact the API's operators",
};

/** Explains why `fetch` failed before a status line arrived. */
export function explainNetworkFailure(error: unknown): NetworkFailure {
  const causes = causesOf(error);
  const phase = phaseOf(error);
  const reason = reasonOf(error);
  const proxy = causes.find((cause) => cause instanceof ProxyError);
  if (proxy) {
    return { phase, message: `${proxy.message}: ${describeProxyFailure(proxy, reason, causes)}`, hint: HINTS.proxy };
  }
  if (phase === 'tls') {
    if (causes.some(isPlainHttp)) {
      return { phase, message: 'the server does not speak TLS on this port', hint: HINTS.plainHttp };
    }
    return causes.some(isCertificateFailure)
      ? { phase, message: `TLS verification failed: ${reason}`, hint: HINTS.certificate }
      : { phase, message: `TLS handshake failed: ${reason}`, hint: HINTS.tls };
  }
  if (phase === 'connect') return { phase, message: `cannot connect: ${reason}`, hint: HINTS.connect };
  return { phase, message: `connection lost before a response arrived: ${reason}`, hint: HINTS.response };
}

function describeProxyFailure({ status }: ProxyError, reason: string, causes: readonly Error[]): string {
  if (status !== undefined) return `it responded ${status}`;
  return causes.some(isPlainHttp) ? 'it does not speak TLS on this port' : reason;
}

/** Returns the phase in which `fetch` failed before a status line arrived. */
export function phaseOf(error: unknown): NetworkFailure['phase'] {
  const causes = causesOf(error);
  if (causes.some((cause) => cause instanceof ConnectionLostError)) return 'response';
  // Other statuses, such as 503, may be others next time.
  if (causes.some((cause) => cause instanceof ProxyError && isFinalStatus(cause.status))) return 'proxy';
  if (causes.some(isTlsFailure)) return 'tls';
  return causes.some(isNotConnected) ? 'connect' : 'response';
}

function isNotConnected(error: Error): boolean {
  return error instanceof NotConnectedError || error instanceof ProxyError || isConnectFailure(error);
}

function isFinalStatus(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500;
}

/** Returns whether the host name could not be resolved. */
export function isLookupFailure(error: unknown): boolean {
  return causesOf(error).some((cause) => 'syscall' in cause && cause.syscall === 'getaddrinfo');
}

/** Returns why a request failed, in a few words; of a failed connection, for every address that was tried. */
export function reasonOf(error: unknown): string {
  const causes = causesOf(error);
  const failures = causes.filter((cause) => !(cause instanceof AggregateError) && isConnectFailure(cause));
  if (failures.length > 0) return describeConnectFailures(failures);
  const last = causes.findLast((cause) => cause.message !== '');
  return last ? describe(last) : 'no reason given';
}

/** Returns the addresses under what happened to them: `connection refused (127.0.0.1:80, [::1]:80)`. */
function describeConnectFailures(failures: readonly Error[]): string {
  const placesByProblem = new Map<string, Set<string>>();
  for (const failure of failures) {
    const problem = describe(failure);
    const places = placesByProblem.get(problem) ?? new Set();
    placesByProblem.set(problem, places);
    const place = placeOf(failure);
    if (place !== undefined) places.add(place);
  }
  return Array.from(placesByProblem, ([problem, places]) =>
    places.size === 0 ? problem : `${problem} (${[...places].join(', ')})`,
  ).join(', ');
}

/** Returns the address or host name that Node notes on an error. */
function placeOf(failure: Error): string | undefined {
  if ('address' in failure && typeof failure.address === 'string') {
    return 'port' in failure && typeof failure.port === 'number'
      ? formatAddress(failure.address, failure.port)
      : failure.address;
  }
  return 'hostname' in failure && typeof failure.hostname === 'string' ? failure.hostname : undefined;
}

/** Node gives errors of OpenSSL a reason, and a message with the file and line of OpenSSL's source. */
function describe(error: Error): string {
  if (error.message === 'socket hang up') return 'the server closed the connection';
  if ('reason' in error && typeof error.reason === 'string' && error.message.includes(':error:')) return error.reason;
  if (errorCode(error)?.startsWith('HPE_') === true) {
    return `invalid HTTP response (${error.message.replace(/^Parse Error: /, '')})`;
  }
  return describeErrno(error) ?? error.message;
}

/** Returns the error, its cause, and so on, innermost last; for several errors at once, all of them. */
function causesOf(error: unknown, depth = 0): readonly Error[] {
  if (!(error instanceof Error) || depth > 5) return [];
  const inner: unknown[] = error instanceof AggregateError ? error.errors : [];
  return [error, ...[error.cause, ...inner].flatMap((cause) => causesOf(cause, depth + 1))];
}

function isConnectFailure(error: Error): boolean {
  return 'syscall' in error && (error.syscall === 'connect' || error.syscall === 'getaddrinfo');
}

function isTlsFailure(error: Error): boolean {
  const code = errorCode(error) ?? '';
  return /^(ERR_TLS_|ERR_SSL_)/.test(code) || code === 'EPROTO' || isCertificateFailure(error);
}

/** OpenSSL's verdicts on certificates have no common prefix in Node. */
function isCertificateFailure(error: Error): boolean {
  const code = errorCode(error) ?? '';
  return (
    /^(ERR_TLS_CERT_|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_)/.test(code) ||
    ['HOSTNAME_MISMATCH', 'INVALID_CA', 'INVALID_PURPOSE', 'PATH_LENGTH_EXCEEDED'].includes(code)
  );
}

/** OpenSSL takes the letters of a response in plain HTTP for the version or the length of a TLS record. */
function isPlainHttp(error: Error): boolean {
  const reason = 'reason' in error ? error.reason : undefined;
  return (
    /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)$/.test(errorCode(error) ?? '') ||
    reason === 'wrong version number' ||
    reason === 'packet length too long' ||
    /wrong version number|packet length too long/.test(error.message)
  );
}
