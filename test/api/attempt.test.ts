import { getEventListeners } from 'node:events';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';

import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';

import { type ApiResponse, attempt, type AttemptOptions } from '../../src/api/attempt.ts';
import { AttemptError } from '../../src/api/attempt-error.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { ProxyError } from '../../src/api/http/proxy-error.ts';
import { createFetch } from '../../src/api/http/create-fetch.ts';
import { createVirtualClock } from '../support/clock.ts';
import { rejectionOf, errorFields } from '../support/thrown.ts';
import { closeServers, listen, listenForRequests, serve } from '../support/servers.ts';
import { trackedFetch } from '../support/tracked-fetch.ts';
import '../support/unhandled.ts';

const TIMEOUT = 30_000;
const fetch = createFetch(systemClock);
const OK = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';

/** Creates an attempt with a virtual clock: its timeout fires only by `clock.expire`. */
function createAttempt(url: string, options: Partial<AttemptOptions> = {}) {
  const clock = createVirtualClock([TIMEOUT]);
  const controller = new AbortController();
  const { signal } = controller;
  const all: AttemptOptions = { method: 'GET', url, headers: {}, timeout: TIMEOUT, signal, fetch, clock, ...options };
  const run = <T>(read: (answer: ApiResponse) => Promise<T>): Promise<T> => attempt(all, read);
  return { clock, controller, run };
}

function readText(answer: ApiResponse): Promise<string> {
  return text(answer.chunks());
}

function bodyOf(json: string) {
  return { length: json.length, chunks: () => [new TextEncoder().encode(json)] };
}

const silence = 'allow more time with --timeout, or try again later';

describe('attempt', () => {
  afterEach(closeServers);

  it('sends the request, and passes the response to read', async () => {
    const seen: unknown[] = [];
    const { url } = await serve((request, response) => {
      const { method, url: path, headers } = request;
      request.on('data', (data: Buffer) => seen.push([method, path, headers['x-api-key'], data.toString()]));
      request.on('end', () => response.writeHead(418, { 'x-other': 'y' }).end('body'));
    });
    const body = bodyOf('[]');
    const { run, clock } = createAttempt(`${url}/v1/a%20b`, { method: 'POST', headers: { 'x-api-key': 'k' }, body });
    const result = await run(async (answer) => [answer.status, answer.headers.get('x-other'), await readText(answer)]);
    expect(result).to.deep.equal([418, 'y', 'body']);
    expect(seen).to.deep.equal([['POST', '/v1/a%20b', 'k', '[]']]);
    expect([clock.pending(), clock.waits]).to.deep.equal([0, []]);
  });

  it('sends one request, whatever the status, and does not follow redirects', async () => {
    for (const status of [301, 302, 303, 307, 308, 408, 413, 429, 500, 503]) {
      const paths: (string | undefined)[] = [];
      const { url } = await serve((request, response) => {
        paths.push(request.url);
        response.writeHead(status, { location: '/elsewhere', 'retry-after': '0' }).end();
      });
      const { run } = createAttempt(`${url}/here`);
      expect(await run((answer) => Promise.resolve(answer.status))).to.equal(status);
      expect(paths).to.deep.equal(['/here']);
    }
  });

  it('decodes the body, and accepts an empty one', async () => {
    const { url } = await serve((request, response) => {
      if (request.url === '/gzip') response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('decoded'));
      else response.writeHead(request.url === '/204' ? 204 : 200).end();
    });
    expect(await createAttempt(`${url}/gzip`).run(readText)).to.equal('decoded');
    expect(await createAttempt(`${url}/204`).run(readText)).to.equal('');
    expect(await createAttempt(`${url}/empty`).run(readText)).to.equal('');
  });

  it('rethrows an error of read, and closes the connection', async () => {
    const server = await listenForRequests((socket) => socket.write(`${OK}content-length: 100\r\n\r\nstart`));
    const { run, clock } = createAttempt(server.url);
    const failure = new Error('does not fit');
    expect(await rejectionOf(run(() => Promise.reject(failure)))).to.equal(failure);
    await server.firstClosed;
    expect(clock.pending()).to.equal(0);
  });

  it('closes the connection if the body is not read to its end', async () => {
    const server = await listenForRequests((socket) => socket.write(`${OK}content-length: 100\r\n\r\nstart`));
    const { run, clock } = createAttempt(server.url);
    const first = await run(async (answer) => {
      for await (const chunk of answer.chunks()) return Buffer.from(chunk).toString();
      return 'nothing';
    });
    expect(first).to.equal('start');
    await server.firstClosed;
    expect(clock.pending()).to.equal(0);
  });
});

