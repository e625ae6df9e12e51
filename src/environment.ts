import { fstatSync, writeSync } from 'node:fs';
import { homedir } from 'node:os';
import { isatty } from 'node:tty';

import { type Clock, systemClock } from './clock.ts';
import { ClosedPipeError, messageOf, UsageError } from './errors.ts';
import { createFiles, type Files } from './files.ts';
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
  const write = isFile(descriptor) ? writeToFile(descriptor) : writeToStream(stream);
  return {
    isTTY,
    get columns() {
      return isTTY ? stream.columns : 0;
    },
    async write(data) {
      try {
        await write(data);
      } catch (error) {
        const cause: NodeJS.ErrnoException | undefined = error instanceof Error ? error : undefined;
        if (cause?.code === 'EPIPE') throw new ClosedPipeError(cause);
        throw new UsageError(`${name} cannot be written: ${messageOf(error)}`, { cause, hint: 'write elsewhere' });
      }
    },
  };
}

function isFile(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile();
  } catch {
    // It is closed, as each write will say.
    return false;
  }
}

/** Node's own stream takes what a full disk took a part of for written. */
function writeToFile(descriptor: number): (data: string | Uint8Array) => Promise<void> {
  return (data) =>
    new Promise((done) => {
      let rest = typeof data === 'string' ? Buffer.from(data) : data;
      while (rest.length > 0) rest = rest.subarray(writeSync(descriptor, rest));
      done();
    });
}

function writeToStream(stream: NodeJS.WriteStream): (data: string | Uint8Array) => Promise<void> {
  let failure: NodeJS.ErrnoException | undefined;
  // Without a listener, a reader that leaves would end the process; each write reports its own failure.
  stream.on('error', (error) => {
    failure ??= error;
  });
  return (data) =>
    new Promise((done, fail) => {
      stream.write(data, (error) => {
        const cause = error ?? failure;
        if (cause) fail(cause);
        else done();
      });
    });
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
      if (met) {
        // Not by process.exit(), which waits for a pipe that is being opened until somebody opens its other end.
        process.removeAllListeners(signal);
        process.kill(process.pid, signal);
        return;
      }
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
