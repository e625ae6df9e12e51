import { randomUUID } from 'node:crypto';
import { type FileHandle, link, lstat, mkdir, open, readFile, realpath, rename, stat, unlink } from 'node:fs/promises';
import { platform, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { absolutePath } from './absolute-path.ts';

/** Bytes that are read at once. */
const PIECE = 256 * 1024;

/** Relative paths are taken from the working directory. Each failure is Node's own (`ENOENT`, …). */
export interface Files {
  read(path: string): Promise<Uint8Array>;
  /** The file's content a piece at a time, which is there until the next one is asked for, no longer. */
  chunks(path: string): AsyncIterable<Uint8Array>;
  /** Undefined where there is nothing. */
  stat(path: string): Promise<FileStatus | undefined>;
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

export interface FileStatus {
  /** Permission bits; on Windows, which has none, the owner's alone. */
  readonly mode: number;
  /** Whether it is a regular file. */
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  /** Changes with the content, and with the file at this path. */
  readonly version: string;
  /** For a link, `other` if it or its target is. Under sudo, the user who ran it counts as `user`; on Windows, everybody does. */
  readonly owner: 'user' | 'root' | 'other';
}

/** Ends by `moveTo` or `discard`, one of which must be called. */
export interface TemporaryFile {
  append(bytes: Uint8Array): Promise<void>;
  /** What was appended so far; a piece is there until the next one is asked for, no longer. */
  chunks(): AsyncIterable<Uint8Array>;
  /**
   * Puts the finished file in place of `path`, atomically, on disk before the name changes.
   * @param options.mayReplace else it fails (`EEXIST`) where there is something already; true unless it is given
   */
  moveTo(path: string, options?: { readonly mayReplace: boolean }): Promise<void>;
  /** Removes it; without effect after `moveTo`. */
  discard(): Promise<void>;
}

/** Returns the real files. @param cwd returns the directory that relative paths start from */
export function createFiles(cwd: () => string): Files {
  const absolute = (path: string): string => absolutePath(path, cwd);
  return {
    read: (path) => readFile(absolute(path)),
    async *chunks(path) {
      const handle = await open(absolute(path));
      try {
        yield* piecesOf(handle);
      } finally {
        await handle.close();
      }
    },
    stat: (path) => statOf(absolute(path)),
    async writeInto(path, chunks) {
      const handle = await open(absolute(path), 'w');
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
        return createTemporaryFile(path, await open(path, 'wx+', 0o600), absolute, false);
      }
      const path = join(dirname(await followLinks(absolute(beside))), name);
      return createTemporaryFile(path, await open(path, 'wx+', mode ?? 0o666), absolute, mode !== undefined);
    },
    async makeDirectory(path) {
      await mkdir(absolute(path), { recursive: true, mode: 0o700 });
    },
    remove: (path) => unlink(absolute(path)),
  };
}

function createTemporaryFile(
  path: string,
  handle: FileHandle,
  absolute: (path: string) => string,
  keepsMode: boolean,
): TemporaryFile {
  let isOpen = true;
  return {
    async append(bytes) {
      await handle.writeFile(bytes);
    },
    async *chunks() {
      yield* piecesOf(handle, 0);
    },
    async moveTo(place, { mayReplace } = { mayReplace: true }) {
      const target = await followLinks(absolute(place));
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

async function statOf(path: string): Promise<FileStatus | undefined> {
  try {
    const found = await stat(path, { bigint: true });
    const mode = Number(found.mode) & (platform() === 'win32' ? 0o700 : 0o7777);
    // Unlike the other times, ctime cannot be set back.
    const version = [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(' ');
    const owners = [(await lstat(path)).uid, Number(found.uid)].map(ownerOf);
    const owner = owners.includes('other') ? 'other' : ownerOf(Number(found.uid));
    return { mode, isFile: found.isFile(), isDirectory: found.isDirectory(), version, owner };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function ownerOf(uid: number): FileStatus['owner'] {
  const user = process.geteuid?.();
  if (user === undefined || uid === user) return 'user';
  if (uid === 0) return 'root';
  return user === 0 && process.env['SUDO_UID'] === String(uid) ? 'user' : 'other';
}

/** A link is written through, not replaced. */
async function followLinks(path: string): Promise<string> {
  return (await statOf(path)) ? realpath(path) : path;
}

/** Reads into the same memory again and again. @param start in bytes; where the file stands unless it is given */
async function* piecesOf(handle: FileHandle, start?: number): AsyncIterable<Uint8Array> {
  const buffer = new Uint8Array(PIECE);
  let position = start ?? null;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, PIECE, position);
    if (bytesRead === 0) return;
    if (position !== null) position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
