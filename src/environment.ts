import { randomUUID } from 'node:crypto';
import { type FileHandle, link, mkdir, open, readFile, realpath, rename, stat, unlink } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { isatty } from 'node:tty';

import { ClosedPipeError, UsageError } from './errors.ts';
import { createFetch } from './http.ts';

/** The world as an argument: everything effectful that the program may touch. `bin/` builds the real one. */
export interface Environment {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The working directory, absolute. */
  readonly cwd: string;
  /** The user's home directory, absolute. */
  readonly home: string;
  readonly files: Files;
  readonly clock: Clock;
  /** A number from 0 (included) to 1 (excluded). */
  random(): number;
  readonly fetch: typeof globalThis.fetch;
  /** Calls the listener at the first SIGINT or SIGTERM; a second one ends the process. Returns how to stop listening. */
  onSignal(listener: (signal: Signal) => void): () => void;
}

export type Signal = 'SIGINT' | 'SIGTERM';

export interface Input {
  readonly isTTY: boolean;
  chunks(): AsyncIterable<Uint8Array>;
  /** Of a terminal: what is typed, key by key and from now on unseen, Ctrl-C among it; until the iteration ends. */
  keys(): AsyncIterable<Uint8Array>;
  /** Ends the reading, which would keep the process waiting for more. */
  close(): void;
}

export interface Output {
  readonly isTTY: boolean;
  /** Width in cells; 0 where it is no terminal, or one that does not say. */
  readonly columns: number;
  /** Resolves once the stream takes more. @throws {ClosedPipeError} where its reader has gone @throws {UsageError} */
  write(data: string | Uint8Array): Promise<void>;
}

