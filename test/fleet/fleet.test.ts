import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'chai';
import { Redis } from 'ioredis';
import { describe, it } from 'mocha';

import { startInTerminal } from '../e2e/support/terminal.ts';
import { fieldsOf, hasProgram, jsonLinesOf, linesOf } from '../e2e/support/workspace.ts';
import { FLEET_KEY } from './support/fleet-api.ts';
import { POSTGRES, REDIS } from './support/queue-servers.ts';
import { expectAllAccepted, withFleet } from './support/with-fleet.ts';

for (const backend of [REDIS, POSTGRES]) {
  describe(`a distributed submit on ${backend.name}`, () => {
    before(function () {
      if (!backend.isInstalled()) this.skip();
    });

    for (const workers of [1, 2, 4]) {
      it(`submits every site once with ${workers === 1 ? '1 worker' : `${workers} workers`}`, async () => {
        await withFleet(backend, { sites: 60 }, async ({ api, startWorker, startSubmit }) => {
          await Promise.all(Array.from({ length: workers }, () => startWorker()));
          const { code, stdout, stderr } = await startSubmit('--batch', '10').ended;
          expect(code).to.equal(0);
          expect(stderr).to.match(/^note: started the run (\S+)\n {2}to attach to it, give --run \1\n/);
          expectAllAccepted(stdout, api);
          expect(api.posts.length).to.equal(60);
        });
      });
    }

    it('hands the job of a killed worker to another, which skips the sites that have a receipt', async () => {
      await withFleet(backend, { sites: 200, latency: 20 }, async ({ api, startWorker, startSubmit }) => {
        const killed = await startWorker('--concurrency', '4');
        const submit = startSubmit('--batch', '200');
        await api.until(() => api.posts.length >= 60);
        killed.kill('SIGKILL');
        await killed.ended;
        await startWorker();
        const { code, stdout } = await submit.ended;
        expect(code).to.equal(0);
        expectAllAccepted(stdout, api);
        const again = api.posts.filter(({ site }, index) => api.posts.findIndex((post) => post.site === site) < index);
        // Only those that were under way or not yet recorded.
        expect(again.length).to.be.below(20);
        const keys = new Map(api.posts.map(({ site, idempotencyKey }) => [site, idempotencyKey]));
        for (const { site, idempotencyKey } of again) expect(idempotencyKey).to.equal(keys.get(site));
      });
    });

    it('attaches to a run of the same id, and refuses other sites under it', async () => {
      await withFleet(backend, { sites: 30 }, async ({ api, workspace, env, startWorker, startSubmit }) => {
        await startWorker();
        const first = await startSubmit('--run', 'nightly').ended;
        const second = await startSubmit('--run', 'nightly').ended;
        expect(second.stdout).to.equal(first.stdout);
        expect(second.code).to.equal(0);
        expect(second.stderr).to.match(/^note: attached to the run nightly\n/);
        expect(api.posts.length).to.equal(30);
        const other = await workspace.run(['submit', '--site', 'site-0000001', '--run', 'nightly'], { env });
        expect(other).to.deep.equal({
          code: 2,
          stdout: '',
          stderr:
            'error: --run: the run nightly exists, and has another list of sites\n' +
            'hint: choose another id, or give the same arguments\n',
        });
        const runs = await workspace.run(['runs', '--format', 'json'], { env });
        expect(fieldsOf(jsonLinesOf(runs.stdout)[0])).to.deep.include({
          run: 'nightly',
          state: 'finished',
          sites: 30,
          outcomes: { accepted: 30 },
        });
        const receipts = await workspace.run(['runs', 'nightly', '--format', 'json'], { env });
        expect([...linesOf(receipts.stdout)].sort()).to.deep.equal([...linesOf(first.stdout)].sort());
      });
    });

    it('is one run for two submits that start it at the same time', async () => {
      await withFleet(backend, { sites: 40 }, async ({ api, startWorker, startSubmit }) => {
        await Promise.all([startWorker(), startWorker()]);
        // Different batches would be different jobs: the first submit decides for both.
        const submits = [startSubmit('--run', 'twice', '--batch', '7'), startSubmit('--run', 'twice', '--batch', '5')];
        for (const { code, stdout } of await Promise.all(submits.map(({ ended }) => ended))) {
          expect(code).to.equal(0);
          expectAllAccepted(stdout, api);
        }
        expect(api.posts.length).to.equal(40);
      });
    });

    it('gives the rest of a job back when its worker is stopped, which ends within 10 s', async () => {
      await withFleet(backend, { sites: 200, latency: 20 }, async ({ api, startWorker, startSubmit }) => {
        const stopped = await startWorker('--concurrency', '4');
        const submit = startSubmit('--batch', '200');
        await api.until(() => api.posts.length >= 40);
        const start = performance.now();
        stopped.kill('SIGTERM');
        const { code, stderr } = await stopped.ended;
        expect(performance.now() - start).to.be.below(10_000);
        expect({ code, stderr }).to.deep.include({ code: 0 });
        expect(stderr).to.include('stopping: the rest of the current job goes back to the queue');
        await startWorker();
        const result = await submit.ended;
        expect(result.code).to.equal(0);
        expectAllAccepted(result.stdout, api);
        // At a site boundary: nothing was sent twice.
        expect(api.posts.length).to.equal(200);
      });
    });

    it('keeps the receipts of a job that a stopped worker gave back when submit cancels it', async () => {
      await withFleet(
        backend,
        { sites: 60, latency: 20 },
        async ({ api, workspace, env, startWorker, startSubmit }) => {
          const stopped = await startWorker('--concurrency', '2');
          const submit = startSubmit('--batch', '60', '--run', 'kept');
          await api.until(() => api.posts.length >= 20);
          stopped.kill('SIGTERM');
          await stopped.ended;
          const sent = api.posts.length;
          submit.kill('SIGINT');
          const cancelled = await submit.ended;
          expect(cancelled.code).to.equal(130);
          const outcomes = jsonLinesOf(cancelled.stdout).map((line) => fieldsOf(line)['outcome']);
          expect(outcomes.filter((outcome) => outcome === 'accepted').length).to.equal(sent);
          // A stopped worker does not say whether a list was under way.
          expect(outcomes.filter((outcome) => outcome === 'unknown').length).to.equal(60 - sent);
          const stored = await workspace.run(['runs', 'kept', '--format', 'json'], { env });
          expect(jsonLinesOf(stored.stdout).length).to.equal(sent);
          const runs = await workspace.run(['runs', '--format', 'json'], { env });
          expect(fieldsOf(jsonLinesOf(runs.stdout)[0])).to.deep.include({
            state: 'cancelled',
            outcomes: { accepted: sent },
          });
          await startWorker();
          const again = await startSubmit('--run', 'kept').ended;
          expect(again.code).to.equal(0);
          expectAllAccepted(again.stdout, api);
          expect(api.posts.length).to.equal(60);
        },
      );
    });
  });
}

