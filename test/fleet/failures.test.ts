import { expect } from 'chai';
import { Redis } from 'ioredis';
import { before, describe, it } from 'mocha';

import { screenOf, startInTerminal } from '../e2e/support/terminal.ts';
import { fieldsOf, hasProgram, jsonLinesOf, linesOf } from '../e2e/support/workspace.ts';
import { POSTGRES, REDIS, startRedis } from './support/queue-servers.ts';
import { expectAllAccepted, withFleet } from './support/with-fleet.ts';

type Fields = Readonly<Record<string, unknown>>;

const receiptsIn = (stdout: string): readonly Fields[] => jsonLinesOf(stdout).map((line) => fieldsOf(line));
const outcomesIn = (stdout: string): readonly unknown[] => receiptsIn(stdout).map(({ outcome }) => outcome);
const isReady = (redis: Redis, job: string) => async (): Promise<boolean> => (await redis.exists(keyOf(job))) === 1;
const keyOf = (job: string): string => `bull:kraken-outages:${job}`;

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('a submit through the queue', () => {
  before(function () {
    if (!REDIS.isInstalled()) this.skip();
  });

  it('cancelled after a worker gave its job back, keeps the receipts, and submits no site twice', async () => {
    await withFleet(REDIS, { sites: 100, latency: 20 }, async ({ api, workspace, env, startWorker, startSubmit }) => {
      const first = await startWorker('--concurrency', '4');
      const submit = startSubmit('--batch', '100', '--run', 'given-back');
      await api.until(() => api.posts.length >= 20);
      first.kill('SIGTERM');
      await first.ended;
      const sent = new Set(api.posts.map(({ site }) => site));
      submit.kill('SIGINT');
      const { code, stdout } = await submit.ended;
      expect(code).to.equal(130);
      const receipts = receiptsIn(stdout);
      expect(receipts.map(({ site }) => site)).to.deep.equal(api.sites);
      expect(receipts.filter(({ outcome }) => outcome === 'accepted').map(({ site }) => site)).to.have.members([
        ...sent,
      ]);
      expect(new Set(outcomesIn(stdout))).to.deep.equal(new Set(['accepted', 'unknown']));
      const stored = await workspace.run(['runs', 'given-back', '--format', 'json'], { env });
      expect(receiptsIn(stored.stdout)).to.have.length(sent.size);
      await startWorker();
      const again = await startSubmit('--run', 'given-back').ended;
      expect(again.code).to.equal(0);
      expectAllAccepted(again.stdout, api);
      expect(api.posts.length).to.equal(100);
    });
  });

  it('names the settings that an untrusted file chooses', async () => {
    await withFleet(REDIS, { sites: 2 }, async ({ workspace, startWorker, startSubmit }) => {
      await workspace.write('.kraken-outagesrc', 'cutoff: 2021-02-03T00:00:00Z\n');
      await startWorker();
      const { stderr } = await startSubmit().ended;
      expect(stderr).to.include(
        'note: using settings from an untrusted configuration file: .kraken-outagesrc:1 (cutoff)',
      );
    });
  });

  it('asks at a terminal before it sends lists of sites that were not named there', async function () {
    if (!hasProgram('script')) this.skip();
    await withFleet(REDIS, { sites: 12 }, async ({ api, workspace, env }) => {
      const line = 'kraken-outages submit --sites-file sites.txt --run asked';
      const running = await startInTerminal(workspace, line, { ...env, NO_COLOR: '1' }, { open: true });
      await running.until(() => running.stdout().includes('[y/N]'));
      running.child.stdin?.write('n\r');
      const { code, stdout } = await running.ended;
      running.child.stdin?.destroy();
      const screen = screenOf(stdout);
      expect(screen.slice(1, 13)).to.deep.equal([
        ...api.sites.slice(0, 10).map((site) => `  ${site}`),
        '  and 2 more sites',
        `Submit the outages of 12 sites to ${screen[0]?.replace(/^Submitting 12 sites to /, '') ?? ''}? [y/N] n`,
      ]);
      expect(screen).to.include('error: cancelled: nothing was sent');
      expect(code).to.equal(2);
      expect((await workspace.run(['runs', '--format', 'json'], { env })).stdout).to.equal('');
    });
  });

  it('gives up a job that too many workers have died with, and says that its sites are unknown', async () => {
    await withFleet(REDIS, { sites: 3, latency: 500 }, async ({ api, server, startWorker, startSubmit }) => {
      const submit = startSubmit('--run', 'poison');
      const redis = new Redis(server.port, '127.0.0.1');
      await until(isReady(redis, 'poison/0'));
      // As if it had happened twenty times before.
      await redis.hset(keyOf('poison/0'), 'stc', '20');
      redis.disconnect();
      const killed = await startWorker('--concurrency', '1');
      await api.until(() => api.posts.length > 0);
      killed.kill('SIGKILL');
      await killed.ended;
      await startWorker();
      const { code, stdout } = await submit.ended;
      expect(code).to.equal(9);
      const last = receiptsIn(stdout).at(-1);
      expect(last).to.deep.include({ site: api.sites.at(-1), outcome: 'unknown' });
      expect(fieldsOf(last?.['error'])['message']).to.equal(
        'its job failed: more than 20 workers died while they had it',
      );
      expect(receiptsIn(stdout)).to.have.length(3);
    });
  });

  it('reports a job that a worker of another version has refused', async () => {
    await withFleet(REDIS, { sites: 2 }, async ({ api, server, startWorker, startSubmit }) => {
      const submit = startSubmit('--run', 'newer');
      const redis = new Redis(server.port, '127.0.0.1');
      await until(isReady(redis, 'newer/0'));
      const data = fieldsOf(JSON.parse((await redis.hget(keyOf('newer/0'), 'data')) ?? ''));
      await redis.hset(keyOf('newer/0'), 'data', JSON.stringify({ ...data, protocol: 2 }));
      redis.disconnect();
      await startWorker();
      const { code, stdout } = await submit.ended;
      expect(code).to.equal(3);
      const [first] = receiptsIn(stdout);
      expect(first).to.deep.include({ site: api.sites[0], outcome: 'not-sent', attempts: 0 });
      expect(fieldsOf(first?.['error'])['message']).to.match(/^a worker refused the job: the job has .*\b2\b.*\b1\b/);
      expect(api.posts).to.deep.equal([]);
    });
  });

  for (const url of ['redis://127.0.0.1:1', 'postgres://127.0.0.1:1/postgres']) {
    it(`says that the queue ${url} cannot be used`, async () => {
      await withFleet(REDIS, { sites: 2 }, async ({ api, startSubmit }) => {
        const { code, stdout, stderr } = await startSubmit('--queue', url).ended;
        expect({ code, stdout }).to.deep.equal({ code: 5, stdout: '' });
        expect(linesOf(stderr).slice(1)).to.deep.equal([
          `error: cannot use the queue ${url}: connect ECONNREFUSED 127.0.0.1:1`,
          'hint: check the queue URL, and that the server is running',
        ]);
        expect(api.posts).to.deep.equal([]);
      });
    });
  }
});

