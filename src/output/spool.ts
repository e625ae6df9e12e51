import type { OutputStream } from '../platform/environment.ts';
import type { Files, TemporaryFile } from '../platform/files.ts';
import { ClosedPipeError, fileError } from '../domain/errors.ts';

/** Output that is held back until it is whole: in memory, and from some size on in a temporary file. */
export interface Spool {
  /** Takes the bytes, which the caller may use again. */
  append(bytes: Uint8Array | string): void;
  /** Makes room; to be awaited between appends. @throws {UsageError} where the disk takes no more */
  flush(): Promise<void>;
  /**
   * Hands out the whole, to the output (a file: atomically) or to stdout, and ends the spool. Whoever stops reading stdout
   * has what they wanted.
   */
  deliver(stdout: OutputStream): Promise<void>;
  /** Throws everything away; without effect after `deliver`. */
  discard(): Promise<void>;
}

/** Bytes that are kept in memory. */
const IN_MEMORY = 4 * 1024 * 1024;
const FIRST_PIECE = 1024;
const PIECE = 64 * 1024;

/**
 * @param output where the whole will go, so that the temporary file lies on the same disk
 * @param inMemory bytes that are kept in memory
 */
export function createSpool(files: Files, output: string | undefined, inMemory = IN_MEMORY): Spool {
  const target = output === '-' ? undefined : output;
  const where = target === undefined ? 'a temporary file' : `--output ${target}`;
  let pieces: Uint8Array[] = [];
  let piece = new Uint8Array(FIRST_PIECE);
  let filled = 0;
  let size = 0;
  let file: TemporaryFile | undefined;
  let isSpecial: boolean | undefined;

  function append(data: Uint8Array | string): void {
    let rest = typeof data === 'string' ? Buffer.from(data) : data;
    size += rest.length;
    while (rest.length > 0) {
      const taken = rest.subarray(0, piece.length - filled);
      piece.set(taken, filled);
      filled += taken.length;
      rest = rest.subarray(taken.length);
      if (filled === piece.length) closePiece();
    }
  }

  function closePiece(): void {
    pieces.push(piece.subarray(0, filled));
    piece = new Uint8Array(Math.min(PIECE, 2 * piece.length));
    filled = 0;
  }

  async function settle(): Promise<void> {
    if (size >= inMemory) await toDisk();
  }

  /** Whether the output is a pipe or a device, which nothing takes the place of. */
  async function goesInto(): Promise<boolean> {
    return (isSpecial ??= target !== undefined && (await files.stat(target))?.isFile === false);
  }

  async function toDisk(): Promise<void> {
    try {
      file ??= await files.createTemporary((await goesInto()) ? undefined : target);
      for (const full of pieces.splice(0)) await file.append(full);
    } catch (error) {
      throw fileError(where, error);
    }
  }

  async function* whole(): AsyncIterable<Uint8Array> {
    if (file) yield* file.chunks();
    yield* pieces;
  }

  async function deliver(stdout: OutputStream): Promise<void> {
    closePiece();
    if (target === undefined) {
      try {
        for await (const chunk of whole()) await stdout.write(chunk);
      } catch (error) {
        if (!(error instanceof ClosedPipeError)) throw error;
      }
      return discard();
    }
    try {
      if (await goesInto()) await files.writeInto(target, whole());
      else {
        await toDisk();
        await file?.moveTo(target);
      }
    } catch (error) {
      throw fileError(where, error);
    }
    await discard();
  }

  async function discard(): Promise<void> {
    pieces = [];
    await file?.discard();
    file = undefined;
  }

  return { append, flush: settle, deliver, discard };
}
