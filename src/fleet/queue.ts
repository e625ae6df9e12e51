/**
 * The three BullMQ queues of a fleet, on Redis (or Valkey) or PostgreSQL. All keys, scripts and tables are BullMQ's own.
 *
 * - `kraken-outages`: one job for each batch of sites, with the id `RUN/NUMBER`.
 * - `kraken-outages-receipts`: a job with the same id, which nobody processes. Its log holds the receipts of the batch, one JSON
 *   object per line of an entry, and stays when the batch is cancelled. Appending is atomic, and every reader takes the first
 *   receipt of a site: it is the final one, also if a worker that was taken for dead comes back and appends another.
 * - `kraken-outages-runs`: one job for each run, with the id `run/RUN`; nobody processes it. As the first job of an id wins,
 *   it decides which list of sites a run has.
 *
 * In Redis the keys start with `bull:` and the name of the queue, without a TTL but for locks and rate limit;
 * `expireRuns` removes them. In PostgreSQL they are rows in the schema `bullmq`.
 */
import { once } from 'node:events';

import {
  type BackendFactory,
  createPostgresBackend,
  createRedisBackend,
  isPgPool,
  type IQueueBackend,
  Queue,
  runMigrations,
  Worker,
} from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';

import { describeQueue, queueServer } from '../config/queue-url.ts';
import { ConfigurationError, messageOf, UnreachableError } from '../domain/errors.ts';
import type { EventSink } from '../domain/events.ts';
import type { Clock } from '../platform/clock.ts';
import { abortable } from '../util/abort.ts';

const JOBS = 'kraken-outages';
const RECEIPTS = 'kraken-outages-receipts';
const RUNS = 'kraken-outages-runs';
const SCHEMA = 'bullmq';
const MAX_RECONNECT_DELAY_MS = 5000;
const CONNECT_TIMEOUT_MS = 10_000;
const RETRY_DELAY_MS = 500;
/** Workers that may die, or lose the queue, while they have a job, before BullMQ fails it: the job may be the cause. */
export const MAX_LOST_WORKERS = 11;
/** So many jobs a second that only a pause, which BullMQ's rate limit implements, is ever in force. */
const LIMITER = { max: 1_000_000_000, duration: 1000 };

type Connection = Redis | pg.Pool;
export type FleetQueue = Queue<unknown, unknown, string, unknown, unknown, string, IQueueBackend, Connection>;
export type FleetWorker = Worker<unknown, unknown, string, IQueueBackend, object, Connection>;
export type Processor = (job: FleetJob, token: string, signal: AbortSignal) => Promise<unknown>;

/** The parts of a BullMQ job that a worker uses. */
export interface FleetJob {
  readonly id: string;
  readonly data: unknown;
  moveToWait(token: string): Promise<unknown>;
}

export interface ServerFacts {
  /** Such as `Redis 7.0.15`. */
  readonly version: string;
  /** Settings with which jobs may be lost. */
  readonly warnings: readonly string[];
}

export interface Fleet {
  readonly jobs: FleetQueue;
  readonly receipts: FleetQueue;
  readonly runs: FleetQueue;
  /** Repeats an operation until the server is reachable. @throws what it throws otherwise; the signal's reason */
  readonly persist: <T>(operation: () => Promise<T>, signal: AbortSignal) => Promise<T>;
  readonly isReachable: () => boolean;
  readonly createWorker: (process: Processor, options: { readonly lockMs: number }) => FleetWorker;
  readonly inspect: () => Promise<ServerFacts>;
  /** Never throws. */
  readonly close: () => Promise<void>;
}

export interface OpenOptions {
  readonly clock: Clock;
  readonly emit: EventSink;
  /** Deadline and interrupts. */
  readonly signal: AbortSignal;
  /** Whether to wait for a server that cannot be reached, instead of giving up soon. */
  readonly isPatient?: boolean;
}

/**
 * Connects to the queue.
 * @throws {UnreachableError} if the server cannot be reached
 * @throws {ConfigurationError} if it refuses the user or password; the signal's reason
 */