describe('a worker', () => {
  before(function () {
    if (!REDIS.isInstalled()) this.skip();
  });

  it('removes finished runs after the time of --keep-runs', async () => {
    await withFleet(REDIS, { sites: 4 }, async ({ workspace, env, startWorker, startSubmit }) => {
      const first = await startWorker();
      expect((await startSubmit('--run', 'old', '--batch', '2').ended).code).to.equal(0);
      first.kill('SIGTERM');
      await first.ended;
      startSubmit('--run', 'unfinished');
      const runs = async (): Promise<string> => {
        const { stdout } = await workspace.run(['runs', '--format', 'json'], { env });
        return receiptsIn(stdout)
          .map(({ run }) => run)
          .join();
      };
      await until(async () => (await runs()).includes('unfinished'));
      await startWorker('--keep-runs', '1ms', '--api-url', 'http://127.0.0.1:1');
      await until(async () => !(await runs()).includes('old'));
      const removed = await workspace.run(['runs', 'old'], { env });
      expect(removed).to.deep.include({ code: 2 });
      expect(removed.stderr).to.include('error: there is no run "old"');
    });
  });

  it('ends at once after a second signal', async () => {
    await withFleet(REDIS, { sites: 1, latency: 4000 }, async ({ api, startWorker, startSubmit }) => {
      const worker = await startWorker('--concurrency', '1');
      startSubmit();
      // The site info and the outages: the list is under way.
      await api.until(() => (api.statuses.get(200) ?? 0) >= 2);
      worker.kill('SIGTERM');
      await worker.until(() => worker.stderr().includes('stopping'));
      const start = performance.now();
      worker.kill('SIGTERM');
      const { code } = await worker.ended;
      expect(code).to.equal(143);
      // Sooner than the response.
      expect(performance.now() - start).to.be.below(3500);
    });
  });

  it('ends a job at its deadline, with a receipt for each site', async () => {
    await withFleet(REDIS, { sites: 40, latency: 150 }, async ({ api, startWorker, startSubmit }) => {
      await startWorker('--concurrency', '2', '--deadline', '5s');
      const { code, stdout } = await startSubmit('--batch', '40').ended;
      expect(code).to.equal(8);
      const receipts = receiptsIn(stdout);
      expect(receipts.map(({ site }) => site)).to.deep.equal(api.sites);
      const late = receipts.filter(({ outcome }) => outcome !== 'accepted');
      expect(late.length).to.be.within(1, 40);
      for (const { outcome, error } of late) {
        expect(outcome).to.be.oneOf(['not-sent', 'unknown']);
        expect(String(fieldsOf(error)['message'])).to.match(/deadline|5 s/);
      }
    });
  });
});

describe('config check with a queue', () => {
  it('reports the server, its workers, and settings with which jobs may be lost', async function () {
    if (!REDIS.isInstalled()) this.skip();
    await withFleet(REDIS, { sites: 1 }, async ({ workspace, env, startWorker }) => {
      const check = async (queue?: string): Promise<string> => {
        const { stdout } = await workspace.run(['config', 'check'], {
          env: { ...env, ...(queue !== undefined && { KRAKEN_QUEUE: queue }) },
        });
        return stdout;
      };
      expect(await check()).to.match(/queue +Redis \d+\.\d+\.\d+ at redis:\/\/127\.0\.0\.1:\d+/);
      expect(await check()).to.match(/storage +keeps jobs and receipts/);
      expect(await check()).to.match(/workers +.*none is connected/);
      await startWorker();
      await startWorker();
      expect(await check()).to.match(/workers +2 workers connected/);
      const lossy = await startRedis(['--appendonly', 'no', '--maxmemory-policy', 'allkeys-lru']);
      try {
        expect(await check(lossy.url)).to.match(/storage .*allkeys-lru.*noeviction.*appendonly is off/s);
      } finally {
        await lossy.close();
      }
    });
  });

  it('reports PostgreSQL', async function () {
    if (!POSTGRES.isInstalled()) this.skip();
    await withFleet(POSTGRES, { sites: 1 }, async ({ workspace, env }) => {
      const { stdout } = await workspace.run(['config', 'check'], { env });
      expect(stdout).to.match(/queue +PostgreSQL \d+/);
      expect(stdout).to.match(/storage +keeps jobs and receipts/);
    });
  });
});
