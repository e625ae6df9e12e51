import { createHash } from 'node:crypto';

import { after, afterEach, before, beforeEach } from 'mocha';
import nock from 'nock';

import { type Client, type ClientOptions, createClient } from '../../../src/api/client.ts';
import { createFetch } from '../../../src/api/http/create-fetch.ts';
import { createIdIndex } from '../../../src/api/json-reader/id-index.ts';
import type { Submission } from '../../../src/api/submission.ts';
import type { AttemptEvent, RunEvent } from '../../../src/domain/events.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { createVirtualClock } from '../../support/clock.ts';
import { errorFields } from '../../support/thrown.ts';

// Importing nock patches the HTTP client, which tests in other files must not see.
nock.restore();

export const ORIGIN = 'https://kraken.test';
export const API = `${ORIGIN}/interview-tests-mock-api/v1`;
export const KEY = 'sesame';
export const fetch = createFetch(systemClock);
export const TIMEOUT = 30_000;
export const DRAIN = 1000;
/** The waits before the second attempt, the third, and so on. */
export const WAITS = [200, 400, 800, 1600, 3200];
export const INVALID_DATA_HINT = "check KRAKEN_API_URL and its path; if they are correct, contact the API's operators";
export const SITE = { id: 's', name: 'S', devices: [{ id: 'a', name: 'A' }] };
export const SITE_JSON = JSON.stringify(SITE);
export const OK = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';

export function record(id: string): string {
  return `{"id":"${id}","begin":"2022-05-23T12:21:27.377Z","end":"2022-11-13T02:16:38.905Z"}`;
}

export function createOptions(apiUrl: string): Omit<ClientOptions, 'signal'> {
  return { apiUrl, apiKey: KEY, timeout: TIMEOUT, retries: 5, retryPost: 'always', deadlineAt: () => 120_000 };
}

/** Creates a client with a clock whose waits end at once, and records its events. */
export function createWorld(options: Partial<ClientOptions> = {}, random = () => 0.4) {
  const clock = createVirtualClock([TIMEOUT, DRAIN]);
  const events: RunEvent[] = [];
  const controller = new AbortController();
  const client = createClient(
    { ...createOptions(API), signal: controller.signal, ...options },
    { clock, random, fetch },
    (event) => events.push(event),
  );
  const attempts = (): AttemptEvent[] => events.filter((event) => event.type === 'attempt');
  return { client, clock, events, attempts, controller };
}

/** Fetches the outages; returns their ids, and the ids that each attempt read. */
export async function idsOf(client: Client, wanted?: readonly string[]) {
  const visitors: string[][] = [];
  const { visitor, counts } = await client.outages(() => {
    const ids: string[] = [];
    visitors.push(ids);
    return {
      wanted: wanted && createIdIndex(wanted),
      ids,
      element: ({ bytes }) => ids.push(/"id":"(\w*)"/.exec(Buffer.from(bytes).toString())?.[1] ?? '?'),
    };
  });
  const { records, invalidSkipped } = counts;
  return { ids: visitor.ids, tally: { records, invalidSkipped }, visitors };
}

export function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function submit(client: Client, site = 's', text = '[]'): Promise<Submission> {
  const bytes = new TextEncoder().encode(text);
  return client.submit(site, { length: bytes.length, chunks: () => [bytes], sha256: sha256Of(text) });
}

/** Returns the submission of a list that was accepted after this many attempts. */
export function acceptedAfter(attempts: number) {
  return { status: 200, attempts, wasAnswered: true, mayHaveBeenProcessed: false, error: undefined };
}

/** Returns the submission with the fields of its error, for comparison. */
export function withErrorFields({ error, ...submission }: Submission): unknown {
  return { ...submission, error: errorFields(error) };
}

export interface SentRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: unknown;
}
export interface Reply {
  readonly status: number;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}
/** For use in a `describe`: has nock reply to the requests to {@link ORIGIN}, and record them. */
export function useNock() {
  const requests: SentRequest[] = [];

  /** Sends these replies in order, whatever the paths of the requests, and no others. */
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
    requests.length = 0;
    nock.disableNetConnect();
  });
  afterEach(() => {
    nock.cleanAll();
    nock.enableNetConnect();
  });

  return { requests, answer };
}
