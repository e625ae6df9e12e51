import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** A server that a test has started, on a port of its own. */
export interface TestServer {
  /** `http:`, without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** Resolves once the first connection is closed. */
  readonly firstClosed: Promise<void>;
}

const started: { readonly server: Server; readonly sockets: ReadonlySet<Socket> }[] = [];

/** Talks as it pleases, beneath HTTP: called with each connection, and with its number, from 1. */
export function listen(onConnection: (socket: Socket, number: number) => void): Promise<TestServer> {
  let number = 0;
  return start(
    createServer((socket) => {
      onConnection(socket, ++number);
    }),
  );
}

/** Called once the head of a request has arrived, with each connection and its number, from 1. */
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

/** Speaks HTTP. */
export function serve(listener: RequestListener): Promise<TestServer> {
  return start(createHttpServer(listener));
}

/** For `afterEach`: closes what was started, and waits until it is. */
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
    // The other side may go at any time: that is what is tested.
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
