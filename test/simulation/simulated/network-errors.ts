/** The errors of `fetch`, in the shapes observed over real sockets (see network-errors.test.ts). */

interface Details {
  readonly code: string;
  readonly errno?: number;
  readonly syscall?: string;
}

function systemError(message: string, details: Details): Error {
  return Object.assign(new Error(message), details);
}

function failed(cause: Error): Error {
  return new TypeError('fetch failed', { cause });
}

const refused = (): Error =>
  systemError('connect ECONNREFUSED 192.0.2.1:443', { code: 'ECONNREFUSED', errno: -111, syscall: 'connect' });

/** The connection could not be opened. */
export const CONNECT_ERRORS: readonly (() => Error)[] = [
  () => failed(refused()),
  () => failed(Object.assign(new AggregateError([refused(), refused()], ''), { code: 'ECONNREFUSED' })),
  () => failed(systemError('getaddrinfo ENOTFOUND api.example.com', { code: 'ENOTFOUND', syscall: 'getaddrinfo' })),
  () => failed(systemError('getaddrinfo EAI_AGAIN api.example.com', { code: 'EAI_AGAIN', syscall: 'getaddrinfo' })),
  () => failed(systemError('connect EHOSTUNREACH 192.0.2.1:443', { code: 'EHOSTUNREACH', syscall: 'connect' })),
  () => failed(Object.assign(new Error('no connection within 10 s'), { syscall: 'connect' })),
];

/** The server's certificate was not accepted. */
export const TLS_ERRORS: readonly (() => Error)[] = [
  () => failed(systemError('self-signed certificate', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })),
  () => failed(systemError('certificate has expired', { code: 'CERT_HAS_EXPIRED' })),
  () =>
    failed(systemError("Hostname/IP does not match certificate's altnames", { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })),
  () => failed(systemError('write EPROTO wrong version number', { code: 'EPROTO', errno: -71, syscall: 'write' })),
];

/** The connection failed before the status line. */
export const ANSWER_ERRORS: readonly (() => Error)[] = [
  () => failed(systemError('read ECONNRESET', { code: 'ECONNRESET', errno: -104, syscall: 'read' })),
  () => failed(systemError('socket hang up', { code: 'ECONNRESET' })),
  () => failed(systemError('Parse Error: Expected HTTP/, RTSP/ or ICE/', { code: 'HPE_INVALID_CONSTANT' })),
  () => failed(systemError('write EPIPE', { code: 'EPIPE', errno: -32, syscall: 'write' })),
];

/** The connection failed within the body. */
export const BODY_ERRORS: readonly (() => Error)[] = [
  () => systemError('aborted', { code: 'ECONNRESET' }),
  () => systemError('unexpected end of file', { code: 'Z_BUF_ERROR', errno: -5 }),
];
