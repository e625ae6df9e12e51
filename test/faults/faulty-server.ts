import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

/** The three endpoints, in the order in which a run requests them. */
export const ENDPOINTS = ['site-info', 'outages', 'site-outages'] as const;
export type Endpoint = (typeof ENDPOINTS)[number];

/** A complete request and the start of its response. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  /** Request line and headers, unparsed. */
  readonly head: string;
  readonly body: string;
  /** Milliseconds on the monotonic clock. */
  readonly at: number;
  /** The number of earlier requests on its connection. */
  readonly earlier: number;
  /** The start of the response. */
  answer: string;
}

/** The operations of a fault on the connection of a request. */
export interface Wire {
  readonly send: (bytes: string | Uint8Array) => void;
  /** Sends the chunk endlessly, as fast as the client reads. */
  readonly flood: (piece: Uint8Array) => void;
  /** Starts to send one byte per interval. */
  readonly drip: (bytes: Uint8Array, milliseconds: number) => void;
  /** Sends FIN after all data. */
  readonly end: () => void;
  /** Sends RST after all data. */
  readonly reset: () => void;
}

/** Handles a request. */
export type Act = (wire: Wire, exchange: Exchange) => void;

export interface Behaviour {
  /** Returns the handler for a request to this endpoint. @param earlier number of earlier requests to it */
  readonly answer: (endpoint: Endpoint | undefined, earlier: number) => Act;
  /** Whether to reset the connection with this number, from 0, at once. */
  readonly refuses?: (connection: number) => boolean;
  /** The server stops listening after a request to this endpoint; `nothing`: it never listens. */
  readonly lastServed?: Endpoint | 'nothing';
  readonly tls?: { readonly key: string; readonly cert: string };
}

export interface FaultyServer {
  /** Without a path. */
  readonly origin: string;
  readonly port: number;
  readonly exchanges: readonly Exchange[];
  /** All received bytes as latin1. */
  readonly received: () => string;
  readonly close: () => Promise<void>;
}

const HEAD_END = '\r\n\r\n';
const ANSWER_KEPT = 1024;

/** Starts a server on a free port of 127.0.0.1 that speaks HTTP byte by byte, so that faults can be anywhere. */
export async function startFaultyServer({ answer, refuses, lastServed, tls }: Behaviour): Promise<FaultyServer> {
  const exchanges: Exchange[] = [];
  const sockets = new Set<Socket>();
  let received = '';
  let connections = 0;

  function take(socket: Socket): void {
    if (refuses?.(connections++) === true) {
      socket.resetAndDestroy();
      return;
    }
    sockets.add(socket);
    // Clients may disconnect at any time.
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    let pending = '';
    let earlier = 0;
    socket.on('data', (data: Buffer) => {
      const text = data.toString('latin1');
      received += text;
      pending += text;
      const request = parseRequest(pending);
      if (!request) return;
      pending = '';
      const endpoint = endpointOf(request.path);
      const exchange = { ...request, at: performance.now(), earlier: earlier++, answer: '' };
      const before = exchanges.filter(({ path }) => path === request.path).length;
      exchanges.push(exchange);
      if (endpoint !== undefined && endpoint === lastServed) server.close();
      answer(endpoint, before)(createWire(socket, exchange), exchange);
    });
  }

  // Otherwise Nagle's algorithm delays the body by 40 ms.
  const noDelay = true;
  const server: Server = tls ? createTlsServer({ ...tls, noDelay }, take) : createServer({ noDelay }, take);
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (lastServed === 'nothing') server.close();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    origin: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    exchanges,
    received: () => received,
    async close() {
      for (const socket of sockets) socket.destroy();
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}

/** Returns the request, if it is complete; clients send content-length. */
function parseRequest(bytes: string): Pick<Exchange, 'method' | 'path' | 'head' | 'body'> | undefined {
  const end = bytes.indexOf(HEAD_END);
  if (end === -1) return undefined;
  const head = bytes.slice(0, end);
  const body = bytes.slice(end + HEAD_END.length);
  const [, length = '0'] = /^content-length: *(\d+)$/im.exec(head) ?? [];
  if (body.length < Number(length)) return undefined;
  const [method = '', path = ''] = head.split(' ');
  return { method, path, head, body: Buffer.from(body, 'latin1').toString() };
}

function endpointOf(path: string): Endpoint | undefined {
  return ENDPOINTS.find((name) => path.split('/').includes(name));
}

function createWire(socket: Socket, exchange: Exchange): Wire {
  function send(bytes: string | Uint8Array): void {
    if (exchange.answer.length < ANSWER_KEPT) exchange.answer += Buffer.from(bytes).toString('latin1', 0, ANSWER_KEPT);
    socket.write(bytes);
  }
  return {
    send,
    flood(piece) {
      const more = (): void => {
        while (!socket.destroyed && socket.write(piece));
      };
      socket.on('drain', more);
      more();
    },
    drip(bytes, milliseconds) {
      let sent = 0;
      const timer = setInterval(() => {
        send(bytes.subarray(sent, ++sent));
        if (sent === bytes.length) clearInterval(timer);
      }, milliseconds);
      socket.on('close', () => {
        clearInterval(timer);
      });
    },
    end() {
      socket.end();
    },
    reset() {
      // The callback of an empty write runs after all earlier writes.
      socket.write('', () => socket.resetAndDestroy());
    },
  };
}
