import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

import { UsageError } from '../domain/errors.ts';
import { quote } from '../util/text.ts';
import {
  type SandboxResponse,
  BASE_PATH,
  createResponder,
  errorResponse,
  MAX_BODY,
  type SandboxRequest,
  SANDBOX_KEY,
} from './responses.ts';
import { deliver } from './deliver.ts';
import { drawFault, type Fault, type Faults } from './faults.ts';
import { createGeneratedDataset } from './generated-dataset.ts';
import { nanosecondsOf } from './nanoseconds.ts';
import { createRandom } from './random.ts';
import { createSmallDataset } from './small-dataset.ts';

export interface SandboxOptions {
  /** 0 for any free one. */
  readonly port: number;
  /** How many records `/outages` holds; where absent, a small world of 108 that a person can look through. */
  readonly outages?: number;
  /** The same seed gives the same data and the same sequence of faults. */
  readonly seed: number;
  /** Milliseconds before each answer. */
  readonly latency: number;
  readonly faults: Faults;
  /** RFC 3339; only outages that began after it are accepted. */
  readonly cutoff: string;
  /** Whether outages that began exactly at the cutoff are accepted as well. */
  readonly cutoffInclusive: boolean;
}

export interface Sandbox {
  /** What the endpoints' paths are appended to; ends without a slash. */
  readonly url: string;
  /** The one key that it accepts; no secret. */
  readonly apiKey: string;
  /** The ids of the sites that it knows. */
  readonly sites: readonly string[];
  /** Ends all connections at once, and resolves when the port is free. */
  close(): Promise<void>;
}

// A client must not find a connection closed that it has just chosen to use again.
const KEEP_ALIVE_MS = 10 * 60_000;

/**
 * Starts a local API that behaves like the real one, listening on 127.0.0.1 only.
 * @throws {UsageError} where an option is out of range or the port is taken, naming the flag
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { port, outages, seed, latency, faults, cutoffInclusive } = options;
  const instant = nanosecondsOf(options.cutoff);
  if (instant === undefined) {
    throw new UsageError(`--cutoff: expected a time such as 2022-01-01T00:00:00Z, received ${quote(options.cutoff)}`);
  }
  demandWhole('--port', port, 65_535);
  if (outages !== undefined) demandWhole('--outages', outages, Number.MAX_SAFE_INTEGER);
  demandWhole('--latency', latency, 2 ** 31 - 1);

  const world = outages === undefined ? createSmallDataset(seed) : createGeneratedDataset(outages, seed);
  const answer = createResponder(world, { instant, inclusive: cutoffInclusive });
  const random = createRandom(~seed);

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    void handle(request, response, { answer, latency, fault: drawFault(faults, random) });
  });
  let closing: Promise<void> | undefined;
  return {
    url: `http://127.0.0.1:${await listen(server, port)}${BASE_PATH}`,
    apiKey: SANDBOX_KEY,
    sites: world.sites.map(({ id }) => id),
    close: () => (closing ??= close(server)),
  };
}

function demandWhole(flag: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= most) return;
  throw new UsageError(`${flag}: expected a whole number from 0 to ${most}, received ${value}`);
}

/** Resolves to the port. */
async function listen(server: Server, port: number): Promise<number> {
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const why = code === 'EADDRINUSE' ? 'is taken' : 'cannot be listened on';
    throw new UsageError(`--port: port ${port} of 127.0.0.1 ${why}`, {
      hint: 'Choose another one, or --port 0 for any free one.',
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

interface Handling {
  readonly answer: (question: SandboxRequest) => SandboxResponse;
  readonly latency: number;
  readonly fault: Fault | undefined;
}

async function handle(request: IncomingMessage, response: ServerResponse, handling: Handling): Promise<void> {
  const { answer, latency } = handling;
  const gone = new AbortController();
  response.once('close', () => {
    gone.abort();
  });
  try {
    const { method = '', url: target = '', headers } = request;
    const key = headers['x-api-key'];
    const body = await readBody(request);
    if (latency > 0) await wait(latency, undefined, { signal: gone.signal });

    // Only what is posted can be taken without an answer.
    const fault = handling.fault?.kind === 'lost' && method !== 'POST' ? undefined : handling.fault;
    const question = { method, target, key: typeof key === 'string' ? key : undefined, body };
    await deliver(response, answer(question), fault, gone.signal);
  } catch (error) {
    // A client that leaves, or a sandbox that closes, is no failure.
    if (gone.signal.aborted || request.errored) return;
    const why = error instanceof Error ? error.message : String(error);
    await deliver(response, errorResponse(500, `The sandbox has a defect: ${why}`), undefined, gone.signal);
  }
}

/** The body, read to its end in any case; undefined where it is longer than allowed. */
async function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytesOf(request)) {
    length += chunk.length;
    if (length <= MAX_BODY) chunks.push(chunk);
    else chunks.length = 0;
  }
  return length <= MAX_BODY ? Buffer.concat(chunks) : undefined;
}

async function* bytesOf(stream: AsyncIterable<unknown>): AsyncIterable<Uint8Array> {
  for await (const chunk of stream) {
    if (chunk instanceof Uint8Array) yield chunk;
  }
}
