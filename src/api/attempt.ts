import { once } from '../util/once.ts';
import { abortable, createAbortController, onAbort } from '../util/abort.ts';
import type { Clock } from '../platform/clock.ts';
import { AttemptError } from './attempt-error.ts';
import { type BodyReader, releaseBuffers } from './http/body-reader.ts';
import { statusOf } from './http/create-fetch.ts';
import { createTransportState, describeAddresses, describeProxy, type TransportState } from './http/transport-state.ts';
import { explainNetworkFailure, reasonOf } from './network-failure.ts';

/** A body that is sent with its length, and a large one as a stream. */
export interface RequestBody {
  /** Bytes. */
  readonly length: number;
  /** Yields the bytes, anew for each attempt. */
  chunks(): Iterable<Uint8Array<ArrayBuffer>>;
}

/** Larger bodies are streamed. */
const MAX_BUFFERED_BODY_BYTES = 1024 * 1024;

export interface AttemptOptions {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: RequestBody | undefined;
  /** Milliseconds for the response to start, and between chunks of its body. */
  readonly timeout: number;
  /** Deadline and interrupts; its reason is thrown as it is. */
  readonly signal: AbortSignal;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  /** Is kept up to date while the request is sent. */
  readonly transport?: TransportState;
}

/** A response whose body is still to be read. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: Headers;
  /**
   * The decoded body. A chunk is valid until the next one is requested.
   * @throws {AttemptError} if it breaks off or stalls
   */
  chunks(): AsyncIterable<Uint8Array>;
  /** Closes the connection, so that it serves no other request. */
  closeConnection(): void;
}

/**
 * Sends one request and reads its response. ky is the transport only: it neither retries nor follows redirects (the key
 * would go along), accepts every status, and has no timeout of its own.
 * @throws {AttemptError} if no response arrives; what `read` throws; the signal's reason
 */
export async function attempt<Result>(
  options: AttemptOptions,
  read: (response: ApiResponse) => Promise<Result>,
): Promise<Result> {
  const { signal, clock } = options;
  const where = `${options.method} ${options.url}`;
  const transport = options.transport ?? createTransportState();
  signal.throwIfAborted();
  const controller = createAbortController();
  const stopListening = onAbort(signal, () => {
    controller.abort(signal.reason);
  });
  let body: BodyReader | undefined;
  const progress = { isComplete: false };

  /** Waits for at most the timeout. */
  async function withTimeout<T>(work: Promise<T>, createError: () => AttemptError): Promise<T> {
    const stopTimer = clock.after(options.timeout, () => {
      controller.abort(createError());
    });
    try {
      return await work;
    } finally {
      stopTimer();
      controller.signal.throwIfAborted();
    }
  }

  async function readBody(): Promise<readonly Uint8Array[]> {
    if (!body) return [];
    try {
      const arrived = await withTimeout(body.read(), () =>
        timeoutError('body', `${where}: the response stalled`, options.timeout),
      );
      progress.isComplete = arrived.length === 0;
      return arrived;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof AttemptError) throw error;
      throw new AttemptError(`${where}: the response was cut short: ${reasonOf(error)}`, {
        phase: 'body',
        cause: error,
        hint: "try again; if it persists, contact the API's operators",
      });
    }
  }

  try {
    // fetch alone does not always hear of the abort: Node may lose it after a body that could not be decoded, or once the
    // request is collected.
    const response = await withTimeout(abortable(send(options, transport, controller.signal), controller.signal), () =>
      responseTimeout(where, transport, options.timeout),
    );
    ({ body } = transport);
    controller.signal.addEventListener('abort', () => {
      queueMicrotask(() => body?.cancel());
    });
    const closeConnection = (): void => body?.closeConnection();
    const { headers } = response;
    return await read({ status: statusOf(response), headers, chunks: () => chunksFrom(readBody), closeConnection });
  } finally {
    stopListening();
    // Closes the connection.
    if (!progress.isComplete) controller.abort(ATTEMPT_DONE);
  }
}

/**
 * Yields the chunks of a body. Not within `attempt`: a generator function that each request creates anew has a prototype of its
 * own, which keeps the whole request in memory until a full collection.
 */
async function* chunksFrom(readBody: () => Promise<readonly Uint8Array[]>): AsyncGenerator<Uint8Array, void> {
  for (;;) {
    const arrived = await readBody();
    if (arrived.length === 0) return;
    for (const chunk of arrived) yield chunk;
    releaseBuffers(arrived);
  }
}

/** Made once, as an abort without a reason makes an error with a stack trace each time. */
const ATTEMPT_DONE = new DOMException('the attempt is over', 'AbortError');

/** Loaded by the first request: it loads the platform's fetch, which not every process has the memory for. */
const loadKy = once(() => import('ky'));

async function send(options: AttemptOptions, transport: TransportState, signal: AbortSignal): Promise<Response> {
  const { default: ky } = await loadKy();
  const { body } = options;
  const isStreamed = body !== undefined && body.length > MAX_BUFFERED_BODY_BYTES;
  try {
    const init = {
      method: options.method,
      headers: isStreamed ? { ...options.headers, 'content-length': String(body.length) } : options.headers,
      ...(body && !isStreamed && { body: Buffer.concat([...body.chunks()]) }),
      ...(isStreamed && { body: ReadableStream.from(body.chunks()), duplex: 'half' as const }),
      signal,
      redirect: 'manual' as const,
      transport,
    };
    // Headers, body and signal go around ky, which would copy each of them for retries of its own.
    return await ky(options.url, {
      method: options.method,
      fetch: () => options.fetch(options.url, init),
      retry: 0,
      timeout: false,
      throwHttpErrors: false,
    });
  } catch (cause) {
    const { phase, message, hint } = explainNetworkFailure(cause);
    throw new AttemptError(`${options.method} ${options.url}: ${message}`, { phase, cause, hint });
  }
}

function responseTimeout(where: string, state: TransportState, timeout: number): AttemptError {
  if (!state.isConnecting) return timeoutError('response', `${where}: no response`, timeout);
  return timeoutError('connect', `${where}: no connection${describeProxy(state)}`, timeout, describeAddresses(state));
}

function timeoutError(phase: 'connect' | 'response' | 'body', what: string, timeout: number, more = ''): AttemptError {
  const hint = 'allow more time with --timeout, or try again later';
  return new AttemptError(`${what} for ${timeout / 1000} s${more}`, { phase, hint });
}
