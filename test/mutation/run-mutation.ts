/**
 * `npm run mutate`: mutation testing with Stryker of the rule, the reader, the retry policy, the client and the
 * configuration. Prints the surviving mutants, which test/mutation/survivors.md explains; exits with 1 if a part has a mutation score
 * below 95 %.
 *
 *     npm run mutate -- [part…]      default: all, which takes an hour of two cores
 *
 * Works on a copy in a temporary directory: Stryker is not a dependency, and its runner needs an older mocha.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Part {
  readonly mutated: readonly string[];
  /** As few as possible: a mutant in module-level code runs all of them in a new process. */
  readonly tests: readonly string[];
}

const PARTS: Readonly<Record<string, Part>> = {
  transform: {
    mutated: ['src/transform/*.ts'],
    tests: ['test/transform/*.test.ts', 'test/pipeline/build-lists.test.ts'],
  },
  reader: {
    mutated: ['src/api/json-reader/*.ts'],
    tests: ['test/api/json-reader/*.test.ts', 'test/api/response-schemas.test.ts'],
  },
  client: { mutated: ['src/api/{attempt,client,retry,retry-after}.ts'], tests: ['test/api/*.test.ts'] },
  config: { mutated: ['src/config/*.ts'], tests: ['test/config/**/*.test.ts'] },
};
/** The newest versions for Node.js 20; this Stryker supports mocha up to 11. */
const TOOLS = ['@stryker-mutator/core@9', '@stryker-mutator/mocha-runner@9', 'mocha@11'];
const LEFT_OUT = ['node_modules', 'dist', '.git'];

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(PARTS);
const folder = await mkdtemp(join(tmpdir(), 'kraken-outages-mutation-'));

function optionsFor({ mutated, tests }: Part): object {
  return {
    testRunner: 'mocha',
    mochaOptions: { 'no-config': true, spec: tests },
    testRunnerNodeArgs: ['--import', 'ts-blank-space/register'],
    mutate: mutated,
    coverageAnalysis: 'perTest',
    concurrency: availableParallelism(),
    // Kills mutants with infinite loops.
    timeoutMS: 2000,
    timeoutFactor: 1.2,
    reporters: ['progress-append-only', 'clear-text'],
    clearTextReporter: { logTests: false, reportTests: false },
    thresholds: { high: 100, low: 95, break: 95 },
  };
}

async function run(command: string, args: readonly string[]): Promise<number> {
  const child = spawn(command, args, { cwd: folder, stdio: 'inherit' });
  const ended: Promise<unknown[]> = once(child, 'exit');
  const [code] = await ended;
  return typeof code === 'number' ? code : 1;
}

async function prepare(): Promise<boolean> {
  await cp(ROOT, folder, { recursive: true, filter: (path) => !LEFT_OUT.includes(basename(path)) });
  const quiet = ['--silent', '--ignore-scripts', '--no-audit', '--no-fund'];
  const codes = [
    await run('npm', ['ci', ...quiet]),
    // Some tests read files of the package.
    await run('npx', ['rolldown', '--config', 'rolldown.config.js']),
    await run('npm', ['install', '--no-save', ...quiet, ...TOOLS]),
  ];
  return codes.every((code) => code === 0);
}

async function breakPart(name: string): Promise<boolean> {
  const part = PARTS[name];
  if (!part) throw new RangeError(`there is no part ${name}; the parts are ${Object.keys(PARTS).join(', ')}`);
  process.stdout.write(`\n# ${name}\n`);
  await writeFile(join(folder, 'stryker.json'), JSON.stringify(optionsFor(part)));
  return (await run('npx', ['stryker', 'run', 'stryker.json'])) === 0;
}

try {
  let isNoticed = await prepare();
  for (const name of names) isNoticed = (await breakPart(name)) && isNoticed;
  process.exitCode = isNoticed ? 0 : 1;
} finally {
  await rm(folder, { recursive: true });
}
