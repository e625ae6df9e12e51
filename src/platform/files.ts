import * as fs from 'node:fs';
import { promisify } from 'node:util';

import { abortable, abortableChunks } from '../util/abort.ts';
import { errorCode } from '../util/errno.ts';
import { once } from '../util/once.ts';
import { absolutePath, type PathBases } from './absolute-path.ts';
import { openForReading, openForWriting, readDescriptor, writeDescriptor } from './descriptor-io.ts';
import { followLinks } from './follow-links.ts';
import type { LockedFile } from './locked-file.ts';
import type { TemporaryFile } from './temporary-file.ts';

/**
 * File access. Relative paths start from the working directory, `~/` from the home directory. `/dev/stdin`, `/dev/fd/N` and the
 * like are the descriptor itself. An aborted signal ends a wait for the other end of a pipe, with the signal's reason. Other
 * errors are Node's own (`ENOENT`, …).
 */
export interface Files {
  /** Whether permission bits say who may read a file; false on Windows. */
  readonly hasPermissionBits: boolean;
  read(path: string, signal?: AbortSignal): Promise<Uint8Array>;
  /** Yields the file's content. A chunk is valid until the next one is requested. */
  chunks(path: string, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /** Returns undefined if there is no such file. */
  stat(path: string): Promise<FileStatus | undefined>;
  /**
   * Finds out why the permissions of a file cannot be changed: its file system is read-only, or it belongs to another user.
   * Returns undefined if they can be changed.
   */
  findModeObstacle(path: string): Promise<'read-only' | 'not-owner' | undefined>;
  /** Writes to an existing pipe, device or descriptor. @throws {ClosedPipeError} if the reader has gone */
  writeInto(path: string, chunks: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void>;
  /**
   * Creates a file that will become the file at `target`, or else one in the system's temporary directory.
   * @param mode the permission bits of a private file: it replaces a symbolic link instead of following it. By default, a
   * file keeps the permissions of the one it replaces.
   */
  createTemporary(target?: string, mode?: number): Promise<TemporaryFile>;
  /** Opens a regular file, or a new one with mode 0600, for this process alone. @throws {FileInUseError} */
  openLocked(path: string): Promise<LockedFile>;
  /** Creates the directory and its missing parents, with mode 0700. Does nothing if it exists. */
  makeDirectory(path: string): Promise<void>;
  remove(path: string): Promise<void>;
}

export interface FileStatus {
  /** Permission bits; on Windows only the owner's. */
  readonly mode: number;
  /** Whether it is a regular file, and not a descriptor of this process. */
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  /** Changes with the content, and with the file at this path. */
  readonly version: string;
  /** For a link, `other` if it or its target is. Under sudo, the user who ran it counts as `user`; on Windows, everybody does. */
  readonly owner: 'user' | 'root' | 'other';
}

/** Streams for the descriptors 0, 1 and 2. */
interface StandardStreams {
  readonly stdin: { chunks(): AsyncIterable<Uint8Array> };
  readonly stdout: { write(data: Uint8Array): Promise<void> };
  readonly stderr: { write(data: Uint8Array): Promise<void> };
}

// Not `node:fs/promises`, which takes a millisecond to load.
const chmod = promisify(fs.chmod);
const lstat = promisify(fs.lstat);
const mkdir = promisify(fs.mkdir);
const stat = promisify(fs.stat);
const statDescriptor = promisify(fs.fstat);
const unlink = promisify(fs.unlink);
/** Loaded once: a process that has dropped its privileges may be unable to read the module again. */
const loadTemporaryFile = once(() => import('./temporary-file.ts'));

/** Returns the real files. */
export function createFiles(bases: PathBases, standard?: StandardStreams): Files {
  const locate = (path: string): Promise<string | number> => followLinks(absolutePath(path, bases));

  async function* chunks(path: string, signal?: AbortSignal): AsyncGenerator<Uint8Array, void> {
    const place = await locate(path);
    if (place === 0 && standard) {
      const { stdin } = standard;
      yield* signal ? abortableChunks(stdin.chunks(), signal) : stdin.chunks();
    } else {
      const isOwn = typeof place === 'string';
      yield* readDescriptor(isOwn ? await openForReading(place) : place, { signal, isOwn });
    }
  }

  return {
    hasPermissionBits: process.platform !== 'win32',
    async read(path, signal) {
      const copies: Uint8Array[] = [];
      for await (const chunk of chunks(path, signal)) copies.push(Uint8Array.from(chunk));
      return Buffer.concat(copies);
    },
    chunks,
    async stat(path) {
      const named = await orUndefined(lstat(absolutePath(path, bases), { bigint: true }));
      if (!named) return undefined;
      const place = await locate(path);
      if (typeof place === 'string') {
        const status = await orUndefined(stat(place, { bigint: true }));
        return status && toStatus(status, named.uid);
      }
      const status = await statDescriptor(place, { bigint: true });
      return { ...toStatus(status, status.uid), isFile: false };
    },
    async writeInto(path, content, signal) {
      const place = await locate(path);
      const stream = standard && (place === 1 ? standard.stdout : place === 2 ? standard.stderr : undefined);
      if (stream) {
        for await (const chunk of content) {
          const written = stream.write(chunk);
          await (signal ? abortable(written, signal) : written);
        }
      } else {
        const descriptor = typeof place === 'number' ? place : await openForWriting(place, signal);
        await writeDescriptor(descriptor, content, signal);
      }
    },
    async findModeObstacle(path) {
      const place = absolutePath(path, bases);
      try {
        // Only the kernel knows, because mounts and capabilities matter too. Setting the current mode changes nothing.
        await chmod(place, (await stat(place)).mode & 0o7777);
        return undefined;
      } catch (error) {
        return errorCode(error) === 'EROFS' ? 'read-only' : 'not-owner';
      }
    },
    async createTemporary(target, mode) {
      const follow = async (path: string): Promise<string> => {
        const place = mode === undefined ? await locate(path) : absolutePath(path, bases);
        return typeof place === 'string' ? place : absolutePath(path, bases);
      };
      const options = { mode, locate: follow };
      const { createTemporaryFile } = await loadTemporaryFile();
      return createTemporaryFile({ ...options, target: target === undefined ? undefined : await follow(target) });
    },
    async openLocked(path) {
      const { openLockedFile } = await import('./locked-file.ts');
      return openLockedFile(await locate(path));
    },
    async makeDirectory(path) {
      await mkdir(absolutePath(path, bases), { recursive: true, mode: 0o700 });
    },
    remove: (path) => unlink(absolutePath(path, bases)),
  };
}

/** Returns undefined if there is no such file. */
async function orUndefined(status: Promise<fs.BigIntStats>): Promise<fs.BigIntStats | undefined> {
  try {
    return await status;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function toStatus(status: fs.BigIntStats, linkOwner: bigint): FileStatus {
  const owner = ownerOf(Number(status.uid));
  return {
    mode: Number(status.mode) & (process.platform === 'win32' ? 0o700 : 0o7777),
    isFile: status.isFile(),
    isDirectory: status.isDirectory(),
    // Unlike the other times, ctime cannot be set back.
    version: [status.dev, status.ino, status.size, status.mtimeNs, status.ctimeNs].join(' '),
    owner: ownerOf(Number(linkOwner)) === 'other' ? 'other' : owner,
  };
}

function ownerOf(uid: number): FileStatus['owner'] {
  const user = process.geteuid?.();
  if (user === undefined || uid === user) return 'user';
  if (uid === 0) return 'root';
  return user === 0 && process.env['SUDO_UID'] === String(uid) ? 'user' : 'other';
}
