import { setTimeout as wait } from 'node:timers/promises';

import { fieldsOf, jsonLinesOf, type Running } from '../e2e/support/workspace.ts';
import { createRandom } from '../../src/sandbox/random.ts';
import { POSTGRES, type QueueBackend, REDIS } from './support/queue-servers.ts';
import { startCuttingProxy } from './support/cutting-proxy.ts';
import { withFleet } from './support/with-fleet.ts';

/** What happens during a run; the seed decides when, how often, and in which order. */
export const DISTURBANCES = [
  'kill worker',
  'kill submit',
  'restart server',
  'stop server',
  'stop worker',
  'cut connections',
  'second submit',
] as const;

export type Disturbance = (typeof DISTURBANCES)[number];

/** The outcome of a disturbed run: everything that is wrong afterwards. */
export interface ChaosResult {
  readonly seed: number;
  readonly disturbances: readonly string[];
  readonly problems: readonly string[];
}

/** `pg_ctl` cannot stop PostgreSQL by a signal. */
export const POSTGRES_DISTURBANCES = DISTURBANCES.filter((kind) => kind !== 'stop server');

const SITES = 120;
const LONG_STOP_MS = 20_000;
const SHORT_STOP_MS = 3000;

/** Submits on a queue while processes and the server are killed and stopped. The same seed disturbs in the same order. */
export async function chaosRun(
  seed: number,
  backend: QueueBackend = REDIS,
  kinds: readonly Disturbance[] = backend === POSTGRES ? POSTGRES_DISTURBANCES : DISTURBANCES,
): Promise<ChaosResult> {
  const random = createRandom(seed);
  const problems: string[] = [];
  const log: string[] = [];
  await withFleet(
    backend,
    { sites: SITES, latency: 150 },
    async ({ api, server, workspace, env, startWorker, startSubmit }) => {
      const proxy = await startCuttingProxy(server.port);
      const queue = server.url.replace(String(server.port), String(proxy.port));
      const newWorker = (): Promise<Running> => startWorker('--concurrency', '3', '--queue', queue);
      const workers: Running[] = await Promise.all([newWorker(), newWorker()]);
      const submitArgs = ['--batch', '15', '--run', 'chaos', '--queue', queue];
      /** A submit that cannot connect at all gives up: it is disturbed once it has a run. */
      const attached = async (): Promise<Running> => {
        const started = startSubmit(...submitArgs);
        await started.until(() => started.stderr().includes('the run chaos'));
        return started;
      };
      let submit = await attached();
      const others: Running[] = [];
      const pick = (): number => Math.floor(random() * workers.length);
      for (let count = 2 + Math.floor(random() * 3); count > 0; count--) {
        await wait(200 + random() * 1500);
        const kind = kinds[Math.floor(random() * kinds.length)] ?? 'kill worker';
        const isFirst = !log.some((entry) => entry.startsWith(kind));
        log.push(`${kind} after ${api.posts.length} POSTs`);
        if (kind === 'kill worker') {
          const index = pick();
          workers[index]?.kill('SIGKILL');
          workers[index] = await newWorker();
        } else if (kind === 'kill submit') {
          submit.kill('SIGKILL');
          await submit.ended;
          submit = await attached();
        } else if (kind === 'restart server') {
          await server.kill('SIGKILL');
          await wait(random() * 1000);
          await server.restart();
        } else if (kind === 'stop server') {
          await server.kill('SIGSTOP');
          await wait(isFirst ? LONG_STOP_MS : SHORT_STOP_MS);
          await server.kill('SIGCONT');
        } else if (kind === 'stop worker') {
          const worker = workers[pick()];
          worker?.kill('SIGSTOP');
          // Longer than the lock: the job goes to another worker meanwhile.
          await wait(5000);
          worker?.kill('SIGCONT');
        } else if (kind === 'cut connections') {
          for (let cuts = 0; cuts < 5; cuts++) {
            proxy.cut();
            await wait(random() * 500);
          }
        } else {
          others.push(await attached());
        }
      }
      for (const { code, stdout } of await Promise.all([submit, ...others].map(({ ended }) => ended))) {
        if (code !== 0) problems.push(`a submit ended with ${code}`);
        const sites = jsonLinesOf(stdout).map((line) => fieldsOf(line)['site']);
        if (sites.join() !== api.sites.join()) problems.push(`a submit showed ${sites.length} receipts`);
      }
      const { stdout } = await workspace.run(['runs', 'chaos', '--format', 'json'], { env });
      const receipts = jsonLinesOf(stdout).map((line) => fieldsOf(line));
      if (receipts.length !== SITES) problems.push(`${receipts.length} final receipts`);
      if (new Set(receipts.map(({ site }) => site)).size !== SITES)
        problems.push('a site has two final receipts, or none');
      if (receipts.some(({ outcome }) => outcome !== 'accepted')) problems.push('a site was not accepted');
      const last = new Map(api.posts.map(({ site, status }) => [site, status]));
      if (api.sites.some((site) => last.get(site) !== 200)) problems.push("a site's last POST was not right");
      const keys = new Set(api.posts.map(({ idempotencyKey }) => idempotencyKey));
      if (keys.size !== SITES) problems.push('a list was sent with two Idempotency-Keys');
      let state: unknown;
      for (let tries = 0; state !== 'finished' && tries < 40; tries++) {
        await wait(250);
        const runs = await workspace.run(['runs', '--format', 'json'], { env });
        state = fieldsOf(jsonLinesOf(runs.stdout)[0])['state'];
      }
      if (state !== 'finished') problems.push(`a job was left behind: the run is ${String(state)}`);
      for (const worker of workers) worker.kill('SIGKILL');
      proxy.close();
    },
  );
  return { seed, disturbances: log, problems };
}
