import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';

import { type Client, type ClientOptions, createClient } from '../../src/api/client.ts';
import type { Submission } from '../../src/api/submission.ts';
import type { Clock } from '../../src/platform/clock.ts';
import { createVirtualClock } from '../support/clock.ts';
import { closeServers, listen, listenForRequests, serve } from '../support/servers.ts';
import { rejectionOf, errorFields } from '../support/thrown.ts';
import '../support/unhandled.ts';
import {
  acceptedAfter,
  createOptions,
  createWorld,
  DRAIN,
  fetch,
  OK,
  submit,
  TIMEOUT,
  withErrorFields,
} from './support/client.ts';

describe('client: submissions', () => {
  afterEach(closeServers);

  /** Returns a client, and a server that handles one request per connection with these handlers in order. */
  async function against(
    handlers: readonly ('lost' | 'reset' | number)[],
    options: Partial<ClientOptions> = {},
  ): Promise<ReturnType<typeof createWorld> & { readonly connections: () => number }> {
    let connections = 0;
    const { url } = await listenForRequests((socket, number) => {
      connections = number;
      const handler = handlers[number - 1] ?? 'lost';
      if (handler === 'reset') socket.resetAndDestroy();
      else if (handler === 'lost') socket.end();
      else socket.end(`HTTP/1.1 ${handler} Status\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}`);
    });
    return { ...createWorld({ apiUrl: url, ...options }), connections: () => connections };
  }

  const outcomes: readonly (readonly [
    handlers: readonly ('lost' | 'reset' | number)[],
    options: Partial<ClientOptions>,
    submission: Omit<Submission, 'error'> & { readonly error: string | undefined },
  ])[] = [
    [['lost', 200], {}, acceptedAfter(2)],
    ...[408, 502, 504].map(
      (status) =>
        [
          [status],
          { retries: 0 },
          { status, attempts: 1, wasAnswered: true, mayHaveBeenProcessed: true, error: 'AttemptError' },
        ] as const,
    ),
    [[504, 200], {}, acceptedAfter(2)],
    [
      [504, 400],
      {},
      { status: 400, attempts: 2, wasAnswered: true, mayHaveBeenProcessed: false, error: 'RefusedError' },
    ],
    [
      [502, 403],
      {},
      { status: 403, attempts: 2, wasAnswered: true, mayHaveBeenProcessed: true, error: 'KeyRejectedError' },
    ],
    [
      [408, 500],
      { retries: 1 },
      { status: 500, attempts: 2, wasAnswered: true, mayHaveBeenProcessed: true, error: 'AttemptError' },
    ],
    [
      ['lost', 400],
      {},
      { status: 400, attempts: 2, wasAnswered: true, mayHaveBeenProcessed: false, error: 'RefusedError' },
    ],
    [
      ['reset', 403],
      {},
      { status: 403, attempts: 2, wasAnswered: true, mayHaveBeenProcessed: true, error: 'KeyRejectedError' },
    ],
    [
      ['lost', 302],
      {},
      { status: 302, attempts: 2, wasAnswered: true, mayHaveBeenProcessed: true, error: 'RefusedError' },
    ],
    [
      ['lost', 500],
      { retries: 1 },
      { status: 500, attempts: 2, wasAnswered: true, mayHaveBeenProcessed: true, error: 'AttemptError' },
    ],
    [
      ['lost', 429, 500],
      { retries: 1 },
      { status: 500, attempts: 3, wasAnswered: true, mayHaveBeenProcessed: true, error: 'AttemptError' },
    ],
    [
      [500, 'lost'],
      { retries: 1 },
      { status: undefined, attempts: 2, wasAnswered: true, mayHaveBeenProcessed: true, error: 'AttemptError' },
    ],
    [
      ['lost', 'lost'],
      { retries: 1 },
      { status: undefined, attempts: 2, wasAnswered: false, mayHaveBeenProcessed: true, error: 'AttemptError' },
    ],
    [['lost', 500, 500, 200], {}, acceptedAfter(4)],
    [
      ['lost', 200],
      { retries: 0 },
      { status: undefined, attempts: 1, wasAnswered: false, mayHaveBeenProcessed: true, error: 'AttemptError' },
    ],
    [
      ['lost', 200],
      { retryPost: 'safe' },
      { status: undefined, attempts: 1, wasAnswered: false, mayHaveBeenProcessed: true, error: 'AttemptError' },
    ],
    [
      [503, 'lost', 200],
      { retryPost: 'safe' },
      { status: undefined, attempts: 2, wasAnswered: true, mayHaveBeenProcessed: true, error: 'AttemptError' },
    ],
    [
      ['reset', 200],
      { retryPost: 'never' },
      { status: undefined, attempts: 1, wasAnswered: false, mayHaveBeenProcessed: true, error: 'AttemptError' },
    ],
  ];
  for (const [handlers, options, submission] of outcomes) {
    it(`reports a submission after the responses ${handlers.join(', ')} (${JSON.stringify(options)})`, async () => {
      const { client, clock, connections } = await against(handlers, options);
      const { error, ...rest } = await submit(client);
      expect({ ...rest, error: error instanceof Error ? error.constructor.name : error }).to.deep.equal(submission);
      expect([connections(), clock.waits.length]).to.deep.equal([submission.attempts, submission.attempts - 1]);
      expect(clock.pending()).to.equal(0);
    });
  }

  it('reports the status of each attempt', async () => {
    const { client, attempts } = await against([500, 'lost', 400]);
    await submit(client);
    expect(attempts().map(({ status }) => status)).to.deep.equal([500, undefined, 400]);
  });

  it('reports a list as not processed if the connection was refused', async () => {
    const { url } = await listen(() => undefined);
    await closeServers();
    for (const [retryPost, attempts] of [
      ['always', 3],
      ['safe', 3],
      ['never', 1],
    ] as const) {
      const { client, attempts: events } = createWorld({ apiUrl: url, retries: 2, retryPost });
      expect(await submit(client)).to.deep.include({
        status: undefined,
        attempts,
        wasAnswered: false,
        mayHaveBeenProcessed: false,
      });
      expect(events().map((event) => 'status' in event)).to.deep.equal(Array(attempts).fill(false));
      expect(events()[0]?.failure).to.match(/^cannot connect: connection refused \(127\.0\.0\.1:\d+\)$/);
    }
  });

  it('reports that a list may have been processed if the server disconnects', async () => {
    let close: () => void = () => undefined;
    const { url } = await listenForRequests((socket) => {
      close();
      socket.end();
    });
    const closed = new Promise<void>((resolve) => {
      close = () => {
        void closeServers().then(resolve);
      };
    });
    const { client } = createWorld({ apiUrl: url, retries: 1 });
    const submission = await submit(client);
    await closed;
    expect(submission).to.deep.include({
      status: undefined,
      attempts: 2,
      wasAnswered: false,
      mayHaveBeenProcessed: true,
    });
    expect(errorFields(submission.error)).to.have.property('message').that.contains('cannot connect');
  });

  it('reports that a list may have been processed if the response times out', async () => {
    let ask: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => (ask = resolve));
    const { url } = await listenForRequests(ask);
    const { client, clock } = createWorld({ apiUrl: url, retries: 0 });
    const submitted = submit(client);
    await asked;
    clock.expire(TIMEOUT);
    expect(withErrorFields(await submitted)).to.deep.equal({
      status: undefined,
      attempts: 1,
      wasAnswered: false,
      mayHaveBeenProcessed: true,
      error: {
        type: 'AttemptError',
        message: `POST ${url}/site-outages/s: no response for 30 s`,
        hint: 'allow more time with --timeout, or try again later',
      },
    });
  });

  it('reports how far an interrupted submission got', async () => {
    const reason = new Error('stop');
    const before = await against([200]);
    before.controller.abort(reason);
    expect(await submit(before.client)).to.deep.equal({
      status: undefined,
      attempts: 0,
      wasAnswered: false,
      mayHaveBeenProcessed: false,
      error: reason,
    });
    expect(before.attempts()).to.have.length(1);

    let ask: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => (ask = resolve));
    const { url } = await listenForRequests(ask);
    const { client, controller } = createWorld({ apiUrl: url });
    const submitted = submit(client);
    await asked;
    controller.abort(reason);
    expect(await submitted).to.deep.equal({
      status: undefined,
      attempts: 1,
      wasAnswered: false,
      mayHaveBeenProcessed: true,
      error: reason,
    });

    // Interrupted between two attempts, after a response to the first.
    const waiting = createVirtualClock('all');
    const stopping = new AbortController();
    const { url: failing } = await listenForRequests((socket) =>
      socket.end('HTTP/1.1 500 Status\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'),
    );
    const options = { ...createOptions(failing), signal: stopping.signal };
    const between = createClient(options, { clock: waiting, random: () => 0.4, fetch }, (event) => {
      if (event.type === 'attempt')
        setImmediate(() => {
          stopping.abort(reason);
        });
    });
    expect(await submit(between)).to.deep.equal({
      status: 500,
      attempts: 1,
      wasAnswered: true,
      mayHaveBeenProcessed: false,
      error: reason,
    });
    expect(waiting.pending()).to.equal(0);
  });

  /** Returns a client whose run is aborted while it reads the endless body of a 400. */
  async function stoppedWithinErrorText(reason: Error): Promise<Client> {
    const server = await listenForRequests((socket) =>
      socket.write('HTTP/1.1 400 Status\r\ncontent-length: 100\r\n\r\n{'),
    );
    const clock = createVirtualClock([TIMEOUT]);
    const controller = new AbortController();
    let timeouts = 0;
    const stopping: Clock = {
      ...clock,
      after(milliseconds, callback) {
        // The first timeout is for the headers, the second for the body.
        if (++timeouts === 2)
          setImmediate(() => {
            controller.abort(reason);
          });
        return clock.after(milliseconds, callback);
      },
    };
    const options = { ...createOptions(server.url), signal: controller.signal };
    return createClient(options, { clock: stopping, random: () => 0.4, fetch }, () => undefined);
  }

  it('reports a rejected list even if the run is aborted while the body of the response is read', async () => {
    const { error, ...rest } = await submit(await stoppedWithinErrorText(new Error('stop')));
    expect({ ...rest, error: error instanceof Error && error.name }).to.deep.equal({
      status: 400,
      attempts: 1,
      wasAnswered: true,
      mayHaveBeenProcessed: false,
      error: 'RefusedError',
    });
  });

  it('reports the abort if the run is aborted while the body of an error is read', async () => {
    const reason = new Error('stop');
    const client = await stoppedWithinErrorText(reason);
    expect(await rejectionOf(client.siteInfo('s'))).to.equal(reason);
  });

  it('accepts a list whose response stalls after its status', async () => {
    const server = await listenForRequests((socket) => socket.write(`${OK}content-length: 100\r\n\r\n{`));
    const { client, clock } = createWorld({ apiUrl: server.url });
    const submitted = submit(client);
    await clock.held(DRAIN);
    clock.expire(DRAIN);
    expect(await submitted).to.deep.equal(acceptedAfter(1));
    await server.firstClosed;
    expect(clock.pending()).to.equal(0);
  });

  it('accepts a list whose response is truncated after its status', async () => {
    const { url } = await listenForRequests((socket) => socket.end(`${OK}content-length: 100\r\n\r\n{`));
    const { client, clock } = createWorld({ apiUrl: url });
    expect(await submit(client)).to.deep.equal(acceptedAfter(1));
    expect(clock.pending()).to.equal(0);
  });

  /** Submits to a server that never answers the TLS handshake. */
  async function withoutHandshake(end: (world: ReturnType<typeof createWorld>) => void): Promise<Submission> {
    let accept: () => void = () => undefined;
    const accepted = new Promise<void>((resolve) => (accept = resolve));
    const { url } = await listen((socket) => {
      socket.on('data', accept);
    });
    const world = createWorld({ apiUrl: url.replace('http:', 'https:'), retries: 0 });
    const submitted = submit(world.client);
    await accepted;
    end(world);
    return submitted;
  }

  it('reports a list as not processed if no connection was established, whatever ended the wait', async () => {
    const reason = new Error('stop');
    const stopped = await withoutHandshake(({ controller }) => {
      controller.abort(reason);
    });
    const notSent = { status: undefined, attempts: 1, wasAnswered: false, mayHaveBeenProcessed: false };
    expect(stopped).to.deep.equal({ ...notSent, error: reason });
    const late = await withoutHandshake(({ clock }) => {
      clock.expire(TIMEOUT);
    });
    expect(late).to.deep.include(notSent);
    expect(errorFields(late.error))
      .to.have.property('message')
      .that.matches(/: no connection for 30 s$/);
    expect(late.error).to.include({ phase: 'connect' });
  });

  it('reports that a list may have been processed after a 200 that arrives before the list is sent', async () => {
    // Larger than the socket buffers of the kernel.
    const list = `[${' '.repeat(32_000_000)}]`;
    const { url } = await listen((socket) => {
      socket.once('data', () => {
        socket.pause();
        socket.write(`${OK}content-length: 2\r\n\r\n{}`);
      });
    });
    const { client } = createWorld({ apiUrl: url, retries: 0 });
    const { error, ...rest } = await submit(client, 's', list);
    expect(rest).to.deep.equal({ status: undefined, attempts: 1, wasAnswered: false, mayHaveBeenProcessed: true });
    expect(errorFields(error))
      .to.have.property('message')
      .that.contains('a response (200) arrived before the request was sent');
  });

  it('accepts an error response that arrives before the list is sent', async () => {
    const { url } = await listen((socket) => {
      socket.once('data', () => {
        socket.pause();
        socket.write('HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n');
      });
    });
    const { client } = createWorld({ apiUrl: url, retries: 0 });
    const { error, ...rest } = await submit(client, 's', `[${' '.repeat(32_000_000)}]`);
    expect(rest).to.deep.equal({ status: 413, attempts: 1, wasAnswered: true, mayHaveBeenProcessed: false });
    expect(errorFields(error)).to.include({ type: 'RefusedError' });
  });

  it('shows a status outside the range of HTTP, and retries it', async () => {
    const { client, attempts } = await against([600, 999, 200]);
    expect(await submit(client)).to.deep.equal(acceptedAfter(3));
    expect(attempts().map(({ status }) => status)).to.deep.equal([600, 999, 200]);
    expect(attempts()[0]?.failure).to.equal('the API answered 600: "{}"');
  });

  it('does not send a list if too little time is left before the deadline', async () => {
    const { client, connections } = await against([200], { deadlineAt: () => -1 });
    const { error, ...submission } = await submit(client);
    expect(errorFields(error)).to.deep.equal({
      type: 'UnreachableError',
      message: 'the deadline is too near to send the list and wait for the response',
      hint: 'allow more time with --deadline, or try again later',
    });
    expect(submission).to.deep.include({ attempts: 0, wasAnswered: false, mayHaveBeenProcessed: false });
    expect(connections()).to.equal(0);
  });

  it('does not retry a list if too little time is left, and reports the last error', async () => {
    // The virtual clock starts at 1000 and advances only with waits; the wait of the rate limiter is longer than 1 ms.
    const { client, connections } = await against([429, 200], { deadlineAt: () => 1001 });
    const { error, attempts } = await submit(client);
    expect(error).to.match(/the API answered 429/);
    expect([attempts, connections()]).to.deep.equal([1, 1]);
  });

  it('requests another key once if the API rejects the key, and uses it', async () => {
    const keys: unknown[] = [];
    const { url } = await serve(({ headers }, response) => {
      keys.push(headers['x-api-key']);
      response.writeHead(headers['x-api-key'] === 'right-key' ? 200 : 403).end('{}');
    });
    let questions = 0;
    const { client } = createWorld({
      apiUrl: url,
      renewKey() {
        questions += 1;
        return Promise.resolve('right-key');
      },
    });
    const submissions = await Promise.all([submit(client, 'a'), submit(client, 'b')]);
    expect(submissions.map(({ status }) => status)).to.deep.equal([200, 200]);
    expect(questions).to.equal(1);
    expect(keys.filter((key) => key === 'right-key')).to.have.length(2);
  });

  it('fails with the rejection if there is no other key', async () => {
    const { client, connections } = await against([403, 403], { renewKey: () => Promise.resolve(undefined) });
    expect((await submit(client)).error).to.match(/the API answered 403/);
    expect(connections()).to.equal(1);
  });
});