describe('attempt: timeout', () => {
  afterEach(closeServers);

  it('applies to the wait for headers', async () => {
    let ask: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => (ask = resolve));
    const server = await listenForRequests(ask);
    const { run, clock } = createAttempt(server.url);
    const answered = rejectionOf(run(readText));
    await asked;
    clock.expire(TIMEOUT);
    const error = await answered;
    expect(errorFields(error)).to.deep.equal({
      type: 'AttemptError',
      message: `GET ${server.url}: no response for 30 s`,
      hint: silence,
    });
    expect(error).to.include({ phase: 'response' });
    await server.firstClosed;
    expect(clock.pending()).to.equal(0);
  });

  it('applies to the wait for each chunk of the body', async () => {
    const server = await listenForRequests((socket) => socket.write(`${OK}content-length: 100\r\n\r\nstart`));
    const { run, clock } = createAttempt(server.url);
    const error = await rejectionOf(
      run(async (answer) => {
        const chunks = answer.chunks()[Symbol.asyncIterator]();
        await chunks.next();
        expect(clock.pending()).to.equal(0);
        const next = chunks.next();
        clock.expire(TIMEOUT);
        await next;
      }),
    );
    expect(errorFields(error)).to.deep.equal({
      type: 'AttemptError',
      message: `GET ${server.url}: the response stalled for 30 s`,
      hint: silence,
    });
    expect(error).to.include({ phase: 'body' });
    await server.firstClosed;
    expect(clock.pending()).to.equal(0);
  });

  it('does not limit the total time of the body', async () => {
    let goOn: () => void = () => undefined;
    const server = await listenForRequests((socket) => {
      let left = 5;
      socket.write(`${OK}content-length: 5\r\n\r\n`);
      goOn = () => left-- > 0 && socket.write('x');
      goOn();
    });
    const timers: number[] = [];
    const clock = createVirtualClock([TIMEOUT]);
    const counting = {
      ...clock,
      after(milliseconds: number, callback: () => void) {
        timers.push(milliseconds);
        return clock.after(milliseconds, callback);
      },
    };
    const { run } = createAttempt(server.url, { clock: counting });
    let length = 0;
    await run(async (answer) => {
      for await (const chunk of answer.chunks()) {
        length += chunk.length;
        goOn();
      }
    });
    expect(length).to.equal(5);
    // One for the headers, one for each of the five chunks, one for the end.
    expect(timers).to.deep.equal(Array(7).fill(TIMEOUT));
    expect(clock.pending()).to.equal(0);
  });
});

describe("attempt: a fetch that ignores its abort, like Node's after a decoding error", () => {
  /** Creates a fetch that ignores its signal and returns a body that never yields, but can be cancelled. */
  function createUnabortableFetch() {
    let isCancelled = false;
    const fetch = () => {
      const body = new ReadableStream({ cancel: () => void (isCancelled = true) });
      return Promise.resolve(new Response(body));
    };
    return { fetch: trackedFetch(fetch), isCancelled: () => isCancelled };
  }

  it('is abandoned before it responds, after the timeout and after an abort', async () => {
    const reason = new Error('stop');
    for (const end of ['timeout', 'signal'] as const) {
      const { run, clock, controller } = createAttempt('http://127.0.0.1/', {
        fetch: () => new Promise(() => undefined),
      });
      const ended = rejectionOf(run(readText));
      if (end === 'timeout') clock.expire(TIMEOUT);
      else controller.abort(reason);
      const error = await ended;
      if (end === 'timeout') expect(error).to.have.property('message', 'GET http://127.0.0.1/: no response for 30 s');
      else expect(error).to.equal(reason);
      expect(clock.pending()).to.equal(0);
    }
  });

  it('is abandoned after the timeout, and its body is cancelled', async () => {
    const { fetch, isCancelled } = createUnabortableFetch();
    const { run, clock } = createAttempt('http://127.0.0.1/', { fetch });
    const error = await rejectionOf(
      run(async (answer) => {
        const next = answer.chunks()[Symbol.asyncIterator]().next();
        clock.expire(TIMEOUT);
        await next;
      }),
    );
    expect(errorFields(error)).to.include({ message: 'GET http://127.0.0.1/: the response stalled for 30 s' });
    expect([isCancelled(), clock.pending()]).to.deep.equal([true, 0]);
  });

  it('is abandoned after an abort, and its body is cancelled', async () => {
    const { fetch, isCancelled } = createUnabortableFetch();
    const { run, clock, controller } = createAttempt('http://127.0.0.1/', { fetch });
    const reason = new Error('stop');
    const error = await rejectionOf(
      run(async (answer) => {
        const next = answer.chunks()[Symbol.asyncIterator]().next();
        controller.abort(reason);
        await next;
      }),
    );
    expect(error).to.equal(reason);
    expect([isCancelled(), clock.pending()]).to.deep.equal([true, 0]);
  });
});

