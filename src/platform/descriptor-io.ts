/** Reads and writes pipes, terminals and devices without ever blocking a thread, so that a signal can end the wait. */
import * as fs from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { isatty, ReadStream, WriteStream } from 'node:tty';
import { promisify } from 'node:util';

import { ClosedPipeError } from '../domain/errors.ts';
import { abortable } from '../util/abort.ts';
import { errorCode } from '../util/errno.ts';

const open = promisify(fs.open);
const close = promisify(fs.close);
const stat = promisify(fs.stat);
const fstat = promisify(fs.fstat);
const read = promisify(fs.read);
const write = promisify(fs.write);

const { O_RDONLY, O_WRONLY, O_NONBLOCK, O_NOCTTY } = fs.constants;
/** Without O_NONBLOCK, opening a FIFO waits for its other end, and keeps even process.exit() waiting. */
const NONBLOCKING = process.platform === 'win32' ? 0 : O_NONBLOCK | O_NOCTTY;
const POLL_INTERVAL_MS = 20;
const READ_CHUNK_BYTES = 256 * 1024;

/** An AbortSignal that never aborts. */
const NEVER: AbortSignal = new AbortController().signal;

/** Opens the file for {@link readDescriptor}, which closes it. Errors are Node's own. */
export function openForReading(path: string): Promise<number> {
  return open(path, O_RDONLY | NONBLOCKING);
}

/**
 * Opens an existing file for {@link writeDescriptor}, which closes it; a FIFO once it has a reader. Errors are Node's own.
 * @throws the signal's reason
 */
export async function openForWriting(path: string, signal: AbortSignal = NEVER): Promise<number> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await open(path, O_WRONLY | NONBLOCKING);
    } catch (error) {
      if (errorCode(error) !== 'ENXIO' || !(await stat(path)).isFIFO()) throw error;
    }
    await abortable(delay(POLL_INTERVAL_MS), signal);
  }
}

interface ReadOptions {
  readonly signal: AbortSignal | undefined;
  /** Whether this program opened the descriptor. A file that the shell opened stays open. */
  readonly isOwn: boolean;
}

/**
 * Yields the content from the current position to the end, then closes the descriptor. A chunk is valid until the next one
 * is requested.
 * @throws the signal's reason
 */
export async function* readDescriptor(
  descriptor: number,
  { signal = NEVER, isOwn }: ReadOptions,
): AsyncGenerator<Uint8Array, void> {
  const status = await fstat(descriptor);
  if (!isStream(descriptor, status)) {
    yield* readFile(descriptor, { signal, isOwn });
    return;
  }
  // Elsewhere than on Linux, a FIFO that has had no writer yet looks as if its last writer had gone.
  if (status.isFIFO() && process.platform !== 'linux') yield* firstChunk(descriptor, signal);
  const stream = isatty(descriptor) ? new ReadStream(descriptor) : new Socket({ fd: descriptor, writable: false });
  const abort = (): void => {
    stream.destroy();
  };
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  try {
    for await (const chunk of stream) if (chunk instanceof Uint8Array) yield chunk;
  } finally {
    signal.removeEventListener('abort', abort);
    stream.destroy();
    signal.throwIfAborted();
  }
}

async function* readFile(descriptor: number, { signal, isOwn }: ReadOptions): AsyncGenerator<Uint8Array, void> {
  const buffer = new Uint8Array(READ_CHUNK_BYTES);
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await read(descriptor, buffer, 0, buffer.length, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    if (isOwn) await close(descriptor);
  }
}

async function* firstChunk(descriptor: number, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  const buffer = new Uint8Array(READ_CHUNK_BYTES);
  for (;;) {
    try {
      const { bytesRead } = await read(descriptor, buffer, 0, buffer.length, null);
      if (bytesRead > 0) yield buffer.subarray(0, bytesRead);
      if (bytesRead > 0) return;
    } catch (error) {
      // There is a writer that has not written yet.
      if (errorCode(error) === 'EAGAIN') return;
      throw error;
    }
    await abortable(delay(POLL_INTERVAL_MS), signal);
  }
}

/**
 * Writes the chunks, then closes the descriptor.
 * @throws {ClosedPipeError} if the reader has gone; the signal's reason
 */
export async function writeDescriptor(
  descriptor: number,
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal = NEVER,
): Promise<void> {
  if (isStream(descriptor, await fstat(descriptor))) {
    const stream = isatty(descriptor) ? new WriteStream(descriptor) : new Socket({ fd: descriptor, readable: false });
    stream.on('error', () => undefined);
    try {
      for await (const chunk of chunks) await abortable(writeToStream(stream, chunk), signal);
    } finally {
      stream.destroy();
    }
    return;
  }
  try {
    for await (const chunk of chunks) {
      signal.throwIfAborted();
      for (let rest = chunk; rest.length > 0;) rest = rest.subarray((await write(descriptor, rest)).bytesWritten);
    }
  } finally {
    await close(descriptor);
  }
}

function writeToStream(stream: Socket | WriteStream, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(chunk, (error) => {
      if (!error) resolve();
      else reject(errorCode(error) === 'EPIPE' ? new ClosedPipeError(error) : error);
    });
  });
}

function isStream(descriptor: number, status: fs.Stats): boolean {
  return status.isFIFO() || status.isSocket() || isatty(descriptor);
}
