import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants as fileModes } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import { systemClock } from '../../../src/platform/clock.ts';
import { createFiles } from '../../../src/platform/files.ts';
import { createFetch } from '../../../src/api/http/create-fetch.ts';
import { main } from '../../../src/main.ts';
import { withoutAnnouncement } from '../../support/announcement.ts';
import { inputOf, testEnvironment, type TestOverrides } from '../../support/environment.ts';

export const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
export const EXECUTABLE = join(REPOSITORY, 'bin', 'kraken-outages.js');

/** The API key of every run; `end` checks that no output contains it. */
export const KEY = 'e2e-Secret/key+1234567890==';

/** A run that takes longer is killed, unless it says how long it may take. */
const LONGEST_RUN_MS = 60_000;

export interface StartOptions {
  /** Added to PATH, HOME, TMPDIR and NODE_DISABLE_COMPILE_CACHE; nothing else is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  /** The content of stdin (default: empty); with `open`, the test writes to it. */
  readonly stdin?: string | { readonly open: true };
  readonly cwd?: string;
  /** The process is killed after this time, in ms (default: a minute). */
  readonly timeout?: number;
}

export interface CallOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Replaces parts of the environment, such as signals and clocks. */
  readonly world?: TestOverrides;
}

export interface Result {
  /** As in a shell: 128 plus the number of the signal that ended the process. */
  readonly code: number;
  readonly stdout: string;
  /** Without the line that says where a submission goes. */
  readonly stderr: string;
}

/** A process that a test started. */
export interface Running {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Resolves when the condition holds, checked after each chunk of output; rejects if the process ends first. */
  readonly until: (condition: () => boolean) => Promise<void>;
  /** Resolves with the promise; rejects if the process ends first. */
  readonly reaching: <T>(promise: Promise<T>) => Promise<T>;
  readonly ended: Promise<Result>;
}

/** A temporary directory that is HOME and the working directory of a test's processes. */
export interface Workspace {
  readonly path: string;
  /** Writes a file with mode 0600, because it may contain a key; resolves to its absolute path. */
  readonly write: (name: string, content: string | Uint8Array) => Promise<string>;
  readonly read: (name: string) => Promise<string>;
  readonly list: () => Promise<readonly string[]>;
  /** Starts the executable. */
  readonly start: (args: readonly string[], options?: StartOptions) => Running;
  /** Runs the executable and waits for its end. */
  readonly run: (args: readonly string[], options?: StartOptions) => Promise<Result>;
  /**
   * Calls `main` in this process, which is faster: with real sockets and files, and with the shortest delays between
   * attempts.
   */
  readonly call: (args: readonly string[], options?: CallOptions) => Promise<Result>;
  /** Runs a bash script in which `kraken-outages` is the executable. */
  readonly shell: (script: string, options?: StartOptions) => Promise<Result>;
  /** Starts any program. */
  readonly spawn: (command: string, args: readonly string[], options?: StartOptions) => Running;
}

/**
 * Runs the test in a workspace; afterwards kills what still runs in it and removes it.
 * Fails if a run left a temporary file or printed the key.
 */
export async function inWorkspace<T>(use: (workspace: Workspace) => Promise<T>): Promise<T> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'kraken-outages-e2e-')));
  const path = join(root, 'home');
  const temporary = join(root, 'tmp');
  await Promise.all([mkdir(path), mkdir(temporary)]);
  // The search for a configuration file ends here.
  await writeFile(join(root, 'package.json'), '{}');
  const runs: Running[] = [];

  const begin: Workspace['spawn'] = (command, args, { env = {}, stdin, cwd = path, timeout = LONGEST_RUN_MS } = {}) => {
    const child = spawn(command, args, {
      cwd,
      // From Node.js 22 on, the executable would keep compiled code in the home directory.
      env: { PATH: process.env['PATH'], HOME: path, TMPDIR: temporary, NODE_DISABLE_COMPILE_CACHE: '1', ...env },
      stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      timeout,
      killSignal: 'SIGKILL',
    });
    const running = follow(child);
    runs.push(running);
    if (typeof stdin === 'string') {
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(stdin);
    }
    return running;
  };
  const start: Workspace['start'] = (args, options) => begin(process.execPath, [EXECUTABLE, ...args], options);

  try {
    const result = await use({
      path,
      async write(name, content) {
        await writeFile(join(path, name), content, { mode: 0o600 });
        return join(path, name);
      },
      read: (name) => readFile(join(path, name), 'utf8'),
      list: async () => (await readdir(path)).sort(),
      start,
      run: (args, options) => start(args, options).ended,
      async call(args, { env = {}, stdin = '', world = {} } = {}) {
        const texts = { stdout: '', stderr: '' };
        const capture = (name: 'stdout' | 'stderr') => ({
          isTTY: false,
          columns: 0,
          write(data: string | Uint8Array) {
            texts[name] += typeof data === 'string' ? data : Buffer.from(data).toString();
            return Promise.resolve();
          },
        });
        const code = await main(
          args,
          testEnvironment({
            cwd: path,
            env,
            stdin: inputOf(stdin),
            stdout: capture('stdout'),
            stderr: capture('stderr'),
            files: createFiles({ cwd: () => path }),
            fetch: createFetch(systemClock),
            random: () => 0,
            ...world,
          }),
        );
        return withoutKey({ code, ...texts });
      },
      shell(script, { env = {}, ...options } = {}) {
        const whole = `set -o pipefail\nkraken-outages() { "$NODE" "$EXECUTABLE" "$@"; }\n${script}`;
        const variables = { NODE: process.execPath, EXECUTABLE, ...env };
        return begin('bash', ['-c', whole], { ...options, env: variables }).ended;
      },
      spawn: begin,
    });
    await Promise.all(runs.map(({ ended }) => ended));
    expect(await readdir(temporary), 'temporary files').to.deep.equal([]);
    return result;
  } finally {
    for (const { child } of runs) child.kill('SIGKILL');
    await Promise.allSettled(runs.map(({ ended }) => ended));
    await rm(root, { recursive: true, force: true });
  }
}

