/**
 * `npm run soak`: ten thousand submissions against a sandbox at 30 % faults. All have to be accepted in the end, and memory has
 * to stay flat.
 *
 *     npm run soak -- [submissions]
 */
import { FAULTS, MOST_GROWTH, soak } from './soak.ts';

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
if (!isAccepted || growth > MOST_GROWTH) {
  process.stderr.write(`expected nothing but accepted, and at most ${toMebibytes(MOST_GROWTH)} of growth\n`);
  process.exitCode = 1;
}
