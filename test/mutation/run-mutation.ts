/**
 * `npm run mutate`: breaks the rule, the reader, the retry policy, the client and the configuration in some thousand small ways,
 * each of which a test has to notice (Stryker). Prints those that none has noticed, which survivors.md explains; exits with 1
 * where a part is below 95 % noticed.
 *
 *     npm run mutate -- [part…]      default: all, which takes an hour of two cores
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

interface Part {
  readonly broken: readonly string[];
  /** Those beside it alone: what is broken as a module is loaded is tried on each of them, in a new process. */
  readonly noticing: readonly string[];
}

const PARTS: Readonly<Record<string, Part>> = {
  transform: {
    broken: ['src/transform/*.ts'],
    noticing: ['test/transform/*.test.ts', 'test/pipeline/build-lists.test.ts'],
  },
  reader: {
    broken: ['src/api/json-reader/*.ts'],
    noticing: ['test/api/json-reader/*.test.ts', 'test/api/response-schemas.test.ts'],
  },
  client: { broken: ['src/api/{attempt,client,retry,retry-after}.ts'], noticing: ['test/api/*.test.ts'] },
  config: { broken: ['src/config/*.ts'], noticing: ['test/config/**/*.test.ts'] },
};
/** The newest that run on Node 20; this Stryker knows mocha up to 11. */
const TOOLS = ['@stryker-mutator/core@9', '@stryker-mutator/mocha-runner@9', 'mocha@11'];
const LEFT_OUT = ['node_modules', 'dist', '.git'];

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(PARTS);
const folder = await mkdtemp(join(tmpdir(), 'kraken-outages-mutation-'));

function optionsFor({ broken, noticing }: Part): object {
  return {
    testRunner: 'mocha',
    mochaOptions: { 'no-config': true, spec: noticing },
    testRunnerNodeArgs: ['--import', 'ts-blank-space/register'],
    mutate: broken,
    coverageAnalysis: 'perTest',
    concurrency: availableParallelism(),
    // A mutant that never ends is noticed as well, by then.
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
    // Some tests look into what is shipped.
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
