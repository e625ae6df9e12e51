import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { promisify } from 'node:util';

import { listening } from '../../support/listening.ts';

/** A private certificate authority and a certificate that it issued for `localhost`. */
export interface Authority {
  /** The path of the authority's certificate. */
  readonly caFile: string;
  readonly cert: string;
  readonly key: string;
}

/** Creates an authority with `openssl`; removes its files after the test. */
export async function withAuthority<T>(use: (authority: Authority) => Promise<T>): Promise<T> {
  const cwd = await mkdtemp(join(tmpdir(), 'kraken-outages-tls-'));
  const openssl = (line: string): Promise<unknown> => promisify(execFile)('openssl', line.split(' '), { cwd });
  const newKey = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes';
  try {
    await writeFile(join(cwd, 'names'), 'subjectAltName=DNS:localhost');
    await openssl(`req -x509 ${newKey} -keyout ca.key -out ca.pem -days 1 -subj /CN=authority`);
    await openssl(`req ${newKey} -keyout key -out request -subj /CN=localhost`);
    await openssl('x509 -req -in request -CA ca.pem -CAkey ca.key -CAcreateserial -extfile names -out cert -days 1');
    const [cert, key] = await Promise.all([readFile(join(cwd, 'cert'), 'utf8'), readFile(join(cwd, 'key'), 'utf8')]);
    return await use({ caFile: join(cwd, 'ca.pem'), cert, key });
  } finally {
    await rm(cwd, { recursive: true });
  }
}

/** Runs the test with an `https://localhost` URL that forwards to the given `http:` URL. */
export async function withTls<T>(url: string, { cert, key }: Authority, use: (url: string) => Promise<T>): Promise<T> {
  const { port, pathname } = new URL(url);
  const server = createServer({ cert, key }, (socket) => {
    const inner = connect(Number(port), '127.0.0.1');
    socket.on('error', () => inner.destroy());
    inner.on('error', () => socket.destroy());
    socket.pipe(inner).pipe(socket);
  });
  // A client that does not trust the certificate closes the connection.
  server.on('tlsClientError', () => undefined);
  return listening(server, (own) => use(`https://localhost:${own}${pathname === '/' ? '' : pathname}`));
}
