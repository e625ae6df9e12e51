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
import { inputOf, testEnvironment, type TestOverrides } from '../../support/environment.ts';

export const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
export const EXECUTABLE = join(REPOSITORY, 'bin', 'kraken-outages.js');

/** The secret of every run: it must never be seen in what a run prints. */
export const KEY = 'e2e-Secret/key+1234567890==';

/** Whether a run that neither ends nor is waited for any more is still there after so long, and is killed. */
const LONGEST_RUN_MS = 60_000;

export interface StartOptions {
  /** Beside PATH, HOME, TMPDIR and NODE_DISABLE_COMPILE_CACHE, which are all that a run sees otherwise. */
  readonly env?: Readonly<Record<string, string>>;
  /** What stdin holds; where undefined, it is empty. `open` leaves it to the test. */
  readonly stdin?: string | { readonly open: true };
  readonly cwd?: string;
}

export interface CallOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** What is otherwise than in the real world, such as signals and clocks. */
  readonly world?: TestOverrides;
}

export interface Result {
  /** As a shell has it: 128 and the signal's number for one that a signal ended. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run that has not ended, or has. */
export interface Running {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Resolves once the condition holds, which is asked after each piece of output; rejects where the run ends before. */
  readonly until: (condition: () => boolean) => Promise<void>;
  /** Resolves with the promise; rejects where the run ends before. */
  readonly reaching: <T>(promise: Promise<T>) => Promise<T>;
  readonly ended: Promise<Result>;
}

/** A folder of a test's own, which is HOME and the working directory of what runs in it. */
export interface Workspace {
  readonly path: string;
  /** Writes a file that only its owner can read, as a key may stand in it; resolves to its absolute path. */
  readonly write: (name: string, content: string | Uint8Array) => Promise<string>;
  readonly read: (name: string) => Promise<string>;
  readonly list: () => Promise<readonly string[]>;
  /** Starts the executable. */
  readonly start: (args: readonly string[], options?: StartOptions) => Running;
  /** Runs the executable to its end. */
  readonly run: (args: readonly string[], options?: StartOptions) => Promise<Result>;
  /**
   * Runs the program within this process, without the cost of another one: over real sockets and on real files as well,
   * and with the shortest waits between attempts.
   */
  readonly call: (args: readonly string[], options?: CallOptions) => Promise<Result>;
  /** Runs a script of bash, in which `kraken-outages` is the executable. */
  readonly shell: (script: string, options?: StartOptions) => Promise<Result>;
  /** Starts any program. */
  readonly spawn: (command: string, args: readonly string[], options?: StartOptions) => Running;
}

/**
 * Gives the test a workspace, and takes it away afterwards together with what still runs in it.
 * Each run must have left no temporary file behind, and have kept the key to itself.
 */
export async function inWorkspace<T>(use: (workspace: Workspace) => Promise<T>): Promise<T> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'kraken-outages-e2e-')));
  const path = join(root, 'home');
  const temporary = join(root, 'tmp');
  await Promise.all([mkdir(path), mkdir(temporary)]);
  // The search for a configuration file ends here.
  await writeFile(join(root, 'package.json'), '{}');
  const runs: Running[] = [];

  const begin: Workspace['spawn'] = (command, args, { env = {}, stdin, cwd = path } = {}) => {
    const child = spawn(command, args, {
      cwd,
      // From Node.js 22 on, the executable would keep compiled code in the home directory.
      env: { PATH: process.env['PATH'], HOME: path, TMPDIR: temporary, NODE_DISABLE_COMPILE_CACHE: '1', ...env },
      stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      timeout: LONGEST_RUN_MS,
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
            files: createFiles(() => path),
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
  let tell: (() => void)[] = [];
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = child[name];
    stream?.setEncoding('utf8');
    stream?.on('data', (text: string) => {
      texts[name] += text;
      for (const each of tell.splice(0)) each();
    });
  }
  const ended = end(child, texts);
  // Whoever waits hears of it; nobody has to.
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
            tell = [...tell, resolve];
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
  return result;
}

/** Whether there is such a program on PATH. */
export function hasProgram(name: string): boolean {
  return findProgram(name) !== undefined;
}

/** The path of the program of this name, as PATH has it. */
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

/** The lines of a text, each of which must be ended. */
export function linesOf(text: string): readonly string[] {
  if (text === '') return [];
  expect(text.endsWith('\n'), `the last line has an end: ${JSON.stringify(text.slice(-80))}`).to.equal(true);
  return text.slice(0, -1).split('\n');
}

/** The values of a text that holds one JSON value a line. */
export function jsonLinesOf(text: string): readonly unknown[] {
  return linesOf(text).map((line): unknown => JSON.parse(line));
}

/** The JSON value with all numbers named so as 0: what takes time takes another time each time. */
export function parseTimeless(text: string, names: readonly string[] = ['elapsedMs', 'milliseconds']): unknown {
  return JSON.parse(text, (name, value: unknown) =>
    names.includes(name) && typeof value === 'number' && value >= 0 ? 0 : value,
  );
}

/** The members of an object. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  const fields: Record<string, unknown> = {};
  if (typeof value === 'object') Object.assign(fields, value);
  return fields;
}

/** The two lines that a failure of a whole run is told in, and nothing else. */
export function failureOf({ stderr }: Result): { error: string; hint: string } {
  const match = /^error: (.*)\nhint: (.*)\n$/.exec(stderr);
  expect(match, `one line "error: …" and one "hint: …", not ${JSON.stringify(stderr)}`).not.to.equal(null);
  const [, error = '', hint = ''] = match ?? [];
  return { error, hint };
}
