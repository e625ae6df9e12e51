/**
 * `npm run soak`: ten thousand submissions against a sandbox with 30 % faults. Exits with 1 unless all are accepted and
 * memory does not grow.
 *
 *     npm run soak -- [submissions]
 */
import { FAULTS, MAX_GROWTH_BYTES, soak } from './soak.ts';

const submissions = Number(process.argv[2] ?? 10_000);

function toMebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(2)} MiB`;
}

const { outcomes, attempts, growth, milliseconds } = await soak(submissions, 10, ({ submissions: made, used }) => {
  process.stdout.write(`${made} submissions, ${toMebibytes(used)} in use\n`);
});
process.stdout.write(
  `${[...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(', ')} after ${attempts} attempts, ` +
    `faults ${FAULTS}, ${(milliseconds / 1000).toFixed(1)} s, growth ${toMebibytes(growth)}\n`,
);
const isAccepted = outcomes.size === 1 && outcomes.has('accepted');
if (!isAccepted || growth > MAX_GROWTH_BYTES) {
  process.stderr.write(`expected only accepted submissions, and growth of at most ${toMebibytes(MAX_GROWTH_BYTES)}
`);
  process.exitCode = 1;
}