describe('attempt: network errors', () => {
  afterEach(closeServers);

  const cuts: readonly [what: string, head: string, isReset: boolean][] = [
    ['before its content-length', 'content-length: 100\r\n\r\nstart', false],
    ['within its chunks', 'transfer-encoding: chunked\r\n\r\n5\r\nstart\r\n', false],
    ['by a reset', 'content-length: 100\r\n\r\nstart', true],
  ];
  for (const [what, head, isReset] of cuts) {
    it(`reports a body that ends ${what}`, async () => {
      let cut: () => void = () => undefined;
      const server = await listenForRequests((socket) => {
        socket.write(OK + head);
        cut = () => {
          if (isReset) socket.resetAndDestroy();
          else socket.end();
        };
      });
      const { run, clock } = createAttempt(server.url);
      const seen: string[] = [];
      const error = await rejectionOf(
        run(async (answer) => {
          for await (const chunk of answer.chunks()) {
            seen.push(Buffer.from(chunk).toString());
            cut();
          }
        }),
      );
      expect(seen).to.deep.equal(['start']);
      expect(error).to.be.instanceOf(AttemptError).and.to.include({ phase: 'body' });
      expect(error).to.have.property('message').that.contains(`GET ${server.url}: the response was cut short: `);
      expect(error).to.include({ hint: "try again; if it persists, contact the API's operators" });
      await server.firstClosed;
      expect(clock.pending()).to.equal(0);
    });
  }

  it('accepts a body without a length that ends with the connection', async () => {
    const { url } = await listenForRequests((socket) => socket.end(`${OK}connection: close\r\n\r\n[{"id":`));
    expect(await createAttempt(url).run(readText)).to.equal('[{"id":');
  });

  it('reports a body that is not gzip despite its header', async () => {
    const { url } = await serve((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip at all'),
    );
    const error = await rejectionOf(createAttempt(url).run(readText));
    expect(error).to.be.instanceOf(AttemptError).and.to.include({ phase: 'body' });
  });

  it('reports a connection that ends before the response', async () => {
    for (const answer of ['', 'HTTP/1.1 200 OK\r\ncontent-', 'what is this?\r\n\r\n']) {
      let requests = 0;
      const server = await listenForRequests((socket) => {
        requests++;
        socket.end(answer);
      });
      const { run, clock } = createAttempt(server.url, { method: 'POST', body: bodyOf('[]') });
      const error = await rejectionOf(run(readText));
      expect(error).to.be.instanceOf(AttemptError).and.to.include({ phase: 'response' });
      expect(requests).to.equal(1);
      expect(error).to.have.property('message').that.contains(': connection lost before a response arrived: ');
      expect(error).to.include({ hint: "try again; if it persists, contact the API's operators" });
      await server.firstClosed;
      expect(clock.pending()).to.equal(0);
    }
  });

  it('reports a connection that is reset', async () => {
    let requests = 0;
    const { url } = await listenForRequests((socket) => {
      requests++;
      socket.resetAndDestroy();
    });
    const error = await rejectionOf(createAttempt(url).run(readText));
    expect(requests).to.equal(1);
    expect(error).to.be.instanceOf(AttemptError).and.to.include({ phase: 'response' });
  });

  it('reports a refused connection', async () => {
    const { url, port } = await listen(() => undefined);
    await closeServers();
    for (const host of ['127.0.0.1', 'localhost']) {
      const { run, clock } = createAttempt(url.replace('127.0.0.1', host));
      const error = await rejectionOf(run(readText));
      expect(error).to.be.instanceOf(AttemptError).and.to.include({ phase: 'connect' });
      const { message } = error instanceof Error ? error : { message: '' };
      expect(message).to.match(/^GET http:\/\/\S+: cannot connect: [a-z ]+ \(\S+( \S+)?\)/);
      expect(message).to.contain(`:${port}`);
      expect(error).to.include({
        hint: 'check the URL (KRAKEN_API_URL) and your network connection',
      });
      expect(clock.pending()).to.equal(0);
    }
  });

  it('reports an unknown host', async () => {
    // The name is too long for DNS, so no name server is queried.
    const error = await rejectionOf(createAttempt(`http://${'a'.repeat(64)}.invalid/`).run(readText));
    expect(error).to.be.instanceOf(AttemptError).and.to.include({ phase: 'connect' });
    expect(error).to.have.property('message').that.contains(`: cannot connect: `);
  });

  it('reports a proxy that refuses to connect', async () => {
    const cause = new ProxyError('the proxy http://p:1 (--proxy) refused to connect', { status: 407 });
    const refuse = () => Promise.reject(new TypeError('fetch failed', { cause }));
    const { run } = createAttempt('https://kraken.test/', { fetch: refuse });
    expect(errorFields(await rejectionOf(run(readText)))).to.deep.equal({
      type: 'AttemptError',
      message: 'GET https://kraken.test/: the proxy http://p:1 (--proxy) refused to connect: it responded 407',
      hint: 'check the proxy URL (--proxy, HTTPS_PROXY) and its user name and password, or bypass the proxy with NO_PROXY',
    });
  });

  it('reports a server that does not speak TLS', async () => {
    const server = await listen((socket) => socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    const { run, clock } = createAttempt(server.url.replace('http:', 'https:'));
    const error = await rejectionOf(run(readText));
    expect(error).to.be.instanceOf(AttemptError).and.to.include({ phase: 'tls' });
    expect(error).to.have.property('message').that.contains(': the server does not speak TLS on this port');
    await server.firstClosed;
    expect(clock.pending()).to.equal(0);
  });
});

describe('attempt: the signal', () => {
  afterEach(closeServers);

  const reason = new Error('stop');

  it('prevents the request if it is already aborted', async () => {
    let connections = 0;
    const { url } = await listen(() => connections++);
    const { run, controller, clock } = createAttempt(url);
    controller.abort(reason);
    expect(await rejectionOf(run(readText))).to.equal(reason);
    expect([connections, clock.pending()]).to.deep.equal([0, 0]);
  });

  it('aborts the request before the headers', async () => {
    let ask: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => (ask = resolve));
    const server = await listenForRequests(ask);
    const { run, controller, clock } = createAttempt(server.url);
    const answered = rejectionOf(run(readText));
    await asked;
    controller.abort(reason);
    expect(await answered).to.equal(reason);
    await server.firstClosed;
    expect(clock.pending()).to.equal(0);
  });

  it('aborts the request within the body, with the reason of the signal', async () => {
    const server = await listenForRequests((socket) => socket.write(`${OK}content-length: 100\r\n\r\nstart`));
    const { run, controller, clock } = createAttempt(server.url);
    const error = await rejectionOf(
      run(async (answer) => {
        const chunks = answer.chunks()[Symbol.asyncIterator]();
        await chunks.next();
        const next = chunks.next();
        controller.abort(reason);
        await next;
      }),
    );
    expect(error).to.equal(reason);
    await server.firstClosed;
    expect(clock.pending()).to.equal(0);
  });

  it('has one listener, however many attempts there were', async () => {
    const { url } = await serve((_request, response) => response.end('[]'));
    const { run, controller } = createAttempt(url);
    for (let attempts = 0; attempts < 3; attempts++) expect(await run(readText)).to.equal('[]');
    expect(getEventListeners(controller.signal, 'abort')).to.have.length(1);
  });
});
