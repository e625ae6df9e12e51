import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { finished, pipeline, type Readable } from 'node:stream';

import type { Clock } from './environment.ts';

/** Milliseconds that a connection may take, its TLS handshake included. */
const CONNECT_TIMEOUT = 10_000;
/** Bytes of a body that may wait for their reader. */
const AHEAD = 256 * 1024;
/** Statuses whose answers have no body (Fetch standard, "null body status"). */
const WITHOUT_BODY = [204, 205, 304];

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
 * It throws a `TypeError` whose cause says what went wrong, or the signal's reason.
 */
export function createFetch(clock: Clock, routeTo: (url: URL) => Route = () => ({})): typeof globalThis.fetch {
  // Not Node's own, which may be told to go by a proxy that sees what is sent to this machine.
  const agents: Record<string, Agent> = {};
  return async (input, init) => {
    const request = new Request(input, init);
    const { method, url, signal } = request;
    // Whole, so that its length is sent along.
    const body = request.body && new Uint8Array(await request.arrayBuffer());
    const headers = { 'accept-encoding': 'gzip, br', ...Object.fromEntries(request.headers) };
    const isSecure = url.startsWith('https:');
    const { default: client } = await (isSecure ? import('node:https') : import('node:http'));
    try {
      signal.throwIfAborted();
      // The agent would give also such a request a connection that has served another.
      const agent =
        request.headers.get('connection') === 'close'
          ? false
          : (agents[new URL(url).protocol] ??= new client.Agent({ keepAlive: true }));
      const sent = client.request(url, { method, headers, signal, agent, ...routeTo(new URL(url)) });
      giveUpConnecting(sent, isSecure ? 'secureConnect' : 'connect', clock);
      sent.end(body);
      return await toResponse(await answerTo(sent));
    } catch (cause) {
      // By way of the request: its signal hears of nothing any more once the garbage collector has met it.
      request.signal.throwIfAborted();
      throw new TypeError('fetch failed', { cause });
    }
  };
}

function answerTo(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.on('response', resolve);
    // Also behind the answer, where the body tells of the failure as well.
    sent.on('error', reject);
    // As after a 101, of which nobody tells.
    sent.on('close', () => {
      reject(new Error('the connection was closed'));
    });
  });
}

/** Ends a request whose connection does not come about. */
function giveUpConnecting(sent: ClientRequest, connected: 'connect' | 'secureConnect', clock: Clock): void {
  const callOff = clock.after(CONNECT_TIMEOUT, () => {
    const reason = new Error(`no connection within ${CONNECT_TIMEOUT / 1000} s`);
    sent.destroy(Object.assign(reason, { syscall: 'connect' }));
  });
  sent.on('socket', (socket) => {
    if (sent.reusedSocket) callOff();
    else socket.once(connected, callOff);
  });
  sent.on('close', callOff);
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
    const body = WITHOUT_BODY.includes(status) ? null : await decode(incoming, headers.get('content-encoding'));
    if (!body) incoming.resume();
    return new Response(body && toWebStream(body), { status, headers });
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

function toWebStream(stream: Readable): ReadableStream<Uint8Array> {
  let take: (chunk: Uint8Array) => void;
  let isWanted = true;
  return new ReadableStream(
    {
      start(controller) {
        take = (chunk) => {
          controller.enqueue(chunk);
          if ((controller.desiredSize ?? 0) <= 0) stream.pause();
        };
        stream.on('data', take).pause();
        finished(stream, (error) => {
          if (error) controller.error(error);
          else if (isWanted) controller.close();
        });
      },
      pull() {
        stream.resume();
      },
      cancel() {
        isWanted = false;
        stream.off('data', take).destroy();
      },
    },
    { highWaterMark: AHEAD, size: ({ byteLength }: Uint8Array) => byteLength },
  );
}
