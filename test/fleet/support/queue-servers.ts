import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

import { Redis } from 'ioredis';

import { hasProgram } from '../../e2e/support/workspace.ts';

const run = promisify(execFile);

/** A real server with a directory of its own. */
export interface QueueServer {
  readonly url: string;
  readonly port: number;
  /** Sends a signal to the server. */
  readonly kill: (signal: NodeJS.Signals) => Promise<void>;
  /** Starts it again on the same port and data. */
  readonly restart: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface QueueBackend {
  readonly name: string;
  readonly isInstalled: () => boolean;
  readonly start: () => Promise<QueueServer>;
}

export const REDIS: QueueBackend = {
  name: 'Redis',
  isInstalled: () => hasProgram('redis-server'),
  start: () => startRedis(),
};
export const POSTGRES: QueueBackend = {
  name: 'PostgreSQL',
  isInstalled: () => postgresPrograms() !== undefined,
  start: startPostgres,
};

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

async function until(attempt: () => Promise<unknown>): Promise<void> {
  for (const end = Date.now() + 20_000; ;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await wait(50);
    }
  }
}

/** Starts a Redis server that writes every change to its append-only file. */
export async function startRedis(more: readonly string[] = []): Promise<QueueServer> {
  const directory = await mkdtemp(join(tmpdir(), 'kraken-outages-redis-'));
  const port = await freePort();
  const settings = [
    '--save',
    '',
    '--appendonly',
    'yes',
    '--appendfsync',
    'always',
    '--maxmemory-policy',
    'noeviction',
    ...more,
  ];
  let child: ChildProcess;

  async function start(): Promise<void> {
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, ...settings];
    child = spawn('redis-server', args, { stdio: 'ignore' });
    await until(async () => {
      const redis = new Redis(port, '127.0.0.1', { lazyConnect: true, retryStrategy: () => null });
      redis.on('error', () => undefined);
      try {
        await redis.connect();
        // Rejects while the server loads its data.
        await redis.ping();
      } finally {
        redis.disconnect();
      }
    });
  }
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    async kill(signal) {
      const ended = once(child, 'exit');
      child.kill(signal);
      if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await ended;
    },
    restart: start,
    async close() {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }
      await rm(directory, { recursive: true });
    },
  };
}

/** Returns the directory of PostgreSQL's programs, and the command to run them with as another user than root. */
function postgresPrograms(): { readonly bin: string; readonly as: readonly string[] } | undefined {
  const root = '/usr/lib/postgresql';
  const bin = existsSync(root)
    ? readdirSync(root)
        .map((version) => join(root, version, 'bin'))
        .find((path) => existsSync(join(path, 'initdb')))
    : undefined;
  if (bin === undefined) return undefined;
  try {
    // PostgreSQL refuses root, and a user without an account.
    if (userInfo().uid !== 0) return { bin, as: [] };
    execFileSync('id', ['postgres'], { stdio: 'ignore' });
    return hasProgram('runuser') ? { bin, as: ['runuser', '-u', 'postgres', '--'] } : undefined;
  } catch {
    return undefined;
  }
}

async function startPostgres(): Promise<QueueServer> {
  const { bin, as } = postgresPrograms() ?? { bin: '', as: [] };
  const directory = await mkdtemp(join(tmpdir(), 'kraken-outages-postgres-'));
  if (as.length > 0) await run('chown', ['postgres', directory]);
  await chmod(directory, 0o700);
  const port = await freePort();
  const data = join(directory, 'data');
  const call = (program: string, ...args: readonly string[]): Promise<unknown> => {
    const [command = '', ...rest] = [...as, join(bin, program), ...args];
    return run(command, rest, { cwd: '/' });
  };
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c log_min_messages=fatal`;
  const start = async (): Promise<void> => {
    await call('pg_ctl', '-D', data, '-w', '-l', join(directory, 'log'), '-o', options, 'start');
  };
  await call('initdb', '-D', data, '-U', 'kraken', '-A', 'trust', '-E', 'UTF8', '--no-sync');
  await start();
  return {
    url: `postgres://kraken@127.0.0.1:${port}/postgres`,
    port,
    async kill(signal) {
      await call('pg_ctl', '-D', data, '-w', '-m', signal === 'SIGKILL' ? 'immediate' : 'fast', 'stop');
    },
    restart: start,
    async close() {
      await call('pg_ctl', '-D', data, '-w', '-m', 'immediate', 'stop').catch(() => undefined);
      await run('rm', ['-rf', directory]);
    },
  };
}
