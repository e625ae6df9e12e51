import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { listening } from '../../support/listening.ts';
import { KEY } from './workspace.ts';

/** A complete request that the API has received. */
export interface Received {
  readonly method: string;
  /** Relative to the base path. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Milliseconds on the monotonic clock. */
  readonly at: number;
}

/** Answers a request. */
export type Reply = (response: ServerResponse, request: Received) => void;

/** The replies to each `GET /outages`, `GET /site-info/alpha`, …, in order; the last one repeats. */
export type Script = Readonly<Record<string, readonly [Reply, ...Reply[]]>>;

export interface Api {
  /** With a base path. */
  readonly url: string;
  /** All requests, in order. */
  readonly requests: readonly Received[];
  /** URL and key, as environment variables. */
  readonly env: Readonly<Record<string, string>>;
  /** The requests of this method and path. */
  readonly to: (endpoint: string) => readonly Received[];
  /** Resolves after `count` requests of this method and path. */
  readonly receives: (endpoint: string, count?: number) => Promise<void>;
}

const BASE = '/some/where/v1';

/** Serves the script while the test runs; answers 404 to anything else. */
export async function withApi<T>(script: Script, use: (api: Api) => Promise<T>): Promise<T> {
  const requests: Received[] = [];
  let waiting: (() => void)[] = [];
  const to = (endpoint: string): readonly Received[] =>
    requests.filter(({ method, path }) => `${method} ${path}` === endpoint);

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => undefined);
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const path = url.startsWith(BASE) ? url.slice(BASE.length) : `outside ${url}`;
      const received = { method, path, headers, body: Buffer.concat(chunks).toString(), at: performance.now() };
      requests.push(received);
      const endpoint = `${method} ${path}`;
      const replies = script[endpoint] ?? [json({ message: 'Site not found' }, 404)];
      const reply = replies[Math.min(to(endpoint).length, replies.length) - 1];
      reply?.(response, received);
      for (const resolve of waiting.splice(0)) resolve();
    });
  });
  return listening(server, (port) => {
    const url = `http://127.0.0.1:${port}${BASE}`;
    return use({
      url,
      requests,
      env: { KRAKEN_API_URL: url, KRAKEN_API_KEY: KEY },
      to,
      async receives(endpoint, count = 1) {
        while (to(endpoint).length < count) {
          await new Promise<void>((resolve) => {
            waiting = [...waiting, resolve];
          });
        }
      },
    });
  });
}

export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Reply {
  return text(JSON.stringify(value), status, headers);
}

export function text(body: string, status = 200, headers: Readonly<Record<string, string>> = {}): Reply {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body);
  };
}

/** A response without a body. */
export function bare(status: number, headers: Readonly<Record<string, string>> = {}): Reply {
  return (response) => {
    response.writeHead(status, headers);
    response.end();
  };
}

/** Resets the connection after the request. */
export const reset: Reply = (response) => response.socket?.resetAndDestroy();

/** Never responds. */
export const hang: Reply = () => undefined;

/** Sends these bytes as they are and closes the connection. */
export function raw(bytes: string): Reply {
  return (response) => response.socket?.end(bytes);
}

/** Sends the start of a body and closes the connection. */
export function cut(start: string, framing: 'content-length' | 'close'): Reply {
  const head = {
    'content-length': `content-length: ${Buffer.byteLength(start) + 100}\r\n\r\n${start}`,
    close: `connection: close\r\n\r\n${start}`,
  };
  return raw(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${head[framing]}`);
}

/** Sends the start of a body and then nothing. */
export function stall(start: string): Reply {
  return (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write(start);
  };
}

export interface SiteData {
  readonly id: string;
  readonly name: string;
  readonly devices: readonly { readonly id: string; readonly name: string }[];
}

/** A site with two devices. */
export function site(id: string): SiteData {
  return {
    id,
    name: `The site ${id}`,
    devices: [
      { id: `${id}-1`, name: 'Battery 1' },
      { id: `${id}-2`, name: 'Battery 2' },
    ],
  };
}

const OLD = { begin: '2021-05-01T00:00:00.000Z', end: '2021-06-01T00:00:00.000Z' };
const NEW = { begin: '2022-05-01T10:20:30.400Z', end: '2022-05-01T12:20:30.400Z' };
const LATE = { begin: '2022-07-01T00:00:00.000Z', end: '2022-09-30T23:59:59.999Z' };

/** An outage as the API returns it. */
export type OutageData = Readonly<Record<'id' | 'begin' | 'end', string>>;

/** For each site two outages of its devices after the cutoff, one before it, and one of another device. */
export function outages(...ids: readonly string[]): readonly OutageData[] {
  return ids.flatMap((id) => [
    { id: `${id}-1`, ...OLD },
    { id: `${id}-2`, ...NEW },
    { id: `not-${id}-1`, ...NEW },
    { id: `${id}-1`, ...LATE },
  ]);
}

/** The correct list for the site. */
export function payload(id: string): string {
  return JSON.stringify([
    { id: `${id}-2`, name: 'Battery 2', ...NEW },
    { id: `${id}-1`, name: 'Battery 1', ...LATE },
  ]);
}

/** A script in which every request for these sites succeeds. */
export function healthy(...ids: readonly string[]): Script {
  return {
    'GET /outages': [json(outages(...ids))],
    ...Object.fromEntries(ids.map((id) => [`GET /site-info/${id}`, [json(site(id))]])),
    ...Object.fromEntries(ids.map((id) => [`POST /site-outages/${id}`, [json({})]])),
  };
}

/** A healthy API with the site alpha that accepts this key only. */
export function forKey(key: string): Script {
  return Object.fromEntries(
    Object.entries(healthy('alpha')).map(([endpoint, [reply]]): [string, readonly [Reply]] => [
      endpoint,
      [
        (response, request) => {
          const isRight = request.headers['x-api-key'] === key;
          (isRight ? reply : json({ message: 'Forbidden' }, 403))(response, request);
        },
      ],
    ]),
  );
}
