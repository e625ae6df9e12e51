import type { RandomSource } from '../world/random-source.ts';
import { API_URL } from '../world/paths.ts';
import type { World } from '../world/create-world.ts';
import { type Ending, reasonOf, streamOf } from './body-stream.ts';
import { drawDelivery } from './draw-delivery.ts';
import type { Delivery, RightAnswer } from './simulated-delivery.ts';
import type { Trace } from './trace.ts';
import type { VirtualTime } from './virtual-time.ts';

/** A request and its response. Times are milliseconds since the start of the run. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  /** Relative to the API URL; undefined for another origin. */
  readonly path: string | undefined;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
  /** The `redirect` option of the request. */
  readonly redirect: Request['redirect'];
  readonly startedAt: number;
  readonly delivery: Delivery;
  /** Whether the API has accepted the list. */
  readonly wasAccepted: boolean;
  /** The status and its arrival time, also on the wall clock. */
  answered: { readonly at: number; readonly wall: number; readonly status: number } | undefined;
  endedAt: number;
  ending: Ending;
}

export interface Network {
  readonly fetch: typeof globalThis.fetch;
  readonly exchanges: readonly Exchange[];
}

/** Simulates the API and the network. */
export function createNetwork(
  world: World,
  key: string,
  time: VirtualTime,
  random: RandomSource,
  trace: Trace,
): Network {
  const exchanges: Exchange[] = [];

  async function fetch(input: Parameters<typeof globalThis.fetch>[0], init?: RequestInit): Promise<Response> {
    const request = input instanceof Request ? input : new Request(input, init);
    request.signal.throwIfAborted();
    const body = request.body ? new Uint8Array(await request.arrayBuffer()) : new Uint8Array();
    const path = request.url.startsWith(`${API_URL}/`) ? request.url.slice(API_URL.length) : undefined;
    const right = answerTo(world, request.method, path, request.headers.get('x-api-key') === key);
    const { faultRates, settings } = world;
    const circumstances = { faults: faultRates.network, timeout: settings.timeout, now: time.clock.now(), key };
    const delivery = drawDelivery(right, circumstances, random);
    const number = exchanges.length + 1;
    const wasAccepted = right.kind === 'post' && right.status === 200 && delivery.reaches;
    const exchange: Exchange = {
      method: request.method,
      url: request.url,
      path,
      headers: new Map(request.headers),
      body,
      redirect: request.redirect,
      startedAt: time.elapsed(),
      delivery,
      wasAccepted,
      answered: undefined,
      endedAt: Infinity,
      ending: 'pending',
    };
    exchanges.push(exchange);
    trace.log(
      () => `request ${number}: ${request.method} ${request.url}: ${delivery.name}${wasAccepted ? ', accepted' : ''}`,
    );
    const end = (ending: Ending): void => {
      if (exchange.ending !== 'pending') return;
      exchange.ending = ending;
      exchange.endedAt = time.elapsed();
      trace.log(() => `request ${number}: ${ending}`);
    };

    await unlessAborted(request.signal, delivery.delay, time, end);
    if (delivery.phase !== 'headers') {
      end('failed');
      throw delivery.error;
    }
    const { status, headers, pieces, ending } = delivery;
    exchange.answered = { at: time.elapsed(), wall: time.clock.now(), status };
    trace.log(
      () =>
        `request ${number}: status ${status}${headers['retry-after'] ? `, retry-after ${headers['retry-after']}` : ''}`,
    );
    const hasBody = ![204, 205, 304].includes(status);
    if (!hasBody) end('whole');
    return new Response(hasBody ? streamOf(pieces, ending, request.signal, time, end) : null, { status, headers });
  }

  return { fetch, exchanges };
}

function answerTo(world: World, method: string, path: string | undefined, hasKey: boolean): RightAnswer {
  const [, endpoint = '', segment = ''] = /^\/([\w-]+)(?:\/([^/]*))?$/.exec(path ?? '') ?? [];
  const site = world.sites.find(({ id }) => encodeURIComponent(id) === segment);
  const kind = method === 'POST' ? 'post' : endpoint === 'outages' ? 'outages' : 'site-info';
  const refuse = (status: number, message: string): RightAnswer => ({
    kind,
    status,
    text: JSON.stringify({ message }),
  });
  if (!hasKey) return refuse(403, 'Forbidden');
  if (kind === 'outages') return { kind, status: 200, text: world.outagesText };
  if (site?.info === undefined) return refuse(404, 'Site not found');
  if (kind === 'site-info') return { kind, status: 200, text: site.info };
  return site.isAccepted ? { kind, status: 200, text: '{}' } : refuse(400, 'Unexpected outages received');
}

/** Waits; rejects like `fetch` if the signal is aborted. */
async function unlessAborted(
  signal: AbortSignal,
  milliseconds: number,
  time: VirtualTime,
  end: (ending: Ending) => void,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const callOff = milliseconds === Infinity ? () => undefined : time.later(milliseconds, arrive);
    function arrive(): void {
      signal.removeEventListener('abort', abort);
      resolve();
    }
    function abort(): void {
      callOff();
      end('given up');
      reject(reasonOf(signal));
    }
    signal.addEventListener('abort', abort);
  });
}
