/**
 * `npm run scale`: a distributed submit on Redis with 1, 2 and 4 workers, beside a plain submit and `xargs -P` over it.
 *
 *     npm run scale -- [sites] [milliseconds of latency] [sites per job] [requests at once per process]
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { Redis } from 'ioredis';

import { EXECUTABLE, inWorkspace, jsonLinesOf } from '../e2e/support/workspace.ts';
import { FLEET_KEY, startFleetApi } from '../fleet/support/fleet-api.ts';
import { REDIS } from '../fleet/support/queue-servers.ts';

const sites = Number(process.argv[2] ?? 20_000);
const latency = Number(process.argv[3] ?? 50);
const BATCH = Number(process.argv[4] ?? 500);
const CONCURRENCY = process.argv[5] ?? 'auto';
/** Far more than any measurement takes. */
const LONGEST_RUN_MS = 3_600_000;

const api = await startFleetApi({ sites, latency });
const server = await REDIS.start();
const redis = new Redis(server.port, '127.0.0.1');

function report(name: string, milliseconds: number, baseline: number): void {
  const rate = (sites / milliseconds) * 1000;
  const share = (baseline / milliseconds).toFixed(2);
  process.stdout.write(
    `${name.padEnd(28)} ${(milliseconds / 1000).toFixed(1)} s  ${Math.round(rate)} sites/s  ${share} x plain submit\n`,
  );
}

async function usedMemory(): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1] ?? 0);
}

await inWorkspace(async (workspace) => {
  const env = {
    KRAKEN_API_URL: api.url,
    KRAKEN_API_KEY: FLEET_KEY,
    KRAKEN_DEADLINE: '1h',
    KRAKEN_CONCURRENCY: CONCURRENCY,
  };
  const file = await workspace.write('sites.txt', api.sites.map((site) => `${site}\n`).join(''));
  const submit = async (...args: readonly string[]): Promise<number> => {
    const start = performance.now();
    const command = [EXECUTABLE, 'submit', '--sites-file', file, '--format', 'json', ...args];
    const options = { env: { ...process.env, ...env }, maxBuffer: 2 ** 30 };
    const { stdout } = await promisify(execFile)(process.execPath, command, options);
    if (jsonLinesOf(stdout).length !== sites) throw new Error('a receipt is missing');
    return performance.now() - start;
  };

  const plain = await submit();
  report('plain submit', plain, plain);
  for (const count of [1, 2, 4]) {
    const workers = Array.from({ length: count }, () =>
      workspace.start(['worker', '--queue', server.url], { env, timeout: LONGEST_RUN_MS }),
    );
    await Promise.all(workers.map((worker) => worker.until(() => worker.stderr().includes('waiting for jobs'))));
    const before = await usedMemory();
    report(`queue, ${count} worker(s)`, await submit('--queue', server.url, '--batch', String(BATCH)), plain);
    const perSite = ((await usedMemory()) - before) / sites;
    process.stdout.write(`${' '.repeat(28)} ${Math.round(perSite)} bytes of Redis memory a site\n`);
    for (const worker of workers) worker.kill('SIGTERM');
    await Promise.all(workers.map(({ ended }) => ended));
  }
  const lists = Array.from({ length: Math.ceil(sites / BATCH) }, (_, index) => join(workspace.path, `part-${index}`));
  await Promise.all(
    lists.map((path, index) => writeFile(path, api.sites.slice(index * BATCH, (index + 1) * BATCH).join('\n'))),
  );
  const start = performance.now();
  await workspace
    .shell(
      `printf '%s\\n' ${lists.join(' ')} | xargs -P 4 -I@ "$NODE" "$EXECUTABLE" submit --quiet --sites-file @ >/dev/null`,
      { env, timeout: LONGEST_RUN_MS },
    )
    .then(({ code, stderr }) => {
      if (code !== 0) throw new Error(stderr);
    });
  report('xargs -P 4 submit', performance.now() - start, plain);
});
redis.disconnect();
await Promise.all([server.close(), api.close()]);
