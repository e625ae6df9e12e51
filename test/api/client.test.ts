import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

import { expect } from 'chai';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import nock from 'nock';

import { type Client, type ClientOptions, createClient, type Submission } from '../../src/api/client.ts';
import { createIdIndex } from '../../src/api/json-reader/id-index.ts';
import { type Clock, systemClock } from '../../src/platform/clock.ts';
import type { AttemptEvent, RunEvent } from '../../src/domain/events.ts';
import { createFetch } from '../../src/api/http/create-fetch.ts';
import { createVirtualClock } from '../support/clock.ts';
import { rejectionOf, toldBy } from '../support/thrown.ts';
import { closeServers, listen, listenForRequests, serve } from '../support/servers.ts';
import '../support/unhandled.ts';

// It has taken over the HTTP client by being imported: not for the tests of other files.
nock.restore();

const ORIGIN = 'https://kraken.test';
const API = `${ORIGIN}/interview-tests-mock-api/v1`;
const KEY = 'sesame';
const fetch = createFetch(systemClock);
const TIMEOUT = 30_000;
const DRAIN = 1000;
/** The waits before the second attempt, the third, and so on. */
const WAITS = [200, 400, 800, 1600, 3200];
const MISFIT_HINT = 'check the URL (KRAKEN_API_URL) and its path; if they are right, ask those who run the API';
const SITE = { id: 's', name: 'S', devices: [{ id: 'a', name: 'A' }] };
const SITE_JSON = JSON.stringify(SITE);
const OK = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';

function record(id: string): string {
  return `{"id":"${id}","begin":"2022-05-23T12:21:27.377Z","end":"2022-11-13T02:16:38.905Z"}`;
}

function createOptions(apiUrl: string): Omit<ClientOptions, 'signal'> {
  return { apiUrl, apiKey: KEY, timeout: TIMEOUT, retries: 5, retryPost: 'always', deadlineAt: 120_000 };
}

/** A client on a clock on which waits are over at once, and what it told. */
function createWorld(options: Partial<ClientOptions> = {}) {
  const clock = createVirtualClock([TIMEOUT, DRAIN]);
  const events: RunEvent[] = [];
  const controller = new AbortController();
  const client = createClient(
    { ...createOptions(API), signal: controller.signal, ...options },
    { clock, random: () => 0.4, fetch },
    (event) => events.push(event),
  );
  const attempts = (): AttemptEvent[] => events.filter((event) => event.type === 'attempt');
  return { client, clock, events, attempts, controller };
}

