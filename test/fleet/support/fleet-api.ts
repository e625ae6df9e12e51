import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

import type { Dataset, SandboxOutage, SandboxSite } from '../../../src/sandbox/dataset.ts';
import { nanosecondsOf } from '../../../src/sandbox/nanoseconds.ts';
import { BASE_PATH, createResponder, SANDBOX_KEY, type SandboxResponse } from '../../../src/sandbox/responses.ts';

interface Injected {
  readonly status: number;
  readonly headers?: Record<string, string>;
}

export interface FleetApiOptions {
  readonly sites: number;
  /** Milliseconds before each response. */
  readonly latency?: number;
  /** Requests per second; more are answered with 429. */
  readonly rate?: number;
  /** Called for each request; its result is sent in place of the sandbox's response. */
  readonly intercept?: (request: IncomingMessage) => Injected | undefined | Promise<Injected | undefined>;
}

/** A POST as it arrived. */
export interface Post {
  readonly site: string;
  readonly status: number;
  readonly idempotencyKey: string;
}

/** An API with many sites. The sandbox judges each list, byte by byte. */
export interface FleetApi {
  readonly url: string;
  readonly sites: readonly string[];
  readonly posts: readonly Post[];
  /** Number of responses by status. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Resolves when the condition holds, checked after each response. */
  readonly until: (condition: () => boolean) => Promise<void>;
  readonly close: () => Promise<void>;
}

export const FLEET_KEY = SANDBOX_KEY;

/** Two devices each; every third site has outages at, before and after the cutoff, the others one. */
function siteOf(index: number): { readonly site: SandboxSite; readonly outages: readonly SandboxOutage[] } {
  const id = `site-${String(index).padStart(7, '0')}`;
  const devices = ['a', 'b'].map((name) => ({ id: `${id}-${name}`, name: `Battery ${name}` }));
  const begins =
    index % 3 === 0
      ? ['2021-12-31T23:59:59.999Z', '2022-01-01T00:00:00.000Z', '2022-01-01T00:00:00.001Z']
      : ['2022-05-23T12:21:27.377Z'];
  const outages = begins.map((begin, at) => ({
    id: `${id}-${at % 2 === 0 ? 'a' : 'b'}`,
    begin,
    end: '2022-11-13T02:16:38.905Z',
  }));
  return {
    site: { id, name: `Site ${index}`, devices },
    outages: outages.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)),
  };
}

export async function startFleetApi({ sites, latency = 0, rate, intercept }: FleetApiOptions): Promise<FleetApi> {
  const data = Array.from({ length: sites }, (_, index) => siteOf(index));
  const all = data.flatMap(({ outages }) => outages);
  const cutoff = { instant: nanosecondsOf('2022-01-01T00:00:00Z') ?? 0n, inclusive: false };
  const respondAll = createResponder(datasetOf([], all), cutoff);
  // One for each site, as the sandbox looks through all of its sites and outages for each list.
  const responders = new Map(
    data.map(({ site, outages }) => [site.id, createResponder(datasetOf([site], outages), cutoff)]),
  );
  const posts: Post[] = [];
  const statuses = new Map<number, number>();
  let waiting: (() => void)[] = [];
  let tokens = rate ?? 0;
  let filledAt = performance.now();

  function isThrottled(): boolean {
    if (rate === undefined) return false;
    const now = performance.now();
    // A burst of a tenth of a second.
    tokens = Math.min(Math.max(1, rate / 10), tokens + ((now - filledAt) / 1000) * rate);
    filledAt = now;
    if (tokens < 1) return true;
    tokens--;
    return false;
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
    if (latency > 0) await wait(latency);
    const { method = '', url: target = '', headers } = request;
    const site = decodeURIComponent(target.split('/').at(-1) ?? '');
    const special = isThrottled() ? { status: 429 } : await intercept?.(request);
    const key = headers['x-api-key'];
    const answer: Pick<SandboxResponse, 'status' | 'chunks'> = special
      ? { status: special.status, chunks: [Buffer.from('{"message":"Injected"}')] }
      : (responders.get(site) ?? respondAll)({
          method,
          target,
          key: typeof key === 'string' ? key : undefined,
          body: Buffer.concat(chunks),
        });
    if (method === 'POST')
      posts.push({ site, status: answer.status, idempotencyKey: String(headers['idempotency-key']) });
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    response.writeHead(answer.status, { 'content-type': 'application/json', ...special?.headers });
    for (const chunk of answer.chunks) response.write(chunk);
    response.end();
    for (const check of waiting) check();
  }

  const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}${BASE_PATH}`,
    sites: data.map(({ site }) => site.id),
    posts,
    statuses,
    async until(condition) {
      if (condition()) return;
      await new Promise<void>((resolve) => {
        const check = (): void => {
          if (!condition()) return;
          waiting = waiting.filter((other) => other !== check);
          resolve();
        };
        waiting.push(check);
      });
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function datasetOf(sites: readonly SandboxSite[], outages: readonly SandboxOutage[]): Dataset {
  return { sites, size: outages.length, outages: () => outages, siteOutages: () => outages };
}
