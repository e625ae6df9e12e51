import type { IncomingMessage } from 'node:http';

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { fieldsOf, jsonLinesOf, type Running } from '../e2e/support/workspace.ts';
import { chaosRun, DISTURBANCES, POSTGRES_DISTURBANCES } from '../fleet/chaos.ts';
import { POSTGRES, REDIS } from '../fleet/support/queue-servers.ts';
import { expectAllAccepted, withFleet } from '../fleet/support/with-fleet.ts';

describe('a distributed submit under faults', function () {
  this.timeout(120_000);

  before(function () {
    if (!REDIS.isInstalled()) this.skip();
  });

  for (const [index, kind] of DISTURBANCES.entries()) {
    it(`ends with one final receipt for each site: ${kind}`, async () => {
      expect((await chaosRun(index + 1, REDIS, [kind])).problems).to.deep.equal([]);
    });
  }

  for (const [index, kind] of POSTGRES_DISTURBANCES.entries()) {
    it(`ends with one final receipt for each site on PostgreSQL: ${kind}`, async function () {
      if (!POSTGRES.isInstalled()) this.skip();
      expect((await chaosRun(index + 1, POSTGRES, [kind])).problems).to.deep.equal([]);
    });
  }

  for (const backend of [REDIS, POSTGRES]) {
    it(`gives up a job that kills every worker, on ${backend.name}`, async function () {
      if (!backend.isInstalled()) this.skip();
      let worker: Running | undefined;
      const intercept = ({ method, url = '' }: IncomingMessage): undefined => {
        if (method === 'POST' && url.endsWith('site-0000001')) worker?.kill('SIGKILL');
      };
      await withFleet(backend, { sites: 3, intercept }, async ({ api, startWorker, startSubmit }) => {
        const submit = startSubmit('--run', 'poison');
        for (let started = 0; started < 12; started++) {
          worker = await startWorker('--concurrency', '1', '--lock-duration', '500ms');
          await Promise.race([worker.ended, submit.ended]);
        }
        const { code, stdout } = await submit.ended;
        const receipts = jsonLinesOf(stdout).map((line) => fieldsOf(line));
        expect(receipts.map(({ outcome }) => outcome)).to.deep.equal(['accepted', 'unknown', 'unknown']);
        for (const { error } of receipts.slice(1)) {
          expect(fieldsOf(error)).to.deep.equal({
            code: 9,
            message: 'its job was given up: 11 workers died, or lost the queue, while they had it',
            hint: 'submit again with another --run: sending a list twice is safe',
          });
        }
        expect(code).to.equal(8);
        const posts = (site: string): number => api.posts.filter((post) => post.site === site).length;
        expect(api.sites.map(posts)).to.deep.equal([1, 11, 0]);
      });
    });
  }

  it('observes the rate limit of the API with 4 workers', async () => {
    await withFleet(REDIS, { sites: 200, rate: 50 }, async ({ api, startWorker, startSubmit }) => {
      await Promise.all([startWorker(), startWorker(), startWorker(), startWorker()]);
      const { code, stdout } = await startSubmit('--batch', '50').ended;
      expect(code).to.equal(0);
      expectAllAccepted(stdout, api);
      const { statuses } = api;
      // `npm run scale` measures the duration. Without a rate limiter, most responses would be 429s.
      expect(statuses.get(429)).to.be.within(1, (statuses.get(200) ?? 0) / 2);
    });
  });
});