/** Ids of the outages that are handed out, attempt by attempt. */
async function idsOf(client: Client, wanted?: readonly string[]) {
  const visitors: string[][] = [];
  const { visitor, tally } = await client.outages(wanted && createIdIndex(wanted), () => {
    const ids: string[] = [];
    visitors.push(ids);
    return { ids, element: ({ bytes }) => ids.push(/"id":"(\w*)"/.exec(Buffer.from(bytes).toString())?.[1] ?? '?') };
  });
  return { ids: visitor.ids, tally, visitors };
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function submit(client: Client, site = 's', text = '[]'): Promise<Submission> {
  return client.submit(site, { bytes: new TextEncoder().encode(text), sha256: sha256Of(text) });
}

/** The submission of a list that was answered 200 in the end. */
function acceptedAfter(attempts: number) {
  return { status: 200, attempts, wasAnswered: true, mayHaveBeenProcessed: false, error: undefined };
}

/** A submission with its error in words. */
function worded({ error, ...submission }: Submission): unknown {
  return { ...submission, error: toldBy(error) };
}

describe('client', () => {
  interface Request {
    readonly path: string;
    readonly headers: Readonly<Record<string, string | string[]>>;
    readonly body: unknown;
  }
  interface Reply {
    readonly status: number;
    readonly body?: string | Buffer;
    readonly headers?: Readonly<Record<string, string>>;
  }
  let requests: Request[] = [];

  /** Answers one request after another, whatever their paths; there is no answer to more. */
  function answer(method: 'GET' | 'POST', ...replies: readonly Reply[]): void {
    for (const { status, body = '', headers = {} } of replies) {
      nock(ORIGIN)
        .intercept(/.*/, method)
        .reply(function (path, sent) {
          requests.push({ path, headers: this.req.headers, body: sent });
          return [status, body, headers];
        });
    }
  }

  before(() => {
    nock.activate();
  });
  after(() => {
    nock.restore();
  });
  beforeEach(() => {
    requests = [];
    nock.disableNetConnect();
  });
  afterEach(() => {
    nock.cleanAll();
    nock.enableNetConnect();
  });

  describe('requests', () => {
    it('appends each path to that of the API', async () => {
      const { client } = createWorld();
      answer('GET', { status: 200, body: SITE_JSON }, { status: 200, body: '[]' });
      answer('POST', { status: 200, body: '{}' });
      await client.siteInfo('s');
      await idsOf(client);
      await submit(client);
      expect(requests.map(({ path }) => path)).to.deep.equal([
        '/interview-tests-mock-api/v1/site-info/s',
        '/interview-tests-mock-api/v1/outages',
        '/interview-tests-mock-api/v1/site-outages/s',
      ]);
    });

    it('never takes a part of a site id for a part of the URL', async () => {
      const { client } = createWorld();
      for (const [site, encoded] of [
        ['a/b c', 'a%2Fb%20c'],
        ['../outages', '..%2Foutages'],
        ['a?b#c', 'a%3Fb%23c'],
        ['a%2Fb', 'a%252Fb'],
        ['é', '%C3%A9'],
      ] as const) {
        answer('GET', { status: 200, body: SITE_JSON });
        answer('POST', { status: 200 });
        await client.siteInfo(site);
        await submit(client, site);
        expect(requests.splice(0).map(({ path }) => path.replace('/interview-tests-mock-api/v1', ''))).to.deep.equal([
          `/site-info/${encoded}`,
          `/site-outages/${encoded}`,
        ]);
      }
    });

    it('carry the key and what they take, and a list what it is', async () => {
      const { client } = createWorld();
      answer('GET', { status: 200, body: SITE_JSON }, { status: 200, body: '[]' });
      answer('POST', { status: 200 });
      await client.siteInfo('s');
      await idsOf(client);
      await submit(client, 's', '[{"id":"a"}]');
      for (const { headers } of requests) expect(headers).to.include({ 'x-api-key': KEY, accept: 'application/json' });
      const [info, outages, list] = requests;
      for (const request of [info, outages]) {
        expect(request?.headers).not.to.have.any.keys('content-type', 'idempotency-key', 'authorization', 'cookie');
        expect(request?.body).to.equal('');
      }
      expect(list?.headers).to.include({ 'content-type': 'application/json' });
      expect(list?.body).to.deep.equal([{ id: 'a' }]);
    });

    it('knock for the outages, and read none of them', async () => {
      const { client } = createWorld();
      answer('GET', { status: 200, body: 'not JSON' }, { status: 403 });
      await client.probe();
      expect(requests.map(({ path }) => path)).to.deep.equal(['/interview-tests-mock-api/v1/outages']);
      expect(toldBy(await rejectionOf(client.probe()))).to.include({ type: 'KeyRejectedError' });
    });

    it('are told of as they begin where there is much to wait for', async () => {
      const { client, events } = createWorld({ retries: 0 });
      answer('GET', { status: 200, body: SITE_JSON }, { status: 200, body: '' });
      await client.siteInfo('s');
      await rejectionOf(idsOf(client));
      expect(events.filter(({ type }) => type === 'progress')).to.deep.equal([
        { type: 'progress', task: 'outages', attempt: 1 },
      ]);
    });

    it('carry the same idempotency key for the same list of the same site, and another for any other', async () => {
      const { client } = createWorld();
      answer('POST', { status: 500 }, { status: 429 }, { status: 200 });
      await submit(client, 'a', '[]');
      answer('POST', { status: 200 }, { status: 200 }, { status: 200 }, { status: 200 });
      await submit(client, 'a', '[]');
      await submit(client, 'b', '[]');
      await submit(client, 'a', '12');
      await submit(client, 'a1', '2');
      const keys = requests.map(({ headers }) => headers['idempotency-key']);
      expect(keys.slice(0, 4)).to.deep.equal(Array(4).fill(sha256Of(`a\0${sha256Of('[]')}`)));
      expect(new Set(keys).size).to.equal(4);
    });
  });

  describe('statuses', () => {
    const KEY_HINT = 'check the key: KRAKEN_API_KEY, --api-key-file, or apiKey in a file';
    const final: readonly (readonly [reply: Reply, type: string, words: string, hint: string])[] = [
      [{ status: 401 }, 'KeyRejectedError', '401', KEY_HINT],
      [{ status: 403, body: '{"message":"Forbidden"}' }, 'KeyRejectedError', '403: "Forbidden"', KEY_HINT],
      [
        { status: 404, body: '{"message":"Site not found"}' },
        'RefusedError',
        '404: "Site not found"',
        'check the site id and the path of KRAKEN_API_URL',
      ],
      [{ status: 400, body: 'no' }, 'RefusedError', '400: "no"', 'only 200 OK counts'],
      [{ status: 201, body: SITE_JSON }, 'RefusedError', `201: "${SITE_JSON.slice(0, 80)}"`, 'only 200 OK counts'],
      [{ status: 204 }, 'RefusedError', '204', 'only 200 OK counts'],
      [{ status: 206, body: '[]' }, 'RefusedError', '206: "[]"', 'only 200 OK counts'],
      ...[301, 302, 303, 307, 308].map(
        (status) =>
          [
            { status, headers: { location: `${ORIGIN}/elsewhere` } },
            'RefusedError',
            `${status}, a redirect to "${ORIGIN}/elsewhere"`,
            'redirects are not followed, as the key would go along: set KRAKEN_API_URL to where the API is',
          ] as const,
      ),
    ];
    for (const [reply, type, words, hint] of final) {
      it(`${reply.status} is final for each endpoint`, async () => {
        const { client, clock } = createWorld();
        answer('GET', reply, reply);
        answer('POST', reply);
        const told = (where: string): unknown => ({ type, message: `${where}: the API answered ${words}`, hint });
        expect(toldBy(await rejectionOf(client.siteInfo('s')))).to.deep.equal(told(`GET ${API}/site-info/s`));
        expect(toldBy(await rejectionOf(idsOf(client)))).to.deep.equal(told(`GET ${API}/outages`));
        expect(worded(await submit(client))).to.deep.equal({
          status: reply.status,
          attempts: 1,
          wasAnswered: true,
          mayHaveBeenProcessed: false,
          error: told(`POST ${API}/site-outages/s`),
        });
        expect([requests.length, clock.waits, clock.pending()]).to.deep.equal([3, [], 0]);
      });
    }

    for (const status of [408, 425, 429, 500, 502, 503, 504]) {
      it(`${status} may pass, for each endpoint`, async () => {
        const { client, clock } = createWorld();
        answer('GET', { status }, { status: 200, body: SITE_JSON }, { status }, { status: 200, body: '[]' });
        answer('POST', { status }, { status: 200 });
        expect((await client.siteInfo('s')).info).to.deep.equal(SITE);
        expect((await idsOf(client)).ids).to.deep.equal([]);
        expect(await submit(client)).to.deep.equal(acceptedAfter(2));
        expect([clock.waits, clock.pending()]).to.deep.equal([[200, 200, 200], 0]);
      });
    }

    it('is an error in the end where it does not pass', async () => {
      const { client, clock } = createWorld({ retries: 2 });
      answer('GET', { status: 500 }, { status: 502 }, { status: 503, body: 'down' });
      expect(toldBy(await rejectionOf(client.siteInfo('s')))).to.deep.equal({
        type: 'AttemptError',
        message: `GET ${API}/site-info/s: the API answered 503: "down"`,
        hint: 'the fault is on its side: try again later',
      });
      expect(clock.waits).to.deep.equal([200, 400]);
    });

    it('is waited for as the API asks', async () => {
      const { client, clock } = createWorld();
      const date = new Date(clock.now() + 7000 + 60_000).toUTCString();
      answer('GET', { status: 429, headers: { 'retry-after': '7' } });
      answer('GET', { status: 503, headers: { 'retry-after': date } });
      answer('GET', { status: 503, headers: { 'retry-after': 'garbage' } });
      answer('GET', { status: 503, headers: { 'retry-after': '-5' } });
      answer('GET', { status: 200, body: SITE_JSON });
      await client.siteInfo('s');
      // A date is cut to whole seconds.
      expect(clock.waits).to.deep.equal([7000, 59_322, 800, 1600]);
    });

    it('ends the run where the API asks to come back after its deadline', async () => {
      const { client, clock } = createWorld();
      answer('GET', { status: 429, headers: { 'retry-after': '120' }, body: '{"message":"slow"}' });
      expect(toldBy(await rejectionOf(client.siteInfo('s')))).to.deep.equal({
        type: 'AttemptError',
        message: `GET ${API}/site-info/s: the API answered 429: "slow"; it asks to come back in 120 s, at 2026-01-02T03:06:05Z`,
        hint: 'that is after the deadline of this run: come back then, or allow more time with --deadline',
      });
      expect(clock.waits).to.deep.equal([]);
    });
  });

  describe('bodies', () => {
    const GET_SITE = `GET ${API}/site-info/s`;
    const GET_OUTAGES = `GET ${API}/outages`;
    const notJson: readonly [what: string, body: string | Buffer, site: string, outages: string][] = [
      [
        'nothing',
        '',
        'byte 0: expected more: the body ends too early',
        'byte 0: expected more: the body ends too early',
      ],
      [
        'half of one',
        '[{"id":"a',
        'byte 9: expected more: the body ends too early',
        'byte 9: expected more: the body ends too early',
      ],
      ['a web page', '<html>', 'byte 0: expected a value', 'byte 0: expected a value'],
      [
        'no UTF-8',
        Buffer.from('["é"]', 'latin1'),
        'byte 0: expected UTF-8 in the body',
        'byte 1: expected UTF-8 in record 0',
      ],
    ];
    for (const [what, body, site, outages] of notJson) {
      it(`is asked for again where it is ${what}`, async () => {
        const { client, clock } = createWorld({ retries: 1 });
        answer('GET', { status: 200, body }, { status: 200, body: SITE_JSON });
        answer('GET', { status: 200, body }, { status: 200, body: '[]' });
        expect((await client.siteInfo('s')).info).to.deep.equal(SITE);
        expect((await idsOf(client)).visitors).to.have.length(2);
        expect(clock.waits).to.deep.equal([200, 200]);

        answer('GET', ...Array.from({ length: 4 }, () => ({ status: 200, body })));
        expect(toldBy(await rejectionOf(client.siteInfo('s')))).to.deep.equal({
          type: 'NotJsonError',
          message: `${GET_SITE}: not JSON: ${site}`,
          hint: MISFIT_HINT,
        });
        expect(toldBy(await rejectionOf(idsOf(client)))).to.deep.equal({
          type: 'NotJsonError',
          message: `${GET_OUTAGES}: not JSON: ${outages}`,
          hint: MISFIT_HINT,
        });
      });
    }

    it('is not asked for again where it is JSON that does not fit', async () => {
      const { client, clock } = createWorld();
      answer('GET', { status: 200, body: '{}' }, { status: 200, body: '{}' });
      const site = await rejectionOf(client.siteInfo('s'));
      expect(toldBy(site)).to.deep.equal({
        type: 'InvalidDataError',
        message: `${GET_SITE}: devices: expected an array, received nothing`,
        hint: MISFIT_HINT,
      });
      expect(toldBy(await rejectionOf(idsOf(client)))).to.deep.equal({
        type: 'InvalidDataError',
        message: `${GET_OUTAGES}: expected an array, received an object`,
        hint: MISFIT_HINT,
      });
      expect([requests.length, clock.waits]).to.deep.equal([2, []]);
    });

    it('of a list that was answered 200 does not matter', async () => {
      for (const body of ['', '{}', '<html>', Buffer.of(0xff), '{"message":"no"}']) {
        const { client } = createWorld();
        answer('POST', { status: 200, body });
        expect(await submit(client)).to.deep.equal(acceptedAfter(1));
      }
    });

    it('of a site is kept as it was written', async () => {
      const { client } = createWorld();
      const json = JSON.stringify({ extra: 1, ...SITE }, null, 2);
      answer('GET', { status: 200, body: json });
      expect(await client.siteInfo('s')).to.deep.equal({ info: SITE, json });
    });

    it('of outages is narrowed to those that are wanted, and counted whole', async () => {
      const { client } = createWorld();
      const body = `[${['a', 'b', 'c', 'a'].map(record).join(',')},{"id":"d","begin":"x","end":"y"}]`;
      answer('GET', { status: 200, body }, { status: 200, body });
      expect(await idsOf(client, ['a', 'c'])).to.deep.include({
        ids: ['a', 'c', 'a'],
        tally: { records: 5, misfits: 1 },
      });
      expect(await idsOf(client)).to.deep.include({
        ids: ['a', 'b', 'c', 'a', 'd'],
        tally: { records: 5, misfits: 0 },
      });
    });

    it('is told of as it arrives, and of how much there will be', async () => {
      const { client, events } = createWorld();
      const body = `[${record('a')}]`;
      answer('GET', { status: 500 }, { status: 200, body, headers: { 'content-length': String(body.length) } });
      await idsOf(client);
      const progress = events.filter(({ type }) => type === 'progress');
      expect(progress.slice(0, 2)).to.deep.equal([
        { type: 'progress', task: 'outages', attempt: 1 },
        { type: 'progress', task: 'outages', attempt: 2 },
      ]);
      expect(progress.at(-1)).to.deep.equal({
        type: 'progress',
        task: 'outages',
        attempt: 2,
        bytes: body.length,
        records: 1,
        totalBytes: body.length,
      });
    });

    it('has no known size where it is compressed, or comes in chunks', async () => {
      const plain = `[${record('a')}]`;
      const body = gzipSync(plain);
      const headers = { 'content-length': String(body.length), 'content-encoding': 'gzip' };
      for (const reply of [{ body, headers }, { body: plain }]) {
        const { client, events } = createWorld();
        answer('GET', { status: 200, ...reply });
        expect((await idsOf(client)).ids).to.deep.equal(['a']);
        expect(events.filter(({ type }) => type === 'progress').at(-1)).to.deep.equal({
          type: 'progress',
          task: 'outages',
          attempt: 1,
          bytes: plain.length,
          records: 1,
        });
      }
    });
  });

  describe('what is told of attempts', () => {
    it('is each one, its ending, and when the next will be', async () => {
      const { client, attempts } = createWorld();
      answer('GET', { status: 503, body: 'down' }, { status: 200, body: 'x' }, { status: 200, body: SITE_JSON });
      await client.siteInfo('s');
      const event = { type: 'attempt', method: 'GET', url: `${API}/site-info/s`, milliseconds: 0 };
      expect(attempts()).to.deep.equal([
        { ...event, attempt: 1, status: 503, failure: 'the API answered 503: "down"', repeatedIn: 200 },
        {
          ...event,
          attempt: 2,
          status: 200,
          failure: 'not JSON: byte 0: expected a value',
          repeatedIn: 400,
        },
        { ...event, attempt: 3, status: 200 },
      ]);
    });

    it('is the end of all of them', async () => {
      const { client, attempts } = createWorld({ retries: 1 });
      answer('POST', { status: 500 }, { status: 400, body: '{"message":"no"}' });
      await submit(client);
      const event = { type: 'attempt', method: 'POST', url: `${API}/site-outages/s`, milliseconds: 0 };
      expect(attempts()).to.deep.equal([
        { ...event, attempt: 1, status: 500, failure: 'the API answered 500', repeatedIn: 200 },
        { ...event, attempt: 2, status: 400, failure: 'the API answered 400: "no"' },
      ]);
    });

    it('never holds the key', async () => {
      const { client, events } = createWorld({ retries: 1 });
      answer('GET', { status: 500 }, { status: 403 });
      const error = await rejectionOf(client.siteInfo('s'));
      expect(JSON.stringify([events, toldBy(error)])).not.to.contain(KEY);
    });
  });

  describe('submissions that are answered', () => {
    it('fail where it does not pass', async () => {
      const { client, clock } = createWorld();
      answer('POST', ...Array.from({ length: 6 }, () => ({ status: 500 })));
      expect(worded(await submit(client))).to.deep.equal({
        status: 500,
        attempts: 6,
        wasAnswered: true,
        mayHaveBeenProcessed: false,
        error: {
          type: 'AttemptError',
          message: `POST ${API}/site-outages/s: the API answered 500`,
          hint: 'the fault is on its side: try again later',
        },
      });
      expect(clock.waits).to.deep.equal(WAITS);
    });

    const policies: readonly [retryPost: ClientOptions['retryPost'], repeated: readonly number[]][] = [
      ['always', [408, 425, 429, 500, 502, 503, 504]],
      ['safe', [429, 503]],
      ['never', []],
    ];
    for (const [retryPost, repeated] of policies) {
      it(`are repeated ${retryPost} where so configured`, async () => {
        const seen: number[] = [];
        for (const status of [408, 425, 429, 500, 502, 503, 504]) {
          const { client } = createWorld({ retryPost });
          answer('POST', { status }, { status: 200 });
          const submission = await submit(client);
          if (submission.attempts === 2) seen.push(status);
          expect(submission.status).to.equal(submission.attempts === 2 ? 200 : status);
          expect(submission.error === undefined).to.equal(submission.attempts === 2);
          expect(submission.mayHaveBeenProcessed).to.equal(false);
          nock.cleanAll();
        }
        expect(seen).to.deep.equal(repeated);
      });
    }

    it('does not keep what is asked for from being repeated', async () => {
      const { client } = createWorld({ retryPost: 'never' });
      answer('GET', { status: 500 }, { status: 200, body: SITE_JSON });
      expect((await client.siteInfo('s')).info).to.deep.equal(SITE);
    });
  });
});

describe('client, over sockets', () => {
  afterEach(closeServers);

  /** A client of a server that handles one connection, one request, after another. */
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

  const fates: readonly [
    handlers: readonly ('lost' | 'reset' | number)[],
    options: Partial<ClientOptions>,
    submission: Omit<Submission, 'error'> & { readonly error: string | undefined },
  ][] = [
    [['lost', 200], {}, acceptedAfter(2)],
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
      ['lost', 429],
      { retries: 1 },
      { status: 429, attempts: 2, wasAnswered: true, mayHaveBeenProcessed: true, error: 'AttemptError' },
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
  for (const [handlers, options, submission] of fates) {
    it(`a list whose answers are ${handlers.join(', ')} (${JSON.stringify(options)})`, async () => {
      const { client, clock, connections } = await against(handlers, options);
      const { error, ...told } = await submit(client);
      expect({ ...told, error: error instanceof Error ? error.constructor.name : error }).to.deep.equal(submission);
      expect([connections(), clock.waits.length]).to.deep.equal([submission.attempts, submission.attempts - 1]);
      expect(clock.pending()).to.equal(0);
    });
  }

  it('a list whose answers are told of, each with its own status', async () => {
    const { client, attempts } = await against([500, 'lost', 400]);
    await submit(client);
    expect(attempts().map(({ status }) => status)).to.deep.equal([500, undefined, 400]);
  });

  it('a list that no connection took', async () => {
    const { url } = await listen(() => undefined);
    await closeServers();
    for (const [retryPost, attempts] of [
      ['always', 3],
      ['safe', 3],
      ['never', 1],
    ] as const) {
      const { client, attempts: told } = createWorld({ apiUrl: url, retries: 2, retryPost });
      expect(await submit(client)).to.deep.include({
        status: undefined,
        attempts,
        wasAnswered: false,
        mayHaveBeenProcessed: false,
      });
      expect(told().map((event) => 'status' in event)).to.deep.equal(Array(attempts).fill(false));
      expect(told()[0]?.failure).to.match(/^no connection: connect ECONNREFUSED /);
    }
  });

  it('a list that was lost, and whose server then went', async () => {
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
    expect(toldBy(submission.error)).to.have.property('message').that.contains('no connection');
  });

  it('a list whose answer does not come in time', async () => {
    let ask: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => (ask = resolve));
    const { url } = await listenForRequests(ask);
    const { client, clock } = createWorld({ apiUrl: url, retries: 0 });
    const submitted = submit(client);
    await asked;
    clock.expire(TIMEOUT);
    expect(worded(await submitted)).to.deep.equal({
      status: undefined,
      attempts: 1,
      wasAnswered: false,
      mayHaveBeenProcessed: true,
      error: {
        type: 'AttemptError',
        message: `POST ${url}/site-outages/s: no answer for 30 s`,
        hint: 'give it more time with --timeout, or try again later',
      },
    });
  });

  it('a list that is interrupted before, while and after it is sent', async () => {
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

    // Between two attempts: the first was answered.
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

  /** A client whose requests are refused by a text that never ends, and whose run ends while that is read. */
  async function stoppedWithinARefusal(reason: Error): Promise<Client> {
    const server = await listenForRequests((socket) =>
      socket.write('HTTP/1.1 400 Status\r\ncontent-length: 100\r\n\r\n{'),
    );
    const clock = createVirtualClock([TIMEOUT]);
    const controller = new AbortController();
    let timeouts = 0;
    const stopping: Clock = {
      ...clock,
      after(milliseconds, callback) {
        // The first is for the headers, the second for the body.
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

  it('a list that was refused, though the run ends while the text of the answer is read', async () => {
    const { error, ...told } = await submit(await stoppedWithinARefusal(new Error('stop')));
    expect({ ...told, error: error instanceof Error && error.name }).to.deep.equal({
      status: 400,
      attempts: 1,
      wasAnswered: true,
      mayHaveBeenProcessed: false,
      error: 'RefusedError',
    });
  });

  it('of what was asked for, nothing: the run ends for its own reason', async () => {
    const reason = new Error('stop');
    const client = await stoppedWithinARefusal(reason);
    expect(await rejectionOf(client.siteInfo('s'))).to.equal(reason);
  });

  it('a list that was accepted, though the rest of the answer never comes', async () => {
    const server = await listenForRequests((socket) => socket.write(`${OK}content-length: 100\r\n\r\n{`));
    const { client, clock } = createWorld({ apiUrl: server.url });
    const submitted = submit(client);
    await clock.held(DRAIN);
    clock.expire(DRAIN);
    expect(await submitted).to.deep.equal(acceptedAfter(1));
    await server.firstClosed;
    expect(clock.pending()).to.equal(0);
  });

  it('a list that was accepted, though the rest of the answer breaks off', async () => {
    const { url } = await listenForRequests((socket) => socket.end(`${OK}content-length: 100\r\n\r\n{`));
    const { client, clock } = createWorld({ apiUrl: url });
    expect(await submit(client)).to.deep.equal(acceptedAfter(1));
    expect(clock.pending()).to.equal(0);
  });

  it('outages and lists have a connection of their own, and site informations share one', async () => {
    const connections: unknown[] = [];
    const { url } = await serve((request, response) => {
      connections.push(`${request.url ?? ''} ${request.headers.connection ?? ''}`);
      request.resume();
      response.end(request.url === '/site-info/s' ? SITE_JSON : '[]');
    });
    const { client } = createWorld({ apiUrl: url });
    await client.siteInfo('s');
    await idsOf(client);
    await submit(client);
    expect(connections).to.deep.equal(['/site-info/s keep-alive', '/outages close', '/site-outages/s close']);
  });

  it('outages that break off are read anew, from their start, by a visitor of their own', async () => {
    const body = `[${record('a')},${record('b')}]`;
    const { url } = await listenForRequests((socket, number) => {
      if (number === 1) socket.end(`${OK}content-length: ${body.length}\r\n\r\n${body.slice(0, -20)}`);
      else if (number === 2) socket.end(`${OK}connection: close\r\n\r\n${body.slice(0, -1)}`);
      else if (number === 3) socket.end(`${OK}transfer-encoding: chunked\r\n\r\n5\r\n[{"id\r\n`);
      else socket.end(`${OK}connection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    });
    const { client, clock, attempts } = createWorld({ apiUrl: url });
    const { ids, visitors, tally } = await idsOf(client);
    expect(ids).to.deep.equal(['a', 'b']);
    expect(visitors).to.deep.equal([['a'], ['a', 'b'], [], ['a', 'b']]);
    expect(tally).to.deep.equal({ records: 2, misfits: 0 });
    expect(attempts().map(({ status, failure }) => [status, failure?.replace(/: .*/, '')])).to.deep.equal([
      [200, 'the body broke off'],
      [200, 'not JSON'],
      [200, 'the body broke off'],
      [200, undefined],
    ]);
    expect(clock.waits).to.deep.equal(WAITS.slice(0, 3));
    expect(clock.pending()).to.equal(0);
  });

  it('an error page that breaks off is an answer', async () => {
    const { url } = await listenForRequests((socket) =>
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 100\r\n\r\nForbidd'),
    );
    const { client, clock } = createWorld({ apiUrl: url });
    expect(toldBy(await rejectionOf(client.siteInfo('s')))).to.deep.include({
      type: 'KeyRejectedError',
      message: `GET ${url}/site-info/s: the API answered 403: "Forbidd"`,
    });
    expect(clock.waits).to.deep.equal([]);
  });

  it('the key goes nowhere but where it was told to go', async () => {
    const received: string[] = [];
    const elsewhere = await serve((request, response) => {
      received.push(request.url ?? '');
      response.end(SITE_JSON);
    });
    const { url } = await serve((_request, response) =>
      response.writeHead(307, { location: `${elsewhere.url}/x` }).end(),
    );
    const { client } = createWorld({ apiUrl: url });
    expect(toldBy(await rejectionOf(client.siteInfo('s')))).to.include({ type: 'RefusedError' });
    expect((await submit(client)).status).to.equal(307);
    expect(received).to.deep.equal([]);
  });
});
