import { expect } from 'chai';
import { describe, it } from 'mocha';

import { chaosRun, DISTURBANCES } from '../fleet/chaos.ts';
import { REDIS } from '../fleet/support/queue-servers.ts';
import { expectAllAccepted, withFleet } from '../fleet/support/with-fleet.ts';

describe('a distributed submit under faults', function () {
  this.timeout(120_000);

  before(function () {
    if (!REDIS.isInstalled()) this.skip();
  });

  for (const [index, kind] of DISTURBANCES.entries()) {
    it(`ends with one final receipt for each site: ${kind}`, async () => {
      expect((await chaosRun(index + 1, [kind])).problems).to.deep.equal([]);
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
