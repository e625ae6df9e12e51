import { readFile, stat } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { brotliCompressSync, gzipSync } from 'node:zlib';

import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';

import { phaseOf } from '../../../src/api/network-failure.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { type BodyReader, releaseBuffers } from '../../../src/api/http/body-reader.ts';
import { createTransportState, type TrackedInit } from '../../../src/api/http/transport-state.ts';
import { createFetch, statusOf } from '../../../src/api/http/create-fetch.ts';
import { hasProgram, inWorkspace } from '../../e2e/support/workspace.ts';
import { makeCertificates } from '../../faults/certificates.ts';
import { createVirtualClock } from '../../support/clock.ts';
import { listening } from '../../support/listening.ts';
import { closeServers, listen, listenForRequests, serve } from '../../support/servers.ts';
import { rejectionOf } from '../../support/thrown.ts';

const fetch = createFetch(systemClock);
const CONNECT_TIMEOUT = 10_000;
const TEXT = 'outages '.repeat(1000);
/** Options of a request with its own connection. */
const FRESH_CONNECTION = { headers: { connection: 'close' } };

/**
 * Runs a module in a separate process, in which each connection takes 600 ms, and each host has two addresses: this
 * machine's, and one without a route.
 */
async function runWithSlowNetwork(
  module: string,
): Promise<{ readonly status: number | null; readonly stderr: string }> {
  const preload = `data:text/javascript,${encodeURIComponent(`
    import dns from 'node:dns';
    dns.lookup = (host, options, callback) =>
      process.nextTick(callback, null, [
        { address: '127.0.0.1', family: 4 },
        { address: '2001:db8::1', family: 6 },
      ]);
    const { TCP } = process.binding('tcp_wrap');
    const { connect } = TCP.prototype;
    TCP.prototype.connect = function (...request) {
      setTimeout(() => connect.apply(this, request), 600);
      return 0;
    };
    TCP.prototype.connect6 = function (request) {
      setTimeout(() => request.oncomplete(-101, this, request, true, true), 5);
      return 0;
    };
  `)}`;
  const loader = ['--no-deprecation', '--import', 'ts-blank-space/register', '--import', preload];
  const child = spawn(process.execPath, [...loader, '--input-type=module', '--eval', module], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  await once(child, 'close');
  return { status: child.exitCode, stderr };
}

async function bodyAt(url: string, init?: RequestInit): Promise<BodyReader> {
  const transport = createTransportState();
  const tracked: TrackedInit = { ...init, transport };
  await fetch(url, tracked);
  const { body } = transport;
  if (!body) throw new Error('there is no body');
  return body;
}

describe('createFetch', () => {
  afterEach(closeServers);

  it('sends method, headers and the body with its length', async () => {
    const seen: unknown[] = [];
    const { url } = await serve((request, response) => {
      const { method, url: path, headers } = request;
      request.on('data', (data: Buffer) => {
        seen.push(method, path, headers['x-api-key'], headers['content-length'], data.toString());
      });
      request.on('end', () => response.end());
    });
    const answer = await fetch(`${url}/a?b`, { method: 'POST', headers: { 'X-Api-Key': 'k' }, body: TEXT });
    expect(answer.status).to.equal(200);
    expect(await answer.text()).to.equal('');
    expect(seen).to.deep.equal(['POST', '/a?b', 'k', String(TEXT.length), TEXT]);
  });

  it('returns status, headers and body', async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(429, ['Retry-After', '7', 'X-Many', 'a', 'X-Many', 'b']).end(TEXT);
    });
    const answer = await fetch(url);
    expect([answer.status, answer.headers.get('retry-after'), answer.headers.get('x-many')]).to.deep.equal([
      429,
      '7',
      'a, b',
    ]);
    expect(await answer.text()).to.equal(TEXT);
  });

  it('returns a redirect as it is', async () => {
    let requests = 0;
    const { url } = await serve((_, response) => {
      requests++;
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    expect((await fetch(url)).status).to.equal(307);
    expect(requests).to.equal(1);
  });

  it('returns statuses without a body, and keeps the connection', async () => {
    let connections = 0;
    const { url } = await listen((socket) => {
      connections++;
      socket.on('data', () => socket.write('HTTP/1.1 204 No Content\r\n\r\n'));
    });
    for (let request = 0; request < 3; request++) {
      const answer = await fetch(url);
      expect([answer.status, answer.body]).to.deep.equal([204, null]);
      // The connection returns to the pool in this turn of the event loop.
      await new Promise(setImmediate);
    }
    expect(connections).to.equal(1);
  });

  it('uses a new connection for a request with connection: close', async () => {
    let connections = 0;
    const { url } = await listen((socket) => {
      connections++;
      socket.on('data', () => socket.write('HTTP/1.1 204 No Content\r\n\r\n'));
    });
    await fetch(url);
    await new Promise(setImmediate);
    await fetch(url, { headers: { connection: 'close' } });
    expect(connections).to.equal(2);
  });

  for (const status of ['099', '600', '999']) {
    it(`returns 500 for the status ${status}, which is outside the range of HTTP, and keeps the original`, async () => {
      const { url } = await listenForRequests((socket) =>
        socket.write(`HTTP/1.1 ${status} Odd\r\ncontent-length: 2\r\n\r\n{}`),
      );
      const response = await fetch(url);
      expect([response.status, statusOf(response), await response.text()]).to.deep.equal([500, Number(status), '{}']);
    });
  }

  it('closes an idle connection on which unexpected bytes arrive', async () => {
    const second = 'HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecond';
    for (const gap of ['same segment', 'later']) {
      const connections: Socket[] = [];
      const { url, firstClosed } = await listen((socket, number) => {
        connections.push(socket);
        socket.on('data', () => {
          const first = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nfirst';
          socket.write(number === 1 && gap === 'same segment' ? first + second : first);
        });
      });
      expect(await (await fetch(url)).text()).to.equal('first');
      // The connection is idle now.
      await new Promise(setImmediate);
      if (gap === 'later') connections[0]?.write(second);
      await firstClosed;
      expect(await (await fetch(url)).text()).to.equal('first');
      expect(connections).to.have.length(2);
    }
  });

  it('rejects a 200 that arrives while the request is still being sent', async () => {
    const { url } = await listen((socket) => {
      socket.pause();
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
    });
    const error = await rejectionOf(
      fetch(url, { ...FRESH_CONNECTION, method: 'POST', body: Buffer.alloc(32_000_000) }),
    );
    expect(phaseOf(error)).to.equal('response');
    expect(error).to.have.nested.property('cause.message', 'a response (200) arrived before the request was sent');
  });

  it('accepts every form of a request', async () => {
    const { url } = await serve((request, response) => request.pipe(response));
    const signal = new AbortController().signal;
    const requests: Parameters<typeof fetch>[] = [
      [new Request(url, { method: 'POST', body: TEXT, signal })],
      [new URL(url), { method: 'POST', body: TEXT, signal }],
      [url, { method: 'POST', body: TEXT, headers: new Headers({ accept: '*/*' }) }],
      [url, { method: 'POST', body: TEXT, headers: [['accept', '*/*']] }],
      [url, { method: 'POST', body: TEXT, headers: { accept: '*/*' } }],
      [url, { method: 'POST', body: Buffer.from(TEXT), headers: { accept: '*/*' } }],
    ];
    for (const request of requests) expect(await (await fetch(...request)).text()).to.equal(TEXT);
  });

  it('applies backpressure while the body is not read', async () => {
    let sent = 0;
    const { url } = await serve((_, response) => {
      const more = (): void => {
        for (let room = true; room && sent < 64; sent++) room = response.write(Buffer.alloc(1024 * 1024));
        if (sent === 64) response.end();
        else response.once('drain', more);
      };
      more();
    });
    const body = await bodyAt(url);
    const first = await body.read();
    let received = first.reduce((sum, { length }) => sum + length, 0);
    const stopped = sent;
    expect(stopped).to.be.below(64);
    for (let chunks = await body.read(); chunks.length > 0; chunks = await body.read()) {
      received += chunks.reduce((sum, { length }) => sum + length, 0);
    }
    expect(received).to.equal(64 * 1024 * 1024);
  });

  it('rejects port 0', async () => {
    for (const url of ['http://127.0.0.1:0/', 'https://127.0.0.1:0/']) {
      const error = await rejectionOf(fetch(url));
      expect(phaseOf(error)).to.equal('connect');
      expect(error).to.have.nested.property('cause.message', 'port 0 cannot be connected to');
    }
  });

  it('verifies certificates even with NODE_TLS_REJECT_UNAUTHORIZED=0', async function () {
    if (!hasProgram('openssl')) this.skip();
    await inWorkspace(async ({ path }) => {
      const { good } = await makeCertificates(path);
      let requests = 0;
      const server = createTlsServer(good, (socket) => {
        socket.on('error', () => undefined);
        socket.on('data', () => requests++);
      });
      process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
      try {
        await listening(server, async (port) => {
          for (const init of [{}, FRESH_CONNECTION]) {
            expect(phaseOf(await rejectionOf(fetch(`https://127.0.0.1:${port}`, init)))).to.equal('tls');
          }
        });
      } finally {
        delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      }
      expect(requests).to.equal(0);
    });
  });

  it('connects to a host with a slow and an unreachable address', async () => {
    const { port } = await serve((_, response) => response.end(TEXT));
    const { status, stderr } = await runWithSlowNetwork(`
      import { createFetch } from './src/api/http/create-fetch.ts';
      import { systemClock } from './src/platform/clock.ts';
      await (await createFetch(systemClock)('http://battery.example:${port}/')).text();
      process.exit();
    `);
    expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
  });

  it('connects to localhost only on this machine, whatever its name is resolved to', async () => {
    const { port } = await serve((_, response) => response.end(TEXT));
    const { status, stderr } = await runWithSlowNetwork(`
      import dns from 'node:dns';
      import { createFetch } from './src/api/http/create-fetch.ts';
      import { systemClock } from './src/platform/clock.ts';
      await (await createFetch(systemClock)('http://localhost:${port}/')).text();
      const { lookup } = dns;
      dns.lookup = (host, options, callback) =>
        lookup(host, options, (error, addresses) => callback(error, addresses.filter(({ family }) => family === 6)));
      const { cause } = await createFetch(systemClock)('http://localhost:${port}/').catch((error) => error);
      console.error(cause?.message);
      process.exit();
    `);
    const expected = 'localhost is not this machine but 2001:db8::1\n';
    expect({ status, stderr }).to.deep.equal({ status: 0, stderr: expected });
  });

  it('rejects a protocol upgrade', async () => {
    const { url } = await listenForRequests((socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: other\r\nconnection: upgrade\r\n\r\n');
    });
    expect(await rejectionOf(fetch(url))).to.have.nested.property('cause.message', 'the server closed the connection');
  });

  for (const [encoding, encode] of [
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['GZip ', gzipSync],
    ['BR', brotliCompressSync],
    ['br', brotliCompressSync],
  ] as const) {
    it(`decodes ${encoding}, and rejects a truncated body`, async () => {
      const whole = encode(TEXT);
      const { url } = await serve((request, response) => {
        response.setHeader('content-encoding', encoding);
        response.end(request.url === '/cut' ? whole.subarray(0, -4) : whole);
      });
      expect(await (await fetch(url)).text()).to.equal(TEXT);
      const cut = await fetch(`${url}/cut`);
      expect(await rejectionOf(cut.text())).to.have.property('message', 'unexpected end of file');
    });
  }

  it('requests the encodings that it decodes, and does not decode others', async () => {
    const { url } = await serve((request, response) => {
      response.setHeader('content-encoding', 'secret');
      response.end(request.headers['accept-encoding']);
    });
    expect(await (await fetch(url)).text()).to.equal('gzip, br');
  });

  it('rejects a truncated body', async () => {
    const { url } = await listenForRequests((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n[1,', () => socket.resetAndDestroy());
    });
    const answer = await fetch(url);
    expect(await rejectionOf(answer.text())).to.have.property('code', 'ECONNRESET');
  });

  it('treats a request as sent once the TLS handshake is complete', async function () {
    if (!hasProgram('openssl')) this.skip();
    await inWorkspace(async ({ path }) => {
      const { good, authority } = await makeCertificates(path);
      let isStrange = true;
      let disturb = (): void => undefined;
      const server = createTlsServer(good, (socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => {
          disturb();
        });
      });
      await listening(server, async (port) => {
        const between = await listen((socket) => {
          const other = connect(port, '127.0.0.1');
          other.on('error', () => undefined);
          socket.pipe(other).pipe(socket);
          disturb = () => socket.write('this is no TLS');
        });
        const url = between.url.replace('http:', 'https:');
        const ca = [await readFile(authority, 'utf8')];
        const trusting = createFetch(systemClock, () => (isStrange ? {} : { ca }));
        expect(phaseOf(await rejectionOf(trusting(url, { method: 'POST', body: '[]' })))).to.equal('tls');
        isStrange = false;
        const broken = await rejectionOf(trusting(url, { method: 'POST', body: '[]' }));
        expect(broken)
          .to.have.nested.property('cause.code')
          .that.matches(/^(ERR_SSL_|EPROTO)/);
        expect(phaseOf(broken)).to.equal('response');
      });
    });
  });

  it('reports a refused connection as not established', async () => {
    const { url } = await serve(() => undefined);
    await closeServers();
    expect(phaseOf(await rejectionOf(fetch(url)))).to.equal('connect');
  });

  it('ends a connection whose handshake takes too long', async () => {
    const clock = createVirtualClock([CONNECT_TIMEOUT]);
    let accept: () => void = () => undefined;
    const accepted = new Promise<void>((resolve) => {
      accept = resolve;
    });
    const { url, firstClosed } = await listen(() => {
      accept();
    });
    const failing = rejectionOf(createFetch(clock)(url.replace('http:', 'https:')));
    await accepted;
    clock.expire(CONNECT_TIMEOUT);
    const error = await failing;
    expect(phaseOf(error)).to.equal('connect');
    expect(error).to.have.nested.property('cause.message', 'no connection within 10 s');
    await firstClosed;
  });

  it('stops the timer once the connection is established', async () => {
    const clock = createVirtualClock([CONNECT_TIMEOUT]);
    const { url } = await serve((_, response) => response.end());
    await createFetch(clock)(url);
    expect(clock.pending()).to.equal(0);
  });

  it('throws the reason of the signal, before and during the request', async () => {
    const { url, firstClosed } = await listenForRequests(() => {
      controller.abort(reason);
    });
    const reason = new Error('enough');
    expect(await rejectionOf(fetch(url, { signal: AbortSignal.abort(reason) }))).to.equal(reason);
    const controller = new AbortController();
    expect(await rejectionOf(fetch(url, { signal: controller.signal }))).to.equal(reason);
    await firstClosed;
  });

  it('closes the connection of a cancelled body, even if its end has arrived', async () => {
    const whole = await serve((_, response) => response.end(TEXT));
    await (await fetch(whole.url)).body?.cancel();
    const { url, firstClosed } = await listenForRequests((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n[');
    });
    const answer = await fetch(url);
    await answer.body?.cancel();
    await firstClosed;
  });

  for (const [how, init] of [
    ['kept', {}],
    ['fresh', FRESH_CONNECTION],
  ] as const) {
    it(`returns every byte, at once or in chunks, with or without releasing buffers, on a ${how} connection`, async () => {
      const whole = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
      const { url } = await serve((request, response) => {
        if (request.url === '/known') response.setHeader('content-length', whole.length);
        response.write(whole.subarray(0, 100_000));
        response.end(whole.subarray(100_000));
      });
      for (const path of ['/known', '/chunked']) {
        const answer = await fetch(url + path, init);
        expect(whole.equals(new Uint8Array(await answer.arrayBuffer())), path).to.equal(true);
        const body = await bodyAt(url + path, init);
        const pieces: Buffer[] = [];
        for (let next = await body.read(); next.length > 0; next = await body.read()) {
          pieces.push(...next.map((chunk) => Buffer.from(chunk)));
          if (pieces.length % 2 === 1) releaseBuffers(next);
        }
        expect(whole.equals(Buffer.concat(pieces)), path).to.equal(true);
        expect(await body.read(), path).to.deep.equal([]);
      }
    });
  }

  it('returns every byte to a reader that waits for the disk between chunks', async () => {
    const whole = Buffer.from(Array.from({ length: 8_000_000 }, (_, index) => (index * index) % 251));
    const zipped = gzipSync(whole);
    const { url } = await serve((request, response) => {
      if (request.url !== '/zipped') response.end(whole);
      else response.writeHead(200, { 'content-encoding': 'gzip' }).end(zipped);
    });
    for (const path of ['/plain', '/zipped', '/zipped']) {
      const body = await bodyAt(url + path, FRESH_CONNECTION);
      let read = 0;
      let turn = 0;
      for (let next = await body.read(); next.length > 0; next = await body.read()) {
        for (const { length } of next) read += length;
        if (++turn % 2 === 0) await stat('.');
      }
      expect(read, path).to.equal(whole.length);
    }
  });

  it('releases the memory of its own chunks only, and only of a large body', async () => {
    const { url } = await serve(({ url: path }, response) => response.end(TEXT.repeat(path === '/large' ? 20 : 1)));
    const [small] = await (await bodyAt(url)).read();
    if (!small) throw new Error('there is no chunk');
    releaseBuffers([small]);
    expect(small.length).to.be.above(0);
    const body = await bodyAt(`${url}/large`);
    const chunks: Uint8Array[] = [];
    for (let next = await body.read(); next.length > 0; next = await body.read()) chunks.push(...next);
    const foreign = new Uint8Array(8);
    releaseBuffers([foreign, ...chunks]);
    releaseBuffers([foreign]);
    releaseBuffers(chunks);
    expect(chunks.map(({ length }) => length)).to.include(0);
    expect(foreign.length).to.equal(8);
  });

  it('ends a pending read when the body is cancelled', async () => {
    const { url, firstClosed } = await listenForRequests((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n');
    });
    const body = await bodyAt(url);
    const waiting = body.read();
    body.cancel();
    expect(await waiting).to.deep.equal([]);
    await firstClosed;
  });

  it('applies backpressure while the body is not read', async () => {
    const piece = Buffer.alloc(1024 * 1024);
    let sent = 0;
    const { url } = await serve((request, response) => {
      if (request.url !== '/endless') {
        response.end();
        return;
      }
      const fill = (): void => {
        do sent += piece.length;
        while (response.write(piece));
      };
      response.on('drain', fill);
      fill();
    });
    for (const init of [{}, FRESH_CONNECTION]) {
      sent = 0;
      const unread = await fetch(`${url}/endless`, init);
      // Without backpressure, these requests would leave time for far more data.
      for (let request = 0; request < 100; request++) await (await fetch(url)).text();
      expect(sent).to.be.below(32 * piece.length);
      await unread.body?.cancel();
    }
  });
});
