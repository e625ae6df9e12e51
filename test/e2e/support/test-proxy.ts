import { createServer } from 'node:http';
import { connect } from 'node:net';

import { listening } from '../../support/listening.ts';

export interface TestProxy {
  /** Without a user name or password. */
  readonly url: string;
  /** Each tunnel it was asked for: the host and port, and the header `Proxy-Authorization`. */
  readonly tunnels: readonly { readonly target: string; readonly authorization: string | undefined }[];
  /** The lines of all that it was asked for beside tunnels. */
  readonly requests: readonly string[];
  /** All bytes that clients sent it, as far as it could read them. */
  readonly seen: () => string;
}

/** @param credentials in base64, where it lets nobody through without */
export async function withProxy<T>(use: (proxy: TestProxy) => Promise<T>, credentials?: string): Promise<T> {
  const tunnels: { readonly target: string; readonly authorization: string | undefined }[] = [];
  const requests: string[] = [];
  let seen = '';
  const server = createServer((request, response) => {
    requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.writeHead(500).end();
  });
  server.on('connect', ({ url: target = '', headers }, client) => {
    const authorization = headers['proxy-authorization'];
    tunnels.push({ target, authorization });
    if (credentials !== undefined && authorization !== `Basic ${credentials}`) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const [, port] = target.split(':');
    const inner = connect(Number(port), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(inner).pipe(client);
    });
    client.on('data', (bytes: Buffer) => {
      seen += bytes.toString('latin1');
    });
    client.on('error', () => inner.destroy());
    inner.on('error', () => client.destroy());
  });
  return listening(server, (port) => use({ url: `http://127.0.0.1:${port}`, tunnels, requests, seen: () => seen }));
}
