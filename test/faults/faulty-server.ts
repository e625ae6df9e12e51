import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

/** The three endpoints, in the order in which a run comes to them. */
export const ENDPOINTS = ['site-info', 'outages', 'site-outages'] as const;
export type Endpoint = (typeof ENDPOINTS)[number];

/** A request that has arrived whole, and what became of it. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  /** Request line and header fields, as they came. */
  readonly head: string;
  readonly body: string;
  /** On a clock that never jumps, milliseconds. */
  readonly at: number;
  /** How many requests came before it on its connection. */
  readonly earlier: number;
  /** The start of what was sent for it. */
  answer: string;
}

/** What a fault may do to the connection that a request came on. */
export interface Wire {
  readonly send: (bytes: string | Uint8Array) => void;
  /** Sends the piece for ever, as fast as it is taken. */
  readonly flood: (piece: Uint8Array) => void;
  /** Sends the bytes one at a time, so many milliseconds apart, and returns before it has. */
  readonly drip: (bytes: Uint8Array, milliseconds: number) => void;
  /** FIN, after what was sent. */
  readonly end: () => void;
  /** RST, after what was sent. */
  readonly reset: () => void;
}

/** Answers a request, or does worse. */
export type Act = (wire: Wire, exchange: Exchange) => void;

export interface Behaviour {
  /** What happens to a request, by its endpoint and by how many came there before it. */
  readonly answer: (endpoint: Endpoint | undefined, earlier: number) => Act;
  /** Whether the connection of this number, from 0, is reset as soon as it is there. */
  readonly refuses?: (connection: number) => boolean;
  /** After a request to this endpoint nobody listens any more; `nothing`: from the start on. */
  readonly lastServed?: Endpoint | 'nothing';
  readonly tls?: { readonly key: string; readonly cert: string };
}

export interface FaultyServer {
  /** Without a path. */
  readonly origin: string;
  readonly port: number;
  readonly exchanges: readonly Exchange[];
  /** Of all bytes that came in, whether they made a request or not; the characters stand for bytes. */
  readonly received: () => string;
  readonly close: () => Promise<void>;
}

const HEAD_END = '\r\n\r\n';
const ANSWER_KEPT = 1024;

/** HTTP at the level of bytes, as it takes to break it anywhere. Listens on 127.0.0.1, on a port of its own. */
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
    // The other side may go at any time.
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

  // Else a body that follows its head waits 40 ms, for an acknowledgement of it.
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

/** The request, once it is whole; the client says how long its bodies are. */
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
      // An empty write is done when all before it is.
      socket.write('', () => socket.resetAndDestroy());
    },
  };
}
