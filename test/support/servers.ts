import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** A server that a test has started on a free port. */
export interface TestServer {
  /** An `http:` URL without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Resolves once the first connection is closed. */
  readonly firstClosed: Promise<void>;
}

const started: { readonly server: Server; readonly sockets: ReadonlySet<Socket> }[] = [];

/** Starts a TCP server; the callback receives each connection and its number, from 1. */
export function listen(onConnection: (socket: Socket, number: number) => void): Promise<TestServer> {
  let number = 0;
  return start(
    createServer((socket) => {
      onConnection(socket, ++number);
    }),
  );
}

/** Starts a TCP server; the callback receives each connection and its number, from 1, after the head of a request. */
export function listenForRequests(onRequest: (socket: Socket, number: number) => void): Promise<TestServer> {
  return listen((socket, number) => {
    let received = '';
    const collect = (data: Buffer): void => {
      received += data.toString('latin1');
      if (!received.includes('\r\n\r\n')) return;
      socket.off('data', collect);
      socket.resume();
      onRequest(socket, number);
    };
    socket.on('data', collect);
  });
}

/** Starts an HTTP server. */
export function serve(listener: RequestListener): Promise<TestServer> {
  return start(createHttpServer(listener));
}

/** For `afterEach`: closes all servers and waits for their end. */
export async function closeServers(): Promise<void> {
  await Promise.all(
    started.splice(0).map(async ({ server, sockets }) => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    }),
  );
}

async function start(server: Server): Promise<TestServer> {
  const sockets = new Set<Socket>();
  let close: () => void = () => undefined;
  const firstClosed = new Promise<void>((resolve) => (close = resolve));
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    // Clients may disconnect at any time.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      close();
    });
  });
  started.push({ server, sockets });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = addressOf(server);
  return { url: `http://127.0.0.1:${port}`, port, firstClosed };
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address;
}
