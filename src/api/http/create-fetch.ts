import type { Agent, AgentOptions, ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { finished, pipeline, type Readable } from 'node:stream';
import type { MessagePort } from 'node:worker_threads';

import type { Clock } from '../../platform/clock.ts';

/** Milliseconds that a connection may take, its TLS handshake included. */
const CONNECT_TIMEOUT = 10_000;
/** Bytes of a body that may wait for their reader. */
const READ_AHEAD_LIMIT = 512 * 1024;
/** Bytes that are asked of a socket at once; Node asks for as many. */
const SOCKET_READ_SIZE = 64 * 1024;
/** Statuses whose answers have no body (Fetch standard, "null body status"). */
const NULL_BODY_STATUSES = [204, 205, 304];

/** How an origin is reached, where it is otherwise than Node does by itself. */
export interface Route {
  readonly agent?: Agent;
  /** The authorities to trust, as PEM. */
  readonly ca?: string[];
}

/**
 * `fetch` over Node's own HTTP client. The platform's `fetch` brings a client of its own, which takes longer to start than a
 * small run takes as a whole, and half as much memory again. This one is stricter, too: an encoded body that is cut short is
 * an error, and no redirect is followed.
 * It throws a `TypeError` whose cause says what went wrong (and a {@link ConnectionLostError} where the connection stood), or the
 * signal's reason.
 */
export function createFetch(clock: Clock, routeTo: (url: URL) => Route = () => ({})): typeof globalThis.fetch {
  // Not Node's own, which may be told to go by a proxy that sees what is sent to this machine.
  const agents: Record<string, Agent> = {};
  const frugal = sharedReadBuffer();
  return async (input, init) => {
    const request = new Request(input, init);
    const { method, url, signal } = request;
    // Whole, so that its length is sent along.
    const body = request.body && new Uint8Array(await request.arrayBuffer());
    const headers = { 'accept-encoding': 'gzip, br', ...Object.fromEntries(request.headers) };
    const isSecure = url.startsWith('https:');
    const { default: client } = await (isSecure ? import('node:https') : import('node:http'));
    let hasConnected = (): boolean => false;
    try {
      signal.throwIfAborted();
      // An agent that keeps connections would give also such a request one that has served another.
      const freshConnection = request.headers.get('connection') === 'close';
      const agent = (agents[`${isSecure ? 'https' : 'http'}, ${freshConnection ? 'alone' : 'kept'}`] ??=
        new client.Agent(freshConnection ? frugal : { keepAlive: true }));
      const sent = client.request(url, { method, signal, agent, ...routeTo(new URL(url)) });
      // Not by way of the options, which NODE_DEBUG shows: the key is among them.
      for (const [name, value] of Object.entries(headers)) sent.setHeader(name, value);
      hasConnected = watchConnection(sent, isSecure ? 'secureConnect' : 'connect', clock);
      sent.end(body);
      return await toResponse(await answerTo(sent));
    } catch (cause) {
      // By way of the request: its signal hears of nothing any more once the garbage collector has met it.
      request.signal.throwIfAborted();
      throw hasConnected()
        ? new ConnectionLostError('fetch failed', { cause })
        : new TypeError('fetch failed', { cause });
    }
  };
}

/** The connection stood, its TLS handshake included: whatever broke it then, the request may have been taken. */
export class ConnectionLostError extends TypeError {}

/**
 * Has all sockets of an agent read into the same memory, in place of 64 KiB more for each piece that arrives: HTTP's parser
 * copies out of it at once.
 */
function sharedReadBuffer(): AgentOptions {
  const buffer = Buffer.allocUnsafeSlow(SOCKET_READ_SIZE);
  return {
    keepAlive: false,
    onread: {
      buffer,
      callback(this: Socket, length: number) {
        this.emit('data', buffer.subarray(0, length));
        return true;
      },
    },
  };
}

/** The memory of chunks that were handed out, each of which has its own. */
const handedOut = new WeakSet<ArrayBufferLike>();
let sink: MessagePort | undefined;

/**
 * Frees the memory of chunks of a body, which are read and empty after that. Left to the garbage collector, which comes by
 * every 32 MiB, a large body takes three times as long and twice the memory. Chunks that are not of {@link createFetch} stay.
 */
export function releaseBuffers(chunks: readonly Uint8Array[]): void {
  const own = chunks.map(({ buffer }) => buffer).filter((buffer) => buffer instanceof ArrayBuffer);
  const buffers = own.filter((buffer) => handedOut.delete(buffer));
  if (buffers.length === 0) return;
  sink ??= closedPort();
  sink.postMessage(undefined, buffers);
}

/** What is transferred to it is gone: it has no other end. */
function closedPort(): MessagePort {
  const { port1 } = new MessageChannel();
  port1.close();
  return port1;
}

function answerTo(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let isAnswered = false;
    sent.on('response', (incoming) => {
      isAnswered = true;
      resolve(incoming);
    });
    // Also behind the answer, where the body tells of the failure as well.
    sent.on('error', reject);
    // As after a 101, of which nobody tells.
    sent.on('close', () => {
      if (!isAnswered) reject(new Error('the connection was closed'));
    });
  });
}

