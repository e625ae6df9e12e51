import { createServer } from 'node:http';
import { connect } from 'node:net';

import { listening } from '../../support/listening.ts';

export interface TestProxy {
  /** Without a user name or password. */
  readonly url: string;
  /** The host, port and `Proxy-Authorization` header of each CONNECT request. */
  readonly tunnels: readonly { readonly target: string; readonly authorization: string | undefined }[];
  /** The request lines of all other requests. */
  readonly requests: readonly string[];
  /** All bytes that clients sent through tunnels. */
  readonly seen: () => string;
}

/** @param credentials required from every client, in base64 */
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