function follow(child: ChildProcess): Running {
  const texts = { stdout: '', stderr: '' };
  let waiting: (() => void)[] = [];
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = child[name];
    stream?.setEncoding('utf8');
    stream?.on('data', (text: string) => {
      texts[name] += text;
      for (const resolve of waiting.splice(0)) resolve();
    });
  }
  const ended = end(child, texts);
  // Not every test awaits it.
  ended.catch(() => undefined);

  async function reaching<T>(promise: Promise<T>): Promise<T> {
    const early = ended.then(({ code, stdout, stderr }) => {
      const output = `${stdout.slice(0, 500)}\n${stderr.slice(-500)}`;
      throw new Error(`the run ended with ${code} before what the test waits for:\n${output}`);
    });
    return Promise.race([promise, early]);
  }

  return {
    child,
    stdout: () => texts.stdout,
    stderr: () => texts.stderr,
    kill: (signal) => child.kill(signal),
    async until(condition) {
      while (!condition()) {
        await reaching(
          new Promise<void>((resolve) => {
            waiting = [...waiting, resolve];
          }),
        );
      }
    },
    reaching,
    ended,
  };
}

async function end(child: ChildProcess, texts: { readonly stdout: string; readonly stderr: string }): Promise<Result> {
  await once(child, 'close');
  const { exitCode, signalCode } = child;
  return withoutKey({ code: exitCode ?? 128 + (signalCode === null ? 0 : constants.signals[signalCode]), ...texts });
}

function withoutKey(result: Result): Result {
  expect(`${result.stdout}${result.stderr}`.includes(KEY), 'whether the key is in the output').to.equal(false);
  return { ...result, stderr: withoutAnnouncement(result.stderr) };
}

/** Whether PATH has this program. */
export function hasProgram(name: string): boolean {
  return findProgram(name) !== undefined;
}

/** The path of the program, found on PATH. */
export function findProgram(name: string): string | undefined {
  const paths = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name));
  return paths.find((path) => {
    try {
      accessSync(path, fileModes.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The lines of a text; fails if the last one has no newline. */
export function linesOf(text: string): readonly string[] {
  if (text === '') return [];
  expect(text.endsWith('\n'), `the last line has an end: ${JSON.stringify(text.slice(-80))}`).to.equal(true);
  return text.slice(0, -1).split('\n');
}

/** The values of a text with one JSON value per line. */
export function jsonLinesOf(text: string): readonly unknown[] {
  return linesOf(text).map((line): unknown => JSON.parse(line));
}

/** Keys of a receipt that say when and where it was sent. */
const RUN_FACTS = ['time', 'run', 'api', 'cutoff', 'cutoffInclusive'];

/** Returns a receipt without the facts of its run. */
export function withoutRunFacts(receipt: unknown): unknown {
  return Object.fromEntries(Object.entries(fieldsOf(receipt)).filter(([name]) => !RUN_FACTS.includes(name)));
}

/** Parses JSON and replaces durations, the numbers with these keys, by 0. */
export function parseTimeless(text: string, names: readonly string[] = ['elapsedMs', 'milliseconds']): unknown {
  return JSON.parse(text, (name, value: unknown) =>
    names.includes(name) && typeof value === 'number' && value >= 0 ? 0 : value,
  );
}

/** The fields of an object, or none for another value. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  const fields: Record<string, unknown> = {};
  if (typeof value === 'object') Object.assign(fields, value);
  return fields;
}

/** The error and the hint of a failed run; fails if stderr has anything else. */
export function failureOf({ stderr }: Result): { error: string; hint: string } {
  const match = /^error: (.*)\nhint: (.*)\n$/.exec(stderr);
  expect(match, `one line "error: …" and one "hint: …", not ${JSON.stringify(stderr)}`).not.to.equal(null);
  const [, error = '', hint = ''] = match ?? [];
  return { error, hint };
}
