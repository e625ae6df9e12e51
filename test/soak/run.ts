/**
 * `npm run soak`: ten thousand submissions against a sandbox at 30 % faults. All have to be accepted in the end, and memory has
 * to stay flat.
 *
 *     npm run soak -- [submissions]
 */
import { FAULTS, soak } from './soak.ts';

const submissions = Number(process.argv[2] ?? 10_000);

function toMebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(2)} MiB`;
}

const { outcomes, attempts, samples, milliseconds } = await soak(submissions, 10, (sample) => {
  process.stdout.write(`${sample.submissions} submissions, ${toMebibytes(sample.used)} in use\n`);
});
const [first, ...others] = samples;
const growth = Math.max(...others.map(({ used }) => used)) - (first?.used ?? 0);
const isAccepted = outcomes.size === 1 && outcomes.has('accepted');
process.stdout.write(
  `${[...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(', ')} after ${attempts} attempts, ` +
    `faults ${FAULTS}, ${(milliseconds / 1000).toFixed(1)} s, growth ${toMebibytes(growth)}\n`,
);
process.exitCode = isAccepted ? 0 : 1;
