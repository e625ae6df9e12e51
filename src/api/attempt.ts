import ky from 'ky';

import type { Clock } from '../platform/clock.ts';
import { abortable } from '../util/abort.ts';
import { type BodyReader, bodyOf, releaseBuffers } from './http/create-fetch.ts';
import { AttemptError, phaseOf, reasonOf } from './attempt-error.ts';

export interface AttemptOptions {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  /** Milliseconds that headers may take, and that the body may be silent. */
  readonly timeout: number;
  /** Deadline and interrupts; its reason is thrown as it is. */
  readonly signal: AbortSignal;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
}

/** An answer whose body is still to be read. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: Headers;
  /**
   * The decoded body. A chunk is there until the next one is asked for, no longer.
   * @throws {AttemptError} where it breaks off or falls silent
   */
  chunks(): AsyncIterable<Uint8Array>;
}

/**
 * One request, and whatever `read` does with its answer. ky is the transport only: it repeats nothing, follows no
 * redirect (the key would follow too), takes any status and has no clock of its own.
 * @throws {AttemptError} where no answer came; what `read` throws; the signal's reason
 */
export async function attempt<Result>(
  options: AttemptOptions,
  read: (answer: ApiResponse) => Promise<Result>,
): Promise<Result> {
  const { signal, clock } = options;
  const where = `${options.method} ${options.url}`;
  signal.throwIfAborted();
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort(signal.reason);
  };
  signal.addEventListener('abort', abort);

  let body: BodyReader | undefined;
  /** What is waited for, but for so long only. */
  async function within<T>(waiting: Promise<T>, describeSilence: () => AttemptError): Promise<T> {
    const callOff = clock.after(options.timeout, () => {
      controller.abort(describeSilence());
    });
    try {
      return await waiting;
    } finally {
      callOff();
      controller.signal.throwIfAborted();
    }
  }

  async function* chunks(): AsyncIterable<Uint8Array> {
    if (!body) return;
    for (;;) {
      let pieces;
      try {
        pieces = await within(body.read(), () =>
          timeoutError('body', `${where}: the body fell silent`, options.timeout),
        );
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof AttemptError) throw error;
        const details = { phase: 'body', cause: error, hint: HINTS.answer } as const;
        throw new AttemptError(`${where}: the body broke off: ${reasonOf(error)}`, details);
      }
      if (pieces.length === 0) return;
      for (const piece of pieces) yield piece;
      releaseBuffers(pieces);
    }
  }

  try {
    // Aborting is not left to fetch alone, here and below: where it failed to decode a body, it may settle never, and Node
    // loses the way from a signal to a body once the garbage collector has met the request. Fetch comes first, though.
    const response = await within(abortable(send(options, controller.signal), controller.signal), () =>
      timeoutError('answer', `${where}: no answer`, options.timeout),
    );
    body = bodyOf(response);
    controller.signal.addEventListener('abort', () => {
      queueMicrotask(() => body?.cancel());
    });
    return await read({ status: response.status, headers: response.headers, chunks });
  } finally {
    signal.removeEventListener('abort', abort);
    // Closes the connection where the body was not read to its end; without effect where it was.
    controller.abort(ATTEMPT_DONE);
  }
}

/** What an abort without a reason makes anew each time. */
const ATTEMPT_DONE = new DOMException('the attempt is over', 'AbortError');

async function send(options: AttemptOptions, signal: AbortSignal): Promise<Response> {
  try {
    return await ky(options.url, {
      method: options.method,
      headers: options.headers,
      ...(options.body && { body: options.body }),
      signal,
      fetch: options.fetch,
      retry: 0,
      timeout: false,
      redirect: 'manual',
      throwHttpErrors: false,
    });
  } catch (error) {
    const phase = phaseOf(error);
    const hint = HINTS[phase];
    const where = `${options.method} ${options.url}`;
    throw new AttemptError(`${where}: ${PROBLEMS[phase]}: ${reasonOf(error)}`, { phase, cause: error, hint });
  }
}

const PROBLEMS = {
  connect: 'no connection',
  proxy: 'the proxy refuses to connect',
  tls: 'no trusted connection',
  answer: 'the connection broke before an answer came',
};

const HINTS = {
  connect: 'check the URL (KRAKEN_API_URL) and the network, and the proxy where there is one',
  proxy: 'check the URL of the proxy (--proxy, HTTPS_PROXY), with user name and password where it wants them',
  tls:
    'the certificate of the other side does not hold: check the URL, the clock of this machine, and who answers there; ' +
    '--ca-file names authorities of your own',
  answer: 'run it again; if it stays so, ask those who run the API',
};

function timeoutError(phase: 'answer' | 'body', what: string, timeout: number): AttemptError {
  const hint = 'give it more time with --timeout, or try again later';
  return new AttemptError(`${what} for ${timeout / 1000} s`, { phase, hint });
}
