import { constants, type Stats } from 'node:fs';
import { copyFile, type FileHandle, link, open, rename, stat, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { describeErrno, errorCode } from '../util/errno.ts';
import { copyAccessControlList } from './access-control-list.ts';
import { removeAtExit } from './temporary-paths.ts';

/** A temporary file. The caller must call `moveTo` or `discard`. */
export interface TemporaryFile {
  append(bytes: Uint8Array): Promise<void>;
  /** Yields what was appended so far. A chunk is valid until the next one is requested. */
  chunks(): AsyncIterable<Uint8Array>;
  /**
   * Syncs the file to disk and moves it to the target. An existing file is replaced atomically and keeps its owner, group,
   * mode and access control list; if the directory forbids that, its content is overwritten.
   * @param options.mayReplace if false, it fails with `EEXIST` if there is a file already
   */
  moveTo(target: string, options?: { readonly mayReplace: boolean }): Promise<void>;
  /** Removes it; does nothing after `moveTo`. */
  discard(): Promise<void>;
}

export interface TemporaryFileOptions {
  /** The absolute path that it will be moved to; undefined for a file in the system's temporary directory. */
  readonly target: string | undefined;
  /** The permission bits of a private file, which never takes over those of the file it replaces. */
  readonly mode: number | undefined;
  /** Returns the absolute path of a target. */
  readonly locate: (path: string) => Promise<string>;
}

const READ_CHUNK_BYTES = 256 * 1024;
/** Codes of a directory or mount that forbids to create or rename a file, or to give it to another owner. */
const FORBIDDEN = new Set<string | undefined>(['EACCES', 'EBUSY', 'EINVAL', 'EPERM', 'EROFS', 'EXDEV']);

/** A file without a path disappears as soon as it is closed, however the process ends. */
interface Opened {
  readonly handle: FileHandle;
  readonly path: string | undefined;
}

/** Creates a file beside the target, or in the system's temporary directory if the target's directory forbids it. */
export async function createTemporaryFile({ target, mode, locate }: TemporaryFileOptions): Promise<TemporaryFile> {
  const { handle, path } = await create(target, mode);
  let isOpen = true;
  const forget = path === undefined ? undefined : removeAtExit(path);

  async function replace(destination: string, existing: Stats | undefined): Promise<void> {
    const keepsAccess = !existing || mode !== undefined || (await copyAccess(existing, destination, { handle, path }));
    await handle.sync();
    if (path !== undefined && (keepsAccess || !(await isWritable(destination)))) {
      try {
        await rename(path, destination);
        return;
      } catch (error) {
        if (!existing || mode !== undefined || !FORBIDDEN.has(errorCode(error))) throw error;
      }
    }
    await overwrite(destination, handle);
  }

  async function discard(): Promise<void> {
    if (isOpen) await handle.close();
    isOpen = false;
    if (path !== undefined) await unlink(path).catch(() => undefined);
    forget?.();
  }

  return {
    async append(bytes) {
      await handle.writeFile(bytes);
    },
    async *chunks() {
      yield* contentOf(handle);
    },
    async moveTo(place, { mayReplace } = { mayReplace: true }) {
      const destination = await locate(place);
      if (mayReplace) {
        await replace(destination, await statusOf(destination));
      } else if (path !== undefined) {
        await handle.sync();
        await linkTo(path, destination);
      }
      await discard();
    },
    discard,
  };
}

async function create(target: string | undefined, mode: number | undefined): Promise<Opened> {
  const name = `.kraken-outages-${crypto.randomUUID()}.tmp`;
  if (target === undefined) return createUnnamed(name);
  const path = join(dirname(target), name);
  const existing = mode === undefined ? await statusOf(target) : undefined;
  try {
    // Keep a replacement private until it is complete, because the existing file may be private.
    return { handle: await open(path, 'wx+', existing ? 0o600 : (mode ?? 0o666)), path };
  } catch (cause) {
    if (existing && FORBIDDEN.has(errorCode(cause))) return createUnnamed(name);
    const problem = describeErrno(cause);
    if (problem === undefined) throw cause;
    throw new Error(`cannot create a file in ${dirname(target)}: ${problem}`, { cause });
  }
}

async function createUnnamed(name: string): Promise<Opened> {
  const path = join(tmpdir(), name);
  const handle = await open(path, 'wx+', 0o600);
  if (process.platform === 'win32') return { handle, path };
  await unlink(path);
  return { handle, path: undefined };
}

/** Gives the file the owner and permissions of the existing one. Returns whether that was allowed. */
async function copyAccess(existing: Stats, destination: string, { handle, path }: Opened): Promise<boolean> {
  if (path === undefined) return false;
  const { uid, gid } = await handle.stat();
  try {
    if (uid !== existing.uid || gid !== existing.gid) await handle.chown(existing.uid, existing.gid);
  } catch (error) {
    if (!FORBIDDEN.has(errorCode(error))) throw error;
    return false;
  } finally {
    await copyAccessControlList(destination, path);
    // Set the mode last, because changing the owner clears some of its bits.
    await handle.chmod(existing.mode & 0o7777);
  }
  return true;
}

async function isWritable(path: string): Promise<boolean> {
  try {
    await (await open(path, constants.O_WRONLY)).close();
    return true;
  } catch {
    return false;
  }
}

async function overwrite(path: string, source: FileHandle): Promise<void> {
  const handle = await open(path, constants.O_WRONLY);
  try {
    let size = 0;
    for await (const chunk of contentOf(source)) {
      await handle.writeFile(chunk);
      size += chunk.length;
    }
    await handle.truncate(size);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Unlike a rename, a link never replaces a file. Some file systems have no links. */
async function linkTo(path: string, destination: string): Promise<void> {
  try {
    await link(path, destination);
  } catch (error) {
    if (errorCode(error) === 'EEXIST' || errorCode(error) === 'ENOENT') throw error;
    await copyFile(path, destination, constants.COPYFILE_EXCL);
  }
}

async function statusOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Yields the file from its start, each chunk in the same memory. */
async function* contentOf(handle: FileHandle): AsyncGenerator<Uint8Array, void> {
  const buffer = new Uint8Array(READ_CHUNK_BYTES);
  for (let position = 0; ;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