export async function openFleet(url: string, { clock, emit, signal, isPatient = false }: OpenOptions): Promise<Fleet> {
  const name = describeQueue(url);
  let isReachable = true;
  let isSilent = !isPatient;
  const lost = (error: unknown): void => {
    if (isSilent || !isReachable || !isConnectionError(error)) return;
    isReachable = false;
    emit({
      type: 'notice',
      message: `the queue ${name} cannot be reached (${messageOf(error)})`,
      hint: 'trying again until it can',
    });
  };
  const found = (): void => {
    if (!isReachable) emit({ type: 'notice', message: `the queue ${name} can be reached again` });
    isReachable = true;
  };
  const pause = (milliseconds: number): Promise<void> =>
    abortable(new Promise<void>((resolve) => clock.after(milliseconds, resolve)), signal);
  const persist: Fleet['persist'] = async (operation, aborted) => {
    for (;;) {
      try {
        const result = await abortable(operation(), aborted);
        found();
        return result;
      } catch (error) {
        if (aborted.aborted || !(isConnectionError(error) || isConflict(error))) throw error;
        lost(error);
        await abortable(pause(RETRY_DELAY_MS), aborted);
      }
    }
  };

  const server = queueServer(url) === 'postgres' ? openPostgres(url, lost) : openRedis(url, lost, found);
  const ready = isPatient
    ? persist(server.ready, signal)
    : abortable(Promise.race([server.ready(), tooLate()]), signal);

  async function tooLate(): Promise<never> {
    await pause(CONNECT_TIMEOUT_MS);
    throw new Error(`no connection for ${CONNECT_TIMEOUT_MS / 1000} s`);
  }
  try {
    await ready;
  } catch (error) {
    await server.end();
    if (signal.aborted) throw error;
    throw connectionError(name, error);
  }

  isSilent = false;
  const { connection, backend } = server;
  const options = { connection, skipVersionCheck: true };
  const jobs: FleetQueue = new Queue(JOBS, options, backend);
  const receipts: FleetQueue = new Queue(RECEIPTS, options, backend);
  const runs: FleetQueue = new Queue(RUNS, options, backend);
  const queues = [jobs, receipts, runs];
  for (const queue of queues) queue.on('error', lost);
  const workers: FleetWorker[] = [];
  return {
    jobs,
    receipts,
    runs,
    persist,
    isReachable: () => isReachable,
    createWorker(process, { lockMs }) {
      const worker: FleetWorker = new Worker(
        JOBS,
        // BullMQ passes its signal only to a function with three parameters.
        (job, token, aborted) => process(toJob(job), token ?? '', toSignal(aborted)),
        {
          ...options,
          autorun: false,
          name: 'worker',
          limiter: LIMITER,
          lockDuration: lockMs,
          // Redis takes whole milliseconds only.
          stalledInterval: Math.max(500, Math.round(lockMs / 3)),
          maxStalledCount: MAX_LOST_WORKERS - 1,
          runRetryDelay: 1000,
          drainDelay: 2,
        },
        backend,
      );
      worker.on('error', (error: unknown) => {
        if (isConnectionError(error)) lost(error);
        else emit({ type: 'notice', message: `the queue reports: ${messageOf(error)}` });
      });
      worker.on('lockRenewalFailed', (ids: readonly string[]) => {
        for (const id of ids) worker.cancelJob(id, 'lock lost');
      });
      workers.push(worker);
      return worker;
    },
    inspect: server.inspect,
    async close() {
      await Promise.allSettled([
        ...workers.map((worker) => worker.close(true)),
        ...queues.map((queue) => queue.close()),
      ]);
      await server.end();
    },
  };
}

interface Server {
  readonly connection: Connection;
  readonly backend: BackendFactory<IQueueBackend, Connection>;
  readonly ready: () => Promise<unknown>;
  readonly inspect: () => Promise<ServerFacts>;
  readonly end: () => Promise<void>;
}