describe('a distributed submit', () => {
  before(function () {
    if (!REDIS.isInstalled()) this.skip();
  });

  it('cancels the jobs that no worker has on Ctrl-C, and says so for each site', async () => {
    await withFleet(REDIS, { sites: 200, latency: 50 }, async ({ api, startWorker, startSubmit }) => {
      await startWorker('--concurrency', '2');
      const submit = startSubmit('--batch', '50', '--run', 'stopped');
      await submit.until(() => submit.stdout().includes('accepted'));
      submit.kill('SIGINT');
      const { code, stdout } = await submit.ended;
      expect(code).to.equal(130);
      const receipts = jsonLinesOf(stdout).map((line) => fieldsOf(line));
      expect(receipts.map(({ site }) => site)).to.deep.equal(api.sites);
      const outcomes = receipts.map(({ outcome }) => outcome);
      expect(outcomes.slice(50).every((outcome) => outcome === 'not-sent')).to.equal(true);
      expect(new Set(outcomes.slice(0, 50))).to.deep.equal(new Set(['accepted', 'unknown']));
      await api.until(() => api.posts.length === 50);
      // The same id does the rest.
      const again = await startSubmit('--batch', '50', '--run', 'stopped').ended;
      expect(again.code).to.equal(0);
      expectAllAccepted(again.stdout, api);
    });
  });

  it('goes on when submit is killed, and shows every receipt to the next one', async () => {
    await withFleet(REDIS, { sites: 100, latency: 20 }, async ({ api, startWorker, startSubmit }) => {
      await startWorker('--concurrency', '4');
      const killed = startSubmit('--batch', '20', '--run', 'killed');
      await killed.until(() => killed.stdout().includes('accepted'));
      killed.kill('SIGKILL');
      await api.until(() => api.posts.length === 100);
      const { code, stdout } = await startSubmit('--run', 'killed').ended;
      expect(code).to.equal(0);
      expectAllAccepted(stdout, api);
      expect(api.posts.length).to.equal(100);
    });
  });

  it('keeps the key and the password out of the queue and all output', async () => {
    await withFleet(REDIS, { sites: 5 }, async ({ workspace, env, server, startWorker, startSubmit }) => {
      const redis = new Redis(server.port, '127.0.0.1');
      try {
        await redis.config('SET', 'requirepass', 'queue-Passw0rd');
        const url = `redis://:queue-Passw0rd@127.0.0.1:${server.port}`;
        await writeFile(join(workspace.path, 'queue'), url, { mode: 0o600 });
        const wrong = await workspace.run(['runs', '--queue', url.replace('0rd', '0rd-wrong')], { env });
        expect(wrong.code).to.equal(3);
        const worker = await startWorker('--verbose', '--queue', 'file:queue');
        const submit = await startSubmit('--queue', 'file:queue').ended;
        expect(submit.code).to.equal(0);
        const shown = await workspace.run(['config', 'show', '--queue', 'file:queue'], { env });
        expect(shown.stdout).to.include(`redis://:***@127.0.0.1:${server.port}`);
        const stored = await dump(redis);
        expect(stored).to.include('site-0000001');
        expect(stored).to.not.include(FLEET_KEY);
        for (const text of [worker.stderr(), submit.stdout, submit.stderr, shown.stdout, wrong.stderr]) {
          expect(text).to.not.include('Passw0rd');
        }
      } finally {
        redis.disconnect();
      }
    });
  });

  it('reports a job that a worker for another API has refused', async () => {
    await withFleet(REDIS, { sites: 2 }, async ({ api, startWorker, startSubmit }) => {
      await startWorker('--api-url', 'http://127.0.0.1:1/other');
      const { code, stdout } = await startSubmit().ended;
      expect(code).to.equal(3);
      const [first] = jsonLinesOf(stdout).map((line) => fieldsOf(line));
      expect(first).to.deep.include({ site: 'site-0000000', outcome: 'not-sent', attempts: 0 });
      expect(fieldsOf(first?.['error'])).to.deep.include({
        code: 3,
        message: `a worker refused the job: the job is for the API "${api.url}", this worker for "http://127.0.0.1:1/other"`,
      });
      expect(api.posts).to.deep.equal([]);
    });
  });

  it('logs the same as a submit without a queue, but for the run', async () => {
    await withFleet(REDIS, { sites: 7 }, async ({ api, workspace, startWorker, startSubmit }) => {
      await workspace.write('.kraken-outagesrc', 'cutoff: 2022-01-01T00:00:00Z\n');
      await startWorker();
      const queued = startSubmit('--run', 'same');
      expect((await queued.ended).code).to.equal(0);
      const plainEnv = { KRAKEN_API_URL: api.url, KRAKEN_API_KEY: FLEET_KEY };
      const plain = workspace.start(['submit', '--sites-file', 'sites.txt', '--format', 'json'], { env: plainEnv });
      expect((await plain.ended).code).to.equal(0);
      const started = 'note: started the run same\n  to attach to it, give --run same\n';
      expect(queued.stderr()).to.include(started);
      const untimed = (text: string): string => text.replace(/in \d.*/, 'in a while');
      expect(untimed(queued.stderr().replace(started, ''))).to.equal(untimed(plain.stderr()));
      expect(plain.stderr())
        .to.match(/^Submitting 7 sites to /)
        .and.to.include('untrusted configuration file: .kraken-outagesrc:1 (cutoff)')
        .and.to.include('exactly at the cutoff');
    });
  });

  it('asks before it submits sites that were not named on the command line', async function () {
    if (!hasProgram('script')) this.skip();
    await withFleet(REDIS, { sites: 3 }, async ({ api, workspace, env }) => {
      const line = 'kraken-outages submit --sites-file sites.txt --run asked';
      const running = await startInTerminal(workspace, line, { ...env, NO_COLOR: '1' }, { open: true });
      await running.until(() =>
        running.stdout().includes(`Submit 3 sites to ${api.url.replace('http://', '')}? [y/N]`),
      );
      running.child.stdin?.write('n\r');
      const { code, stdout } = await running.ended;
      running.child.stdin?.destroy();
      expect(code).to.equal(2);
      expect(stdout).to.include('  site-0000000').and.to.include('error: cancelled: nothing was sent');
      const runs = await workspace.run(['runs', '--format', 'json'], { env });
      expect(runs.stdout).to.equal('');
    });
  });

  it('does not send a list again that the journal has as accepted', async () => {
    await withFleet(REDIS, { sites: 4 }, async ({ api, startWorker, startSubmit }) => {
      await startWorker();
      expect((await startSubmit('--journal', 'journal.ndjson').ended).code).to.equal(0);
      const { code, stdout } = await startSubmit('--journal', 'journal.ndjson').ended;
      expect(code).to.equal(0);
      expect(jsonLinesOf(stdout).map((line) => fieldsOf(line)['outcome'])).to.deep.equal([
        'unchanged',
        'unchanged',
        'unchanged',
        'unchanged',
      ]);
      expect(api.posts.length).to.equal(4);
    });
  });
});

