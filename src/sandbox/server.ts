import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

import { UsageError } from '../domain/errors.ts';
import { quote } from '../util/text.ts';
import {
  type SandboxResponse,
  BASE_PATH,
  createResponder,
  errorResponse,
  MAX_BODY_BYTES,
  type SandboxRequest,
  SANDBOX_KEY,
} from './responses.ts';
import { deliver } from './deliver.ts';
import type { Dataset } from './dataset.ts';
import { drawFault, type Fault, type FaultKind, type Faults } from './faults.ts';
import { createGeneratedDataset } from './generated-dataset.ts';
import { createSites } from './generated-sites.ts';
import { nanosecondsOf } from './nanoseconds.ts';
import { createRandom } from './random.ts';
import { createSmallDataset } from './small-dataset.ts';

export interface SandboxOptions {
  /** 0 for any free port. */
  readonly port: number;
  /** Number of sites. Default: the known sites. */
  readonly sites?: number;
  /** Number of records of `/outages`. Default: ten per site, or the small data set of 108 records if `sites` is absent. */
  readonly outages?: number;
  /** The same seed gives the same data and the same sequence of faults. */
  readonly seed: number;
  /** Milliseconds before each response. */
  readonly latency: number;
  readonly faults: Faults;
  /** RFC 3339. Lists of outages that began after it are accepted. */
  readonly cutoff: string;
  /** Whether outages that began exactly at the cutoff belong to the lists. */
  readonly cutoffInclusive: boolean;
  /** Called once for each request, after its response or fault. */
  readonly onServed?: (request: ServedRequest) => void;
}

/** A request and its outcome. */
export interface ServedRequest {
  readonly method: string;
  /** Path and query, without the base path of the endpoints. */
  readonly path: string;
  /** Without the key. */
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined if the client disconnected before a response, or a fault took its place. */
  readonly status: number | undefined;
  readonly fault: FaultKind | undefined;
  /** From the end of the request's head, including the latency. */
  readonly milliseconds: number;
}

export interface Sandbox {
  /** Base URL of the endpoints, without a trailing slash. */
  readonly url: string;
  /** The accepted key; not a secret. */
  readonly apiKey: string;
  /** Ids of its sites. */
  readonly sites: readonly string[];
  /** Closes all connections, and resolves when the port is free. */
  close(): Promise<void>;
}

const MAX_SITES = 1_000_000;
const OUTAGES_PER_SITE = 10;

// Long, because a client may reuse a connection just when the server closes it.
const KEEP_ALIVE_MS = 10 * 60_000;

/**
 * Starts a local mock of the API on 127.0.0.1.
 * @throws {UsageError} if an option is out of range or the port is in use, naming the flag
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { port, sites, outages, seed, latency, faults, cutoffInclusive, onServed } = options;
  const instant = nanosecondsOf(options.cutoff);
  if (instant === undefined) {
    throw new UsageError(`--cutoff: expected a time such as 2022-01-01T00:00:00Z, received ${quote(options.cutoff)}`);
  }
  requireWholeNumber('--port', port, 65_535);
  if (sites !== undefined) requireWholeNumber('--sites', sites, MAX_SITES);
  if (outages !== undefined) requireWholeNumber('--outages', outages, Number.MAX_SAFE_INTEGER);
  requireWholeNumber('--latency', latency, 2 ** 31 - 1);

  const dataset = createDataset(options);
  const respond = createResponder(dataset, { instant, inclusive: cutoffInclusive });
  const random = createRandom(~seed);

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    void handle(request, response, { respond, latency, fault: drawFault(faults, random), onServed });
  });
  let closing: Promise<void> | undefined;
  return {
    url: `http://127.0.0.1:${await listen(server, port)}${BASE_PATH}`,
    apiKey: SANDBOX_KEY,
    sites: dataset.sites.map(({ id }) => id),
    close: () => (closing ??= close(server)),
  };
}

function createDataset({ sites, outages, seed }: Pick<SandboxOptions, 'sites' | 'outages' | 'seed'>): Dataset {
  if (sites === undefined && outages === undefined) return createSmallDataset(seed);
  const known = sites === undefined ? undefined : createSites(sites);
  return createGeneratedDataset(outages ?? OUTAGES_PER_SITE * (sites ?? 0), seed, known);
}

function requireWholeNumber(flag: string, value: number, maximum: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= maximum) return;
  throw new UsageError(`${flag}: expected a whole number from 0 to ${maximum}, received ${value}`);
}

async function listen(server: Server, port: number): Promise<number> {
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const reason = code === 'EADDRINUSE' ? ': the port is in use' : '';
    throw new UsageError(`--port: cannot listen on 127.0.0.1:${port}${reason}`, {
      hint: 'choose another port, or --port 0 for any free port',
      cause,
    });
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

interface HandleOptions {
  readonly respond: (request: SandboxRequest) => SandboxResponse;
  readonly latency: number;
  readonly fault: Fault | undefined;
  readonly onServed: SandboxOptions['onServed'];
}

async function handle(request: IncomingMessage, response: ServerResponse, options: HandleOptions): Promise<void> {
  const { respond, latency, onServed } = options;
  const start = performance.now();
  const disconnected = new AbortController();
  response.once('close', () => {
    disconnected.abort();
  });
  try {
    const { method = '', url: target = '', headers } = request;
    const key = headers['x-api-key'];
    const body = await readBody(request);
    if (latency > 0) await wait(latency, undefined, { signal: disconnected.signal });

    // Only a POST can be processed without a response.
    const fault = options.fault?.kind === 'lost' && method !== 'POST' ? undefined : options.fault;
    const parsed = { method, target, key: typeof key === 'string' ? key : undefined, body };
    await deliver(response, respond(parsed), fault, disconnected.signal);
    onServed?.({
      method,
      path: target.startsWith(BASE_PATH) ? target.slice(BASE_PATH.length) : target,
      headers: withoutKey(headers),
      status: response.headersSent ? response.statusCode : undefined,
      fault: fault?.kind,
      milliseconds: performance.now() - start,
    });
  } catch (error) {
    // A client that disconnects, or a sandbox that closes, is not an error.
    if (disconnected.signal.aborted || request.errored) return;
    const reason = error instanceof Error ? error.message : String(error);
    await deliver(
      response,
      errorResponse(500, `internal error in the sandbox: ${reason}`),
      undefined,
      disconnected.signal,
    );
  }
}

function withoutKey(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const others = Object.entries(headers).filter(([name]) => name !== 'x-api-key');
  return Object.fromEntries(others.map(([name, value]) => [name, String(value)]));
}

/** Reads the body to its end; returns undefined if it is too large. */
async function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytesOf(request)) {
    length += chunk.length;
    if (length <= MAX_BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  return length <= MAX_BODY_BYTES ? Buffer.concat(chunks) : undefined;
}

async function* bytesOf(stream: AsyncIterable<unknown>): AsyncIterable<Uint8Array> {
  for await (const chunk of stream) {
    if (chunk instanceof Uint8Array) yield chunk;
  }
}
