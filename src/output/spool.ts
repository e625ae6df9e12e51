import { ClosedPipeError, fileError, UsageError } from '../domain/errors.ts';
import type { OutputStream } from '../platform/environment.ts';
import type { Files } from '../platform/files.ts';
import type { TemporaryFile } from '../platform/temporary-file.ts';

/** Buffers output until it is complete: in memory, and in a temporary file if it is large. */
export interface Spool {
  /** Copies the bytes, so that the caller may reuse them. */
  append(bytes: Uint8Array | string): void;
  /** Moves data beyond the memory limit to disk. Await it between appends. @throws {UsageError} if the disk is full */
  flush(): Promise<void>;
  /**
   * Writes everything to the output, a file atomically, and ends the spool. Returns the size of the file in bytes; undefined
   * for a stream, a pipe or a device. A reader who stops reading is no error.
   */
  deliver(stdout: OutputStream): Promise<number | undefined>;
  /** Drops everything; does nothing after `deliver`. */
  discard(): Promise<void>;
}

const MAX_MEMORY_BYTES = 4 * 1024 * 1024;
const FIRST_CHUNK_BYTES = 1024;
const CHUNK_BYTES = 64 * 1024;

/** @throws {UsageError} if `--output` is empty, as an unset variable in a script leaves it */
export function assertOutput(output: string | undefined): void {
  if (output !== '') return;
  throw new UsageError('--output: expected a file name', { hint: 'for stdout, use - or leave --output out' });
}

/**
 * Creates a spool.
 * @param output the file it will be written to, so that the temporary file is on the same disk; `-` or undefined for stdout
 * @param maxMemory bytes that are kept in memory
 */
export function createSpool(files: Files, output: string | undefined, maxMemory = MAX_MEMORY_BYTES): Spool {
  const target = output === '-' ? undefined : output;
  const where = target === undefined ? 'a temporary file' : `--output ${target}`;
  let chunks: Uint8Array[] = [];
  let chunk = new Uint8Array(FIRST_CHUNK_BYTES);
  let filled = 0;
  let size = 0;
  let file: TemporaryFile | undefined;
  let isSpecial: boolean | undefined;

  function append(data: Uint8Array | string): void {
    let rest = typeof data === 'string' ? Buffer.from(data) : data;
    size += rest.length;
    while (rest.length > 0) {
      const taken = rest.subarray(0, chunk.length - filled);
      chunk.set(taken, filled);
      filled += taken.length;
      rest = rest.subarray(taken.length);
      if (filled === chunk.length) endChunk();
    }
  }

  function endChunk(): void {
    chunks.push(chunk.subarray(0, filled));
    chunk = new Uint8Array(Math.min(CHUNK_BYTES, 2 * chunk.length));
    filled = 0;
  }

  /** Returns whether the output is a pipe, a device or a descriptor, which cannot be replaced. */
  async function writesInPlace(): Promise<boolean> {
    return (isSpecial ??= target !== undefined && (await files.stat(target))?.isFile === false);
  }

  async function writeToDisk(): Promise<void> {
    try {
      file ??= await files.createTemporary((await writesInPlace()) ? undefined : target);
      for (const full of chunks.splice(0)) await file.append(full);
    } catch (error) {
      throw fileError(where, error);
    }
  }

  async function* everything(): AsyncIterable<Uint8Array> {
    if (file) yield* file.chunks();
    yield* chunks;
  }

  async function writeToFile(path: string): Promise<void> {
    try {
      if (await writesInPlace()) await files.writeInto(path, everything());
      else {
        await writeToDisk();
        await file?.moveTo(path);
      }
    } catch (error) {
      throw fileError(where, error);
    }
  }

  async function writeToStream(stdout: OutputStream): Promise<void> {
    for await (const full of everything()) await stdout.write(full);
  }

  async function discard(): Promise<void> {
    chunks = [];
    await file?.discard();
    file = undefined;
  }

  return {
    append,
    async flush() {
      if (size >= maxMemory) await writeToDisk();
    },
    async deliver(stdout) {
      endChunk();
      try {
        await (target === undefined ? writeToStream(stdout) : writeToFile(target));
      } catch (error) {
        if (!(error instanceof ClosedPipeError)) throw error;
      }
      await discard();
      return target === undefined || (await writesInPlace()) ? undefined : size;
    },
    discard,
  };
}
