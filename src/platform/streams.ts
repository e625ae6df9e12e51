import { fstatSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';

import { ClosedPipeError, messageOf, UsageError } from '../domain/errors.ts';
import type { InputStream, OutputStream } from './environment.ts';

export function createInput(): InputStream {
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

export function createOutput(stream: NodeJS.WriteStream, descriptor: number, name: string): OutputStream {
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