function openRedis(url: string, lost: (error: unknown) => void, found: () => void): Server {
  const redis = new Redis(url, {
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(MAX_RECONNECT_DELAY_MS, 50 * 2 ** Math.min(times, 10)),
    // A partition without a reset would go unnoticed for minutes.
    keepAlive: 5000,
  });
  redis.on('error', lost);
  redis.on('ready', found);
  return {
    connection: redis,
    backend: (name, opts, extra) => createRedisBackend(name, { ...opts, connection: redis }, extra),
    async ready() {
      if (redis.status !== 'ready') await once(redis, 'ready');
      await redis.ping();
    },
    async inspect() {
      const info = await redis.info();
      const read = (key: string): string => new RegExp(`^${key}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
      const valkey = read('valkey_version');
      const policy = read('maxmemory_policy');
      const isDurable = read('aof_enabled') === '1';
      return {
        version: valkey === '' ? `Redis ${read('redis_version')}` : `Valkey ${valkey}`,
        warnings: [
          ...(policy === 'noeviction'
            ? []
            : [`maxmemory-policy is ${policy}, and must be noeviction: jobs could be evicted`]),
          ...(isDurable ? [] : ['appendonly is off: a restart of the server may lose jobs and receipts']),
        ],
      };
    },
    end() {
      redis.disconnect();
      return Promise.resolve();
    },
  };
}

function openPostgres(url: string, lost: (error: unknown) => void): Server {
  const pool = new pg.Pool({
    connectionString: url,
    options: `-c search_path=${SCHEMA}`,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    // BullMQ counts connections with the name of the queue as workers.
    application_name: `${JOBS}-client`,
  });
  pool.on('error', lost);
  // BullMQ declares the interface of a pool itself.
  if (!isPgPool(pool)) throw new TypeError('BullMQ does not take this pool');
  return {
    connection: pool,
    backend: (name, opts, extra) => createPostgresBackend(name, { ...opts, connection: pool }, extra),
    async ready() {
      const client = await pool.connect();
      try {
        await runMigrations(client, SCHEMA);
      } finally {
        client.release();
      }
    },
    async inspect() {
      const { rows } = await pool.query<{ readonly version: string; readonly fsync: string; readonly commit: string }>(
        "SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit",
      );
      const [{ version, fsync, commit } = { version: '', fsync: 'on', commit: 'on' }] = rows;
      return {
        version: `PostgreSQL ${version}`,
        warnings:
          fsync === 'on' && commit !== 'off' ? [] : ['fsync or synchronous_commit is off: a crash may lose jobs'],
      };
    },
    end: () => pool.end().catch(() => undefined),
  };
}

function toJob(job: Omit<FleetJob, 'id'> & { readonly id?: string | undefined }): FleetJob {
  const { id = '', data } = job;
  return { id, data, moveToWait: (token) => job.moveToWait(token) };
}

/** BullMQ's signal may be of a class of its own. */
function toSignal(foreign: { addEventListener(type: 'abort', listener: () => void): void } | undefined): AbortSignal {
  const controller = new AbortController();
  foreign?.addEventListener('abort', () => {
    controller.abort();
  });
  return controller.signal;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Whether a later attempt may succeed. PostgreSQL's class 08 and 57P are connections and shutdowns. */
function isConnectionError(error: unknown): boolean {
  return (
    /^(E(CONN|HOST|NET|PIPE|TIMEDOUT|AI_)|ENOTFOUND|08|57P)/.test(codeOf(error)) ||
    /Connection (is closed|terminated|ended)|connection timeout|Client has encountered a connection error|Command timed out|LOADING|READONLY|MASTERDOWN/i.test(
      messageOf(error),
    )
  );
}

/** Two workers wrote at once: in PostgreSQL, BullMQ numbers the log of a job without a lock. */
function isConflict(error: unknown): boolean {
  return /^(23505|40)/.test(codeOf(error));
}

function isAccessError(error: unknown): boolean {
  return (
    /^(28|3D)/.test(codeOf(error)) ||
    /WRONGPASS|NOAUTH|NOPERM|invalid username-password|invalid password/i.test(messageOf(error))
  );
}

function connectionError(name: string, cause: unknown): Error {
  const reason = messageOf(cause) === '' ? codeOf(cause) : messageOf(cause);
  const message = `cannot use the queue ${name}: ${reason}`;
  if (isAccessError(cause))
    return new ConfigurationError(message, { cause, hint: 'check the user and the password in the queue URL' });
  return new UnreachableError(message, { cause, hint: 'check the queue URL, and that the server is running' });
}
