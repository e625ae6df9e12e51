import type { IncomingMessage } from 'node:http';

import { expect } from 'chai';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { describe, it } from 'mocha';

import { fieldsOf, jsonLinesOf } from '../e2e/support/workspace.ts';
import { POSTGRES, REDIS } from './support/queue-servers.ts';
import { expectAllAccepted, withFleet } from './support/with-fleet.ts';

for (const backend of [REDIS, POSTGRES]) {
  describe(`a worker on ${backend.name}`, () => {
    before(function () {
      if (!backend.isInstalled()) this.skip();
    });

    it('removes finished runs after --keep-runs, and no others', async () => {
      await withFleet(backend, { sites: 6 }, async ({ api, server, workspace, env, startWorker, startSubmit }) => {
        const first = await startWorker();
        expect((await startSubmit('--run', 'old', '--batch', '2').ended).code).to.equal(0);
        first.kill('SIGTERM');
        await first.ended;
        const open = startSubmit('--run', 'open', '--batch', '2');
        await open.until(() => open.stderr().includes('started the run open'));
        await startWorker('--keep-runs', '1ms');
        const { code, stdout } = await open.ended;
        expect(code).to.equal(0);
        expectAllAccepted(stdout, api);
        let runs: readonly unknown[] = [];
        for (let tries = 0; tries < 20 && runs.length !== 1; tries++) {
          runs = jsonLinesOf((await workspace.run(['runs', '--format', 'json'], { env })).stdout);
        }
        expect(runs.map((run) => fieldsOf(run)['run'])).to.deep.equal(['open']);
        expect(await workspace.run(['runs', 'old'], { env })).to.deep.equal({
          code: 2,
          stdout: '',
          stderr: 'error: there is no run "old"\nhint: list them with: kraken-outages runs\n',
        });
        if (backend === REDIS) {
          const redis = new Redis(server.port, '127.0.0.1');
          expect(await redis.keys('*old*')).to.deep.equal([]);
          redis.disconnect();
        }
        // The id is free again.
        expect((await startSubmit('--run', 'old').ended).code).to.equal(0);
      });
    });

    it('ends at once at the second signal, while a request is under way', async () => {
      let post = (): void => undefined;
      const posting = new Promise<void>((resolve) => (post = resolve));
      const intercept = ({ method }: IncomingMessage): Promise<undefined> | undefined => {
        if (method !== 'POST') return undefined;
        post();
        return new Promise(() => undefined);
      };
      await withFleet(backend, { sites: 2, intercept }, async ({ startWorker, startSubmit }) => {
        const worker = await startWorker();
        const submit = startSubmit();
        await posting;
        worker.kill('SIGTERM');
        await worker.until(() => worker.stderr().includes('stopping'));
        const start = performance.now();
        worker.kill('SIGTERM');
        expect((await worker.ended).code).to.equal(143);
        expect(performance.now() - start).to.be.below(2000);
        submit.kill('SIGKILL');
      });
    });

    it('limits a job to --deadline', async () => {
      await withFleet(backend, { sites: 2, latency: 5000 }, async ({ api, startWorker, startSubmit }) => {
        await startWorker('--deadline', '1s');
        const start = performance.now();
        const { code, stdout } = await startSubmit().ended;
        expect(performance.now() - start).to.be.below(5000);
        expect(code).to.equal(5);
        for (const receipt of jsonLinesOf(stdout)) {
          const { outcome, attempts, error } = fieldsOf(receipt);
          expect({ outcome, attempts }).to.deep.equal({ outcome: 'not-sent', attempts: 0 });
          expect(fieldsOf(error)['message']).to.match(/deadline/);
        }
        expect(api.posts).to.deep.equal([]);
      });
    });
  });
}

describe('a worker', () => {
  before(function () {
    if (!REDIS.isInstalled()) this.skip();
  });

  it('removes expired runs although the queue has one of another version', async () => {
    await withFleet(REDIS, { sites: 1 }, async ({ server, workspace, env, startWorker, startSubmit }) => {
      const first = await startWorker();
      expect((await startSubmit('--run', 'old').ended).code).to.equal(0);
      first.kill('SIGTERM');
      await first.ended;
      const runs = new Queue('kraken-outages-runs', { connection: { host: '127.0.0.1', port: server.port } });
      await runs.add('run', { protocol: 0 }, { jobId: 'run/foreign' });
      const worker = await startWorker('--keep-runs', '1ms');
      let stored = await runs.getJobs('waiting');
      for (let tries = 0; tries < 20 && stored.length > 1; tries++) {
        await workspace.run(['runs'], { env });
        stored = await runs.getJobs('waiting');
      }
      await runs.close();
      expect(stored.map(({ id }) => id)).to.deep.equal(['run/foreign']);
      expect(worker.stderr()).to.not.include('cannot remove');
    });
  });

  it('refuses a job of another protocol, which fails its sites', async () => {
    await withFleet(REDIS, { sites: 2 }, async ({ api, server, startWorker, startSubmit }) => {
      const submit = startSubmit('--run', 'future');
      await submit.until(() => submit.stderr().includes('started the run'));
      const jobs = new Queue('kraken-outages', { connection: { host: '127.0.0.1', port: server.port } });
      const job = await jobs.getJob('future/0');
      await job?.updateData({ ...fieldsOf(job.data), protocol: 99 });
      await jobs.close();
      const worker = await startWorker();
      const { code, stdout } = await submit.ended;
      expect(code).to.equal(3);
      const message = 'the job has protocol version 99, this worker 1';
      for (const receipt of jsonLinesOf(stdout)) {
        const { outcome, error } = fieldsOf(receipt);
        expect(outcome).to.equal('not-sent');
        expect(error).to.deep.equal({
          code: 3,
          message: `a worker refused the job: ${message}`,
          hint: 'give submit and its workers the same version and configuration, and submit again with another --run',
        });
      }
      expect(worker.stderr()).to.include(`refused the job future/0: ${message}`);
      expect(api.posts).to.deep.equal([]);
    });
  });
});
