/**
 * `npm run chaos`: distributed submits that are disturbed at random. Exits with 1 if any of them ends wrong.
 *
 *     npm run chaos -- [runs] [first seed] [postgres]
 */
import { chaosRun } from './chaos.ts';
import { POSTGRES, REDIS } from './support/queue-servers.ts';

const runs = Number(process.argv[2] ?? 50);
const first = Number(process.argv[3] ?? 1);
const backend = process.argv[4] === 'postgres' ? POSTGRES : REDIS;
for (let seed = first; seed < first + runs; seed++) {
  const { disturbances, problems } = await chaosRun(seed, backend);
  process.stdout.write(`seed ${seed}: ${disturbances.join(', ')}: ${problems.join('; ') || 'all right'}\n`);
  if (problems.length > 0) process.exitCode = 1;
}
