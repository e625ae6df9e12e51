import { expect } from 'chai';
import { Redis } from 'ioredis';
import { describe, it } from 'mocha';
import pg from 'pg';

import { fieldsOf, jsonLinesOf } from '../e2e/support/workspace.ts';
import { POSTGRES, REDIS } from './support/queue-servers.ts';
import { expectAllAccepted, withFleet } from './support/with-fleet.ts';

for (const backend of [REDIS, POSTGRES]) {
  describe(`a queue on ${backend.name}`, () => {
    before(function () {
      if (!backend.isInstalled()) this.skip();
    });

    it('that is away ends submit, runs and config check with 5, and lets a worker wait', async () => {
      await withFleet(backend, { sites: 2 }, async ({ api, workspace, env, server, startSubmit }) => {
        await server.kill('SIGKILL');
        const stderr =
          `error: cannot use the queue ${server.url}: connect ECONNREFUSED 127.0.0.1:${server.port}\n` +
          'hint: check the queue URL, and that the server is running\n';
        const failed = { code: 5, stdout: '', stderr };
        expect(await startSubmit().ended).to.deep.equal(failed);
        expect(await workspace.run(['runs'], { env })).to.deep.equal(failed);
        const check = await workspace.run(['config', 'check', '--format', 'json'], { env });
        expect(check.code).to.equal(5);
        const step = jsonLinesOf(check.stdout).find((each) => fieldsOf(each)['step'] === 'queue');
        expect(step).to.deep.include({ outcome: 'failed', code: 5 });

        const worker = workspace.start(['worker'], { env });
        await worker.until(() => worker.stderr().includes('cannot be reached'));
        await server.restart();
        await worker.until(() => worker.stderr().includes('waiting for jobs'));
        const { code, stdout } = await startSubmit().ended;
        expect(code).to.equal(0);
        expectAllAccepted(stdout, api);
        expect(worker.stderr().match(/cannot be reached/g)?.length).to.equal(1);
        worker.kill('SIGTERM');
        expect((await worker.ended).code).to.equal(0);
      });
    });

    it('is examined by config check: version, storage and workers', async () => {
      await withFleet(backend, { sites: 1 }, async ({ workspace, env, server, startWorker }) => {
        const check = async (): Promise<Readonly<Record<string, unknown>>> => {
          const { code, stdout } = await workspace.run(['config', 'check', '--format', 'json'], { env });
          expect(code).to.equal(0);
          const steps = jsonLinesOf(stdout).map((line) => fieldsOf(line));
          return Object.fromEntries(steps.map(({ step, message }) => [String(step), message]));
        };
        const before = await check();
        expect(before['queue']).to.match(new RegExp(`^${backend.name} \\d+\\.\\d.* at ${server.url}$`));
        expect(before['storage']).to.equal('keeps jobs and receipts');
        expect(before['workers']).to.equal('warning: none is connected');
        await Promise.all([startWorker(), startWorker()]);
        expect((await check())['workers']).to.equal('2 workers connected');
        await weaken(backend.name, server);
        expect((await check())['storage']).to.equal(
          backend === REDIS
            ? 'warning: maxmemory-policy is allkeys-lru, and must be noeviction: jobs could be evicted; ' +
                'appendonly is off: a restart of the server may lose jobs and receipts'
            : 'warning: fsync or synchronous_commit is off: a crash may lose jobs',
        );
      });
    });

    it('is paused for every worker after a 429 with Retry-After', async () => {
      let throttledAt = 0;
      const second: number[] = [];
      await withFleet(
        backend,
        {
          sites: 2,
          intercept: ({ url = '' }) => {
            const now = performance.now();
            if (url.endsWith('site-0000001')) second.push(now);
            if (throttledAt > 0) return undefined;
            throttledAt = now;
            return { status: 429, headers: { 'retry-after': '3' } };
          },
        },
        async ({ api, startWorker, startSubmit }) => {
          await startWorker();
          const submit = startSubmit('--batch', '1');
          await api.until(() => api.statuses.has(429));
          await startWorker();
          expect((await submit.ended).code).to.equal(0);
          // The first worker has the first job; the second worker is free all the time.
          expect(Math.min(...second) - throttledAt).to.be.above(2500);
        },
      );
    });
  });
}

/** Changes the settings of a server so that it could lose jobs. */
async function weaken(name: string, { port, url }: { readonly port: number; readonly url: string }): Promise<void> {
  if (name === REDIS.name) {
    const redis = new Redis(port, '127.0.0.1');
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await redis.config('SET', 'appendonly', 'no');
    redis.disconnect();
    return;
  }
  const client = new pg.Client(url);
  await client.connect();
  await client.query('ALTER SYSTEM SET synchronous_commit = off');
  await client.query('SELECT pg_reload_conf()');
  await client.end();
}
