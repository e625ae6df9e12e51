import { fstatSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';

import { ClosedPipeError, messageOf, UsageError } from '../domain/errors.ts';
import { describeErrno, errorCode } from '../util/errno.ts';
import type { InputStream, OutputStream } from './environment.ts';

/** Returns the stdin of this process. */
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
    // The mode of a destroyed stream cannot be reset.
    yield* bytesOf(terminal.iterator({ destroyOnReturn: false }));
  } finally {
    terminal.setRawMode(false);
    terminal.pause();
  }
}

/** Returns the stdout (descriptor 1) or stderr (2) of this process. @param name begins the message of an error */
export function createOutput(descriptor: 1 | 2, name: string): OutputStream {
  const isTTY = isatty(descriptor);
  // Opened only when needed: a file needs no stream, and some descriptors cannot become one.
  const stream = (): NodeJS.WriteStream => (descriptor === 1 ? process.stdout : process.stderr);
  let write: ((data: string | Uint8Array) => Promise<void>) | undefined;
  return {
    isTTY,
    get columns() {
      return isTTY ? stream().columns : 0;
    },
    async write(data) {
      try {
        write ??= isFile(descriptor) ? fileWriter(descriptor) : streamWriter(stream());
        await write(data);
      } catch (error) {
        if (errorCode(error) === 'EPIPE') throw new ClosedPipeError(error);
        throw new UsageError(`cannot write to ${name}: ${describeErrno(error) ?? messageOf(error)}`, {
          cause: error,
          hint: 'write to another file or device',
        });
      }
    },
  };
}

function isFile(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile();
  } catch {
    // The descriptor is closed. Each write reports that.
    return false;
  }
}

/** Node's own stream treats a partial write, as on a full disk, as a complete one. */
function fileWriter(descriptor: number): (data: string | Uint8Array) => Promise<void> {
  return (data) =>
    new Promise((resolve) => {
      let rest = typeof data === 'string' ? Buffer.from(data) : data;
      while (rest.length > 0) rest = rest.subarray(writeSync(descriptor, rest));
      resolve();
    });
}

function streamWriter(stream: NodeJS.WriteStream): (data: string | Uint8Array) => Promise<void> {
  let failure: Error | undefined;
  // Without a listener, a reader that leaves would end the process; each write reports its own failure.
  stream.on('error', (error) => {
    failure ??= error;
  });
  return (data) =>
    new Promise((resolve, reject) => {
      stream.write(data, (error) => {
        const cause = error ?? failure;
        if (cause) reject(cause);
        else resolve();
      });
    });
}

async function* bytesOf(stream: AsyncIterable<unknown>): AsyncIterable<Uint8Array> {
  for await (const chunk of stream) {
    if (chunk instanceof Uint8Array) yield chunk;
  }
}
