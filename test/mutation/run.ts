/**
 * `npm run mutate`: breaks the rule, the reader, the retry policy, the client and the configuration in some thousand small ways,
 * each of which a test has to notice (Stryker). Prints those that none has noticed; exits with 1 below 95 % noticed.
 *
 *     npm run mutate -- [glob…]      of the files to break; default: all of those
 *
 * It works on a copy, in a folder of its own: Stryker is no dependency of this project, and its runner wants an older mocha.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BROKEN = [
  'src/transform/*.ts',
  'src/api/reader/*.ts',
  'src/api/retry.ts',
  'src/api/retry-after.ts',
  'src/api/client.ts',
  'src/config/*.ts',
];
/** Those that run in the process, as each is run for the mutants on its way alone. */
const NOTICING = ['test/*.test.ts', 'test/{api,config,transform}/**/*.test.ts'];
/** The newest that run on Node 20; this Stryker knows mocha up to 11. */
const TOOLS = ['@stryker-mutator/core@9', '@stryker-mutator/mocha-runner@9', 'mocha@11'];
const LEFT_OUT = ['node_modules', 'dist', '.git'];

const options = {
  testRunner: 'mocha',
  mochaOptions: { 'no-config': true, spec: NOTICING },
  testRunnerNodeArgs: ['--import', 'ts-blank-space/register'],
  mutate: process.argv.length > 2 ? process.argv.slice(2) : BROKEN,
  coverageAnalysis: 'perTest',
  concurrency: availableParallelism(),
  // A mutant that never ends is noticed as well, by then.
  timeoutMS: 3000,
  reporters: ['progress-append-only', 'clear-text'],
  clearTextReporter: { logTests: false, reportTests: false },
  thresholds: { high: 100, low: 95, break: 95 },
};

const folder = await mkdtemp(join(tmpdir(), 'kraken-outages-mutation-'));

async function run(command: string, args: readonly string[]): Promise<number> {
  const child = spawn(command, args, { cwd: folder, stdio: 'inherit' });
  const ended: Promise<unknown[]> = once(child, 'exit');
  const [code] = await ended;
  return typeof code === 'number' ? code : 1;
}

try {
  await cp(ROOT, folder, { recursive: true, filter: (path) => !LEFT_OUT.includes(basename(path)) });
  await writeFile(join(folder, 'stryker.json'), JSON.stringify(options));
  const quiet = ['--silent', '--ignore-scripts', '--no-audit', '--no-fund'];
  process.exitCode =
    (await run('npm', ['ci', ...quiet])) ||
    (await run('npm', ['install', '--no-save', ...quiet, ...TOOLS])) ||
    (await run('npx', ['stryker', 'run', 'stryker.json']));
} finally {
  await rm(folder, { recursive: true });
}