describe('a worker', () => {
  before(function () {
    if (!REDIS.isInstalled()) this.skip();
  });

  it('serves probes and metrics', async () => {
    await withFleet(REDIS, { sites: 3 }, async ({ server, startWorker, startSubmit }) => {
      const worker = await startWorker('--health-port', '0', '--log-format', 'json');
      const port = /port (\d+)/.exec(worker.stderr())?.[1] ?? '';
      const get = async (path: string): Promise<{ readonly status: number; readonly text: string }> => {
        const response = await fetch(`http://127.0.0.1:${port}${path}`);
        return { status: response.status, text: await response.text() };
      };
      expect(await get('/healthz')).to.deep.equal({ status: 200, text: 'ok\n' });
      expect(await get('/readyz')).to.deep.equal({ status: 200, text: 'ok\n' });
      expect((await startSubmit('--run', 'metrics').ended).code).to.equal(0);
      await worker.until(() => worker.stderr().includes('3 accepted'));
      const { text } = await get('/metrics');
      expect(text).to.include('kraken_sites_total{outcome="accepted"} 3');
      expect(text).to.include('kraken_requests_total{method="POST",status="200"} 3');
      expect(text).to.match(/kraken_queue_jobs\{state="waiting"\} 0/);
      const line = jsonLinesOf(worker.stderr())
        .map((each) => fieldsOf(each))
        .find(({ message }) => String(message).includes('accepted'));
      expect(line).to.deep.include({ run: 'metrics', job: 'metrics/0' });
      await server.kill('SIGKILL');
      await worker.until(() => worker.stderr().includes('cannot be reached'));
      expect((await get('/readyz')).status).to.equal(503);
      expect((await get('/healthz')).status).to.equal(200);
    });
  });

  it('waits for a queue that is away, and says so once', async () => {
    await withFleet(REDIS, { sites: 20 }, async ({ api, server, startWorker, startSubmit }) => {
      const worker = await startWorker();
      await server.kill('SIGKILL');
      await worker.until(() => worker.stderr().includes('cannot be reached'));
      await server.restart();
      await worker.until(() => worker.stderr().includes('can be reached again'));
      const { code, stdout } = await startSubmit().ended;
      expect(code).to.equal(0);
      expectAllAccepted(stdout, api);
      expect(worker.stderr().match(/cannot be reached/g)?.length).to.equal(1);
    });
  });
});

/** Returns everything in the database as text. */
async function dump(redis: Redis): Promise<string> {
  const values = await Promise.all(
    (await redis.keys('*')).map(async (key) => {
      const type = await redis.type(key);
      if (type === 'hash') return JSON.stringify(await redis.hgetall(key));
      if (type === 'list') return JSON.stringify(await redis.lrange(key, 0, -1));
      if (type === 'stream') return JSON.stringify(await redis.xrange(key, '-', '+'));
      if (type === 'zset') return JSON.stringify(await redis.zrange(key, '0', '-1'));
      return type === 'string' ? ((await redis.get(key)) ?? '') : type;
    }),
  );
  return values.join('\n');
}