export interface Clock {
  /** Wall clock, milliseconds since 1970. */
  now(): number;
  /** Milliseconds of a clock that never jumps. */
  monotonic(): number;
  /** Calls back once after so many milliseconds; returns how to call it off. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** Relative paths are taken from the working directory. Each failure is Node's own (`ENOENT`, …). */
export interface Files {
  read(path: string): Promise<Uint8Array>;
  /** The file's content a piece at a time. */
  chunks(path: string): AsyncIterable<Uint8Array>;
  /** Permission bits (on Windows, which has none, the owner's alone) and kind; undefined where there is nothing. */
  stat(path: string): Promise<{ readonly mode: number; readonly isFile: boolean } | undefined>;
  /** Writes into what is there already and is no regular file: a pipe, a device. */
  writeInto(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /**
   * A new file: in the directory of `beside`, or else among the system's temporary files, for its owner alone.
   * @param mode the permission bits that it has and keeps; else what is usual, or those of the file that it replaces
   */
  createTemporary(beside?: string, mode?: number): Promise<TemporaryFile>;
  /** Makes the directory, and those above it that are missing, for their owner alone; without effect where it is there. */
  makeDirectory(path: string): Promise<void>;
  /** Removes the file. */
  remove(path: string): Promise<void>;
}

/** Ends by `moveTo` or `discard`, one of which must be called. */
export interface TemporaryFile {
  append(bytes: Uint8Array): Promise<void>;
  /** What was appended so far. */
  chunks(): AsyncIterable<Uint8Array>;
  /**
   * Puts the finished file in place of `path`, atomically, on disk before the name changes.
   * @param options.mayReplace else it fails (`EEXIST`) where there is something already; true unless it is given
   */
  moveTo(path: string, options?: { readonly mayReplace: boolean }): Promise<void>;
  /** Removes it; without effect after `moveTo`. */
  discard(): Promise<void>;
}

/** The machine's own clocks and timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => {
      clearTimeout(timer);
    };
  },
};

/** The real world, as this process sees it. */
export function createEnvironment(): Environment {
  return {
    stdin: createInput(),
    stdout: createOutput(process.stdout, 1, 'stdout'),
    stderr: createOutput(process.stderr, 2, 'stderr'),
    env: process.env,
    cwd: process.cwd(),
    home: homedir(),
    files: createFiles(process.cwd()),
    clock: systemClock,
    random: () => Math.random(),
    fetch: createFetch(systemClock),
    onSignal,
  };
}

function createInput(): Input {
  let isRead = false;
  return {
    isTTY: isatty(0),
    chunks() {
      isRead = true;
      return bytesOf(process.stdin);
    },
    keys() {
      isRead = true;
      process.stdin.setRawMode(true);
      return keysOf(process.stdin);
    },
    close() {
      if (isRead) process.stdin.destroy();
    },
  };
}

async function* keysOf(terminal: typeof process.stdin): AsyncIterable<Uint8Array> {
  try {
    // Not destroyed at the end, after which its mode could not be set back.
    yield* bytesOf(terminal.iterator({ destroyOnReturn: false }));
  } finally {
    terminal.setRawMode(false);
    terminal.pause();
  }
}

function createOutput(stream: NodeJS.WriteStream, descriptor: number, name: string): Output {
  const isTTY = isatty(descriptor);
  let failure: NodeJS.ErrnoException | undefined;
  // Without a listener, a reader that leaves would end the process; each write reports its own failure.
  stream.on('error', (error) => {
    failure ??= error;
  });
  return {
    isTTY,
    get columns() {
      return isTTY ? stream.columns : 0;
    },
    write: (data) =>
      new Promise((done, fail) => {
        stream.write(data, (error) => {
          const cause: NodeJS.ErrnoException | undefined = error ?? failure;
          if (!cause) done();
          else if (cause.code === 'EPIPE') fail(new ClosedPipeError(cause));
          else fail(new UsageError(`${name} cannot be written: ${cause.message}`, { cause, hint: 'write elsewhere' }));
        });
      }),
  };
}

/** The real files; relative paths are taken from `cwd`. */
export function createFiles(cwd: string): Files {
  return {
    read: (path) => readFile(resolve(cwd, path)),
    async *chunks(path) {
      const handle = await open(resolve(cwd, path));
      yield* bytesOf(handle.createReadStream());
    },
    stat: (path) => statOf(resolve(cwd, path)),
    async writeInto(path, chunks) {
      const handle = await open(resolve(cwd, path), 'w');
      try {
        for await (const chunk of chunks) await handle.writeFile(chunk);
      } finally {
        await handle.close();
      }
    },
    async createTemporary(beside, mode) {
      const name = `.kraken-outages-${randomUUID()}.tmp`;
      if (beside === undefined) {
        const path = join(tmpdir(), name);
        return createTemporaryFile(path, await open(path, 'wx+', 0o600), cwd, false);
      }
      const path = join(dirname(await followLinks(resolve(cwd, beside))), name);
      return createTemporaryFile(path, await open(path, 'wx+', mode ?? 0o666), cwd, mode !== undefined);
    },
    async makeDirectory(path) {
      await mkdir(resolve(cwd, path), { recursive: true, mode: 0o700 });
    },
    remove: (path) => unlink(resolve(cwd, path)),
  };
}

function createTemporaryFile(path: string, handle: FileHandle, cwd: string, keepsMode: boolean): TemporaryFile {
  let isOpen = true;
  return {
    async append(bytes) {
      await handle.writeFile(bytes);
    },
    async *chunks() {
      yield* bytesOf(handle.createReadStream({ start: 0, autoClose: false }));
    },
    async moveTo(place, { mayReplace } = { mayReplace: true }) {
      const target = await followLinks(resolve(cwd, place));
      const existing = await statOf(target);
      if (existing && !keepsMode) await handle.chmod(existing.mode);
      await handle.sync();
      await handle.close();
      isOpen = false;
      if (mayReplace) await rename(path, target);
      else {
        // Unlike a rename, a link never takes the place of anything.
        await link(path, target);
        await unlink(path);
      }
    },
    async discard() {
      if (isOpen) await handle.close();
      isOpen = false;
      await unlink(path).catch(() => undefined);
    },
  };
}

async function statOf(path: string): Promise<{ mode: number; isFile: boolean } | undefined> {
  try {
    const found = await stat(path);
    const mode = found.mode & (process.platform === 'win32' ? 0o700 : 0o7777);
    return { mode, isFile: found.isFile() };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A link is written through, not replaced. */
async function followLinks(path: string): Promise<string> {
  return (await statOf(path)) ? realpath(path) : path;
}

async function* bytesOf(stream: AsyncIterable<unknown>): AsyncIterable<Uint8Array> {
  for await (const chunk of stream) {
    if (chunk instanceof Uint8Array) yield chunk;
  }
}

function onSignal(listener: (signal: Signal) => void): () => void {
  let met = false;
  const listeners = (['SIGINT', 'SIGTERM'] as const).map((signal) => {
    const meet = (): void => {
      if (met) process.exit(signal === 'SIGINT' ? 130 : 143);
      met = true;
      listener(signal);
    };
    process.on(signal, meet);
    return () => {
      process.off(signal, meet);
    };
  });
  return () => {
    // After a first one, a second one has to end the process also while output waits for its reader.
    if (!met) for (const stop of listeners) stop();
  };
}
