/**
 * `npm run simulate`: runs the program in simulated worlds, each created from one seed, and checks the invariants after
 * each run.
 *
 *     npm run simulate -- [--runs N] [--seed S] [--processes P] [--verbose]
 *
 * Seeds count up from S. The first that breaks an invariant ends it with exit code 1; `--runs 1 --seed X --verbose` prints
 * the trace of one world.
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
let reportedAt = start;

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

const { finding, traces } = await simulate(
  { first, runs, processes: wholeNumber('--processes', values.processes), isVerbose: values.verbose },
  (done) => {
    if (performance.now() - reportedAt < PROGRESS_MS) return;
    reportedAt = performance.now();
    say(figures(done));
  },
);
for (const trace of traces) process.stdout.write(`${trace}\n`);
if (finding) {
  say(`broken invariant: ${finding.invariant}
observed: ${finding.seen}
${finding.world}`);
  say(`to replay: npm run simulate -- --runs 1 --seed ${finding.seed} --verbose`);
  process.exitCode = 1;
} else {
  say(`${figures(runs)}: no invariant broken`);
}
