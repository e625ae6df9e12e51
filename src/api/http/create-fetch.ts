import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { pipeline, type Readable } from 'node:stream';

import type { Clock } from '../../platform/clock.ts';
import { once } from '../../util/once.ts';
import { createBodylessResponse } from './bodyless-response.ts';
import { toBodyReader, toWebStream } from './body-reader.ts';
import { closeOnUnexpectedBytes, CONNECT_OPTIONS, createConnectionWatch, sharedReadBuffer } from './connection.ts';
import { createTransportState, type TrackedInit, type TransportState } from './transport-state.ts';

/** Statuses whose responses have no body (Fetch standard, "null body status"). */
const NULL_BODY_STATUSES = [204, 205, 304];

/** How to reach an origin, if not directly. */
export interface Route {
  readonly agent?: Agent;
  /** The proxy that the agent connects to, and the flag or variable that names it; for messages. */
  readonly proxy?: string;
  /** Certificate authorities to trust, as PEM. */
  readonly ca?: string[];
}

/** The connection stood, TLS handshake included: the request may have been processed. */
export class ConnectionLostError extends TypeError {}

/** No connection came about: nothing was sent. */
export class NotConnectedError extends TypeError {}

/**
 * Returns a `fetch` over Node's own HTTP client, which starts faster and takes less memory than the platform's fetch. It
 * is stricter, too: an encoded body that is cut short is an error, and redirects are never followed.
 *
 * It throws a {@link NotConnectedError} or a {@link ConnectionLostError}, whose cause says why, or the signal's reason.
 */
export function createFetch(clock: Clock, routeTo: (url: URL) => Route = () => ({})): typeof globalThis.fetch {
  // Not Node's global agent, which may go through a proxy that reads what is sent to this machine.
  const agents: Record<string, Agent> = {};
  const fresh = sharedReadBuffer();
  const connections = createConnectionWatch(clock);
  return async (input, init?: TrackedInit) => {
    const state = init?.transport ?? createTransportState();
    const { url, method, headers, body, signal } = readPlain(input, init) ?? (await readRequest(input, init));
    const isSecure = url.protocol === 'https:';
    const { default: client } = await (isSecure ? loadHttps() : loadHttp());
    state.isConnecting = true;
    const hasConnected = (): boolean => !state.isConnecting;
    let sent: ClientRequest | undefined;
    try {
      signal?.throwIfAborted();
      // Node would connect to the default port.
      if (url.port === '0') throw new Error('port 0 cannot be connected to');
      const isFresh = headers['connection'] === 'close';
      const { proxy, ...route } = routeTo(url);
      state.proxy = proxy;
      const agent = (agents[`${url.protocol} ${isFresh ? 'fresh' : 'kept'}`] ??= createAgent(client, isFresh && fresh));
      const { lookup } = connections;
      sent = client.request(url, { lookup, method, agent, ...CONNECT_OPTIONS, ...route, ...(signal && { signal }) });
      sent.setHeader('accept-encoding', 'gzip, br');
      // Not as an option: NODE_DEBUG shows the options, and the key is among the headers.
      for (const [name, value] of Object.entries(headers)) sent.setHeader(name, value);
      connections.watch(sent, isSecure, state);
      if (!body || body instanceof Uint8Array) sent.end(body);
      else pipeline(body, sent, () => undefined);
      return await toResponse(await responseTo(sent), init?.transport);
    } catch (cause) {
      signal?.throwIfAborted();
      sent?.destroy();
      throw hasConnected()
        ? new ConnectionLostError('fetch failed', { cause })
        : new NotConnectedError('fetch failed', { cause });
    }
  };
}

// Once, as each import in the bundle copies what the module exports.
const loadHttp = once(() => import('node:http'));
const loadHttps = once(() => import('node:https'));
const loadZlib = once(() => import('node:zlib'));

interface HttpClient {
  readonly Agent: new (options: ConstructorParameters<typeof Agent>[0]) => Agent;
}

/** @param fresh options of an agent that gives each request a connection of its own */
function createAgent(client: HttpClient, fresh: ConstructorParameters<typeof Agent>[0] | false): Agent {
  if (fresh !== false) return new client.Agent(fresh);
  const agent = new client.Agent({ keepAlive: true });
  closeOnUnexpectedBytes(agent);
  return agent;
}

