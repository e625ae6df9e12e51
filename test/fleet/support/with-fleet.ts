import { expect } from 'chai';

import { fieldsOf, inWorkspace, jsonLinesOf, type Running, type Workspace } from '../../e2e/support/workspace.ts';
import { FLEET_KEY, type FleetApi, type FleetApiOptions, startFleetApi } from './fleet-api.ts';
import type { QueueBackend, QueueServer } from './queue-servers.ts';

export interface Fleet {
  readonly workspace: Workspace;
  readonly api: FleetApi;
  readonly server: QueueServer;
  readonly env: Readonly<Record<string, string>>;
  /** Starts a worker, and resolves once it waits for jobs. */
  readonly startWorker: (...args: readonly string[]) => Promise<Running>;
  /** Starts a submit of all sites. */
  readonly startSubmit: (...args: readonly string[]) => Running;
}

/** Runs the test with an API, a queue server and a workspace. */
export async function withFleet(
  backend: QueueBackend,
  options: FleetApiOptions,
  use: (fleet: Fleet) => Promise<void>,
): Promise<void> {
  const [api, server] = await Promise.all([startFleetApi(options), backend.start()]);
  try {
    await inWorkspace(async (workspace) => {
      const env = { KRAKEN_API_URL: api.url, KRAKEN_API_KEY: FLEET_KEY, KRAKEN_QUEUE: server.url };
      const sites = await workspace.write('sites.txt', api.sites.map((site) => `${site}\n`).join(''));
      const running: Running[] = [];
      await use({
        workspace,
        api,
        server,
        env,
        async startWorker(...args) {
          const worker = workspace.start(['worker', '--lock-duration', '2s', ...args], { env });
          running.push(worker);
          await worker.until(() => worker.stderr().includes('waiting for jobs'));
          return worker;
        },
        startSubmit(...args) {
          const submit = workspace.start(['submit', '--sites-file', sites, '--format', 'json', ...args], { env });
          running.push(submit);
          return submit;
        },
      });
      for (const each of running) each.kill('SIGKILL');
    });
  } finally {
    await Promise.all([api.close(), server.close()]);
  }
}

/** Checks that each site has exactly one receipt, in order, and that the API has accepted its last list. */
export function expectAllAccepted(stdout: string, { sites, posts }: FleetApi): void {
  const receipts = jsonLinesOf(stdout).map((line) => fieldsOf(line));
  expect(receipts.map(({ site }) => site)).to.deep.equal(sites);
  expect(new Set(receipts.map(({ outcome }) => outcome))).to.deep.equal(new Set(['accepted']));
  const last = new Map(posts.map(({ site, status }) => [site, status]));
  expect(sites.filter((site) => last.get(site) !== 200)).to.deep.equal([]);
}
