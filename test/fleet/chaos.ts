import { setTimeout as wait } from 'node:timers/promises';

import { fieldsOf, jsonLinesOf, type Running } from '../e2e/support/workspace.ts';
import { createRandom } from '../../src/sandbox/random.ts';
import { type QueueBackend, REDIS } from './support/queue-servers.ts';
import { withFleet } from './support/with-fleet.ts';

/** What happens during a run; the seed decides when, and how often. */
export const DISTURBANCES = [
  'kill worker',
  'kill submit',
  'restart server',
  'stop server',
  'stop worker',
  'second submit',
] as const;

export type Disturbance = (typeof DISTURBANCES)[number];

/** The outcome of a disturbed run: everything that is wrong afterwards. */
export interface ChaosResult {
  readonly seed: number;
  readonly disturbances: readonly string[];
  readonly problems: readonly string[];
}

const SITES = 120;

/** Submits on a queue while processes and the server are killed and stopped. The same seed disturbs in the same order. */
export async function chaosRun(
  seed: number,
  kinds: readonly Disturbance[] = DISTURBANCES,
  backend: QueueBackend = REDIS,
): Promise<ChaosResult> {
  const random = createRandom(seed);
  const problems: string[] = [];
  const log: string[] = [];
  await withFleet(
    backend,
    { sites: SITES, latency: 30 },
    async ({ api, server, workspace, env, startWorker, startSubmit }) => {
      const workers: Running[] = await Promise.all([
        startWorker('--concurrency', '3'),
        startWorker('--concurrency', '3'),
      ]);
      const submitArgs = ['--batch', '15', '--run', 'chaos'];
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
        log.push(kind);
        if (kind === 'kill worker') {
          const index = pick();
          workers[index]?.kill('SIGKILL');
          workers[index] = await startWorker('--concurrency', '3');
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
          await wait(3000);
          await server.kill('SIGCONT');
        } else if (kind === 'stop worker') {
          const worker = workers[pick()];
          worker?.kill('SIGSTOP');
          // Longer than the lock: the job goes to another worker meanwhile.
          await wait(5000);
          worker?.kill('SIGCONT');
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
    },
  );
  return { seed, disturbances: log, problems };
}