function responseTo(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let hasResponse = false;
    sent.on('response', (incoming) => {
      hasResponse = true;
      const { statusCode = 0 } = incoming;
      if (isPremature(sent, statusCode)) {
        const status = formatStatus(statusCode);
        sent.destroy(new Error(`a response (${status}) arrived before the request was sent`));
      } else {
        resolve(incoming);
      }
    });
    // Later errors show in the body as well.
    sent.on('error', reject);
    // After a 101, for example, there is neither a response nor an error.
    sent.on('close', () => {
      if (!hasResponse) reject(new Error('the server closed the connection'));
    });
  });
}

/**
 * Returns whether a response cannot be the answer to the whole request, as it began before the request had left. An error
 * may come early, for example a 413; on a connection that has served before, it may belong to an earlier request.
 */
function isPremature(sent: ClientRequest, statusCode: number): boolean {
  return !sent.writableFinished && (sent.reusedSocket || statusCode < 300);
}

/** Statuses that a `Response` cannot hold, as HTTP does not have them. */
const oddStatuses = new WeakMap<Response, number>();

/** Returns the status as the server sent it, for example 600. */
export function statusOf(response: Response): number {
  return oddStatuses.get(response) ?? response.status;
}

/** Returns the status with three digits, as in a status line: `099`. */
export function formatStatus(status: number): string {
  return String(status).padStart(3, '0');
}

/** What is sent, and where to. */
interface RequestParts {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | ReadableStream | null | undefined;
  readonly signal: AbortSignal | null | undefined;
}

/**
 * Reads the usual request of this program: an address and plain options. The platform's `Request` would take as long as
 * half the rest of it. Returns undefined for any other request.
 */
function readPlain(input: Parameters<typeof fetch>[0], init: RequestInit | undefined): RequestParts | undefined {
  const { method = 'GET', headers, body, signal } = init ?? {};
  if (typeof input !== 'string' || !headers || !isRecord(headers)) return undefined;
  const url = new URL(input);
  if (!body) return { url, method, headers, body: null, signal };
  return body instanceof Uint8Array || body instanceof ReadableStream
    ? { url, method, headers, body, signal }
    : undefined;
}

function isRecord(headers: NonNullable<RequestInit['headers']>): headers is Record<string, string> {
  return Object.getPrototypeOf(headers) === Object.prototype;
}

async function readRequest(input: Parameters<typeof fetch>[0], init?: RequestInit): Promise<RequestParts> {
  const request = new Request(input, init);
  const { method } = request;
  // Not the signal of `request`, which hears of no abort once the request is collected.
  const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
  const body = request.body && new Uint8Array(await request.arrayBuffer());
  return { url: new URL(request.url), method, headers: Object.fromEntries(request.headers), body, signal };
}

/** @param tracked gets the body, if it is there; the response's own web stream takes half as long again for a large body */
async function toResponse(incoming: IncomingMessage, tracked: TransportState | undefined): Promise<Response> {
  const { statusCode = 0 } = incoming;
  const isValid = statusCode >= 200 && statusCode <= 599;
  // RFC 9110, section 15: a client treats an invalid status as a server error.
  const status = isValid ? statusCode : 500;
  const headers = Object.entries(incoming.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  if (NULL_BODY_STATUSES.includes(status)) {
    incoming.resume();
    return createBodylessResponse(status, headers);
  }
  // Not `incoming.socket` later: the agent may have detached it by then.
  const { socket } = incoming;
  const body = toBodyReader(await decode(incoming), socket);
  if (tracked) tracked.body = body;
  const response = tracked
    ? createBodylessResponse(status, headers)
    : new Response(toWebStream(body), { status, headers });
  if (!isValid) oddStatuses.set(response, statusCode);
  return response;
}

/** Returns the decoded bytes; the encoded ones if the encoding is none that was asked for. */
async function decode(incoming: IncomingMessage): Promise<Readable> {
  // RFC 9110, section 8.4.1: content codings are case-insensitive.
  const encoding = incoming.headers['content-encoding']?.trim().toLowerCase();
  if (encoding !== 'gzip' && encoding !== 'x-gzip' && encoding !== 'br') return incoming;
  const { createBrotliDecompress, createGunzip } = await loadZlib();
  // A failure of either stream shows in the decoder.
  return pipeline(incoming, encoding === 'br' ? createBrotliDecompress() : createGunzip(), () => undefined);
}
