/**
 * `npm run simulate`: runs the whole program in simulated worlds, each made from one number, and checks after each run what
 * has to hold whatever went wrong.
 *
 *     npm run simulate -- [--runs N] [--seed S] [--processes P] [--verbose]
 *
 * Seeds count up from S. The first that breaks an invariant ends it with exit code 1; `--runs 1 --seed X --verbose` tells the
 * whole story of one world.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

import { simulate } from './simulate.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    processes: { type: 'string', default: String(availableParallelism()) },
    verbose: { type: 'boolean', default: false },
  },
});
const PROGRESS_MS = 10_000;

const runs = wholeNumber('--runs', values.runs);
const first = wholeNumber('--seed', values.seed);
const start = performance.now();
let toldAt = start;

function wholeNumber(flag: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new RangeError(`${flag}: expected a whole number, received ${text}`);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function figures(done: number): string {
  const seconds = (performance.now() - start) / 1000;
  return `${done} worlds in ${seconds.toFixed(1)} s, ${Math.round(done / seconds)} a second`;
}

const { finding, stories } = await simulate(
  { first, runs, processes: wholeNumber('--processes', values.processes), isTold: values.verbose },
  (done) => {
    if (performance.now() - toldAt < PROGRESS_MS) return;
    toldAt = performance.now();
    say(figures(done));
  },
);
for (const story of stories) process.stdout.write(`${story}\n`);
if (finding) {
  say(`broken: ${finding.invariant}\nseen: ${finding.seen}\n${finding.world}`);
  say(`replay it: npm run simulate -- --runs 1 --seed ${finding.seed} --verbose`);
  process.exitCode = 1;
} else {
  say(`${figures(runs)}: none broken`);
}