/** Ends a request whose connection does not come about. @returns whether it has come about */
function watchConnection(sent: ClientRequest, connected: 'connect' | 'secureConnect', clock: Clock): () => boolean {
  let hasConnected = false;
  const callOff = clock.after(CONNECT_TIMEOUT, () => {
    const reason = new Error(`no connection within ${CONNECT_TIMEOUT / 1000} s`);
    sent.destroy(Object.assign(reason, { syscall: 'connect' }));
  });
  const meet = (): void => {
    hasConnected = true;
    callOff();
  };
  sent.on('socket', (socket) => {
    if (sent.reusedSocket) meet();
    else socket.once(connected, meet);
  });
  sent.on('close', callOff);
  return () => hasConnected;
}

async function toResponse(incoming: IncomingMessage): Promise<Response> {
  try {
    const { statusCode = 0 } = incoming;
    // What HTTP does not have is as good as an error of the server's (RFC 9110, section 15).
    const status = statusCode >= 200 && statusCode <= 599 ? statusCode : 500;
    const headers = new Headers(
      Object.entries(incoming.headersDistinct).flatMap(([name, values = []]) =>
        values.map((value): [string, string] => [name, value]),
      ),
    );
    if (NULL_BODY_STATUSES.includes(status)) {
      incoming.resume();
      return new Response(null, { status, headers });
    }
    const body = toBodyReader(await decode(incoming, headers.get('content-encoding')));
    const response = new Response(toWebStream(body), { status, headers });
    bodies.set(response, body);
    return response;
  } catch (error) {
    incoming.destroy();
    throw error;
  }
}

/** The bytes that the encoding stands for; of an encoding that was not asked for, the encoded ones. */
async function decode(incoming: IncomingMessage, encoding: string | null): Promise<Readable> {
  if (encoding !== 'gzip' && encoding !== 'x-gzip' && encoding !== 'br') return incoming;
  const { createBrotliDecompress, createGunzip } = await import('node:zlib');
  // A failure of either shows in the decoder.
  return pipeline(incoming, encoding === 'br' ? createBrotliDecompress() : createGunzip(), () => undefined);
}

/** Bytes as they arrive. */
export interface BodyReader {
  /** All chunks that have arrived, or else those that arrive next; none at the end. To be asked again once it has answered. */
  read(): Promise<readonly Uint8Array[]>;
  /** Asks for no more: what is asked for already is at its end, and the connection is closed where more was to come. */
  cancel(): void;
}

const bodies = new WeakMap<Response, BodyReader>();

/** An answer's body, which is read this way or the platform's. Without the platform's streams, a large one takes a third less time. */
export function bodyOf(response: Response): BodyReader | undefined {
  const own = bodies.get(response);
  if (own || !response.body) return own;
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
  return {
    async read() {
      const { done, value } = await reader.read();
      return done ? [] : [value];
    },
    cancel() {
      reader.cancel().catch(() => undefined);
    },
  };
}

function toBodyReader(stream: Readable): BodyReader {
  let arrived: Uint8Array[] = [];
  let ahead = 0;
  let end: { readonly error: Error | null | undefined } | undefined;
  let wake: () => void = () => undefined;
  stream.on('data', (chunk: Uint8Array) => {
    if (chunk.length === chunk.buffer.byteLength) handedOut.add(chunk.buffer);
    // Once for all that one look at the socket brings: meanwhile the other side can send on.
    if (arrived.length === 0) {
      setImmediate(() => {
        wake();
      });
    }
    arrived.push(chunk);
    ahead += chunk.length;
    if (ahead >= READ_AHEAD_LIMIT) stream.pause();
  });
  stream.pause();
  finished(stream, (error) => {
    end ??= { error };
    wake();
  });
  return {
    async read() {
      // What wakes it may have arrived before, and been handed out meanwhile.
      while (arrived.length === 0 && !end) {
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        stream.resume();
        await woken;
      }
      if (arrived.length === 0 && end?.error) throw end.error;
      const chunks = arrived;
      arrived = [];
      ahead = 0;
      return chunks;
    },
    cancel() {
      arrived = [];
      end = { error: undefined };
      wake();
      stream.destroy();
    },
  };
}

/** For those who read it the platform's way. */
function toWebStream(body: BodyReader): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      async pull(controller) {
        const chunks = await body.read();
        for (const chunk of chunks) controller.enqueue(chunk);
        if (chunks.length === 0) controller.close();
      },
      cancel() {
        body.cancel();
      },
    },
    { highWaterMark: 0 },
  );
}
