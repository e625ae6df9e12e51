import { constants, writeSync } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

import { errorCode } from '../util/errno.ts';
import { lockFile } from './file-lock.ts';

/** A regular file that is locked against other processes of this machine. */
export interface LockedFile {
  /** Yields the content. A chunk is valid until the next one is requested. */
  chunks(): AsyncIterable<Uint8Array>;
  /** Writes immediately. The data survives a kill of this process, but not always a power failure before the next `sync`. */
  append(bytes: Uint8Array): void;
  /** @param size bytes */
  truncate(size: number): Promise<void>;
  /** Resolves once everything written before is on disk. */
  sync(): Promise<void>;
  /** Closes and unlocks the file. */
  close(): Promise<void>;
}

const { O_RDWR, O_APPEND, O_CREAT, O_NONBLOCK, O_NOCTTY } = constants;
const FLAGS = O_RDWR | O_APPEND | O_CREAT | (process.platform === 'win32' ? 0 : O_NONBLOCK | O_NOCTTY);
const READ_CHUNK_BYTES = 256 * 1024;

/**
 * Opens and locks the file; a missing one is created with mode 0600.
 * @param place the path, absolute and without symbolic links, or a descriptor
 * @throws {FileInUseError} and Node's own errors
 */
export async function openLockedFile(place: string | number): Promise<LockedFile> {
  // Check this first: no lock is created beside a directory or a device.
  const exists = typeof place === 'number' || (await isExistingFile(place));
  if (typeof place === 'number') throw notRegular();
  const lock = await lockFile(place);
  let handle: FileHandle | undefined;
  try {
    handle = await open(place, FLAGS, 0o600);
    if (!(await handle.stat()).isFile()) throw notRegular();
    return lockedFile(handle, exists ? undefined : dirname(place), () => lock.release());
  } catch (error) {
    await handle?.close();
    await lock.release();
    throw error;
  }
}

/** @param newIn the directory of a new file, which `sync` must sync as well */
function lockedFile(handle: FileHandle, newIn: string | undefined, unlock: () => Promise<void>): LockedFile {
  let unsynced = newIn;
  return {
    async *chunks() {
      const buffer = new Uint8Array(READ_CHUNK_BYTES);
      for (let position = 0; ;) {
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
        if (bytesRead === 0) return;
        position += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    },
    append(bytes) {
      for (let rest = bytes; rest.length > 0;) rest = rest.subarray(writeSync(handle.fd, rest));
    },
    truncate: (size) => handle.truncate(size),
    async sync() {
      await handle.sync();
      if (unsynced !== undefined && process.platform !== 'win32') await syncDirectory(unsynced);
      unsynced = undefined;
    },
    async close() {
      try {
        await handle.close();
      } finally {
        await unlock();
      }
    },
  };
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Returns false if there is no such file. */
async function isExistingFile(path: string): Promise<boolean> {
  try {
    const status = await stat(path);
    if (status.isDirectory()) throw Object.assign(new Error('is a directory'), { code: 'EISDIR' });
    if (!status.isFile()) throw notRegular();
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

function notRegular(): Error {
  return new Error('not a regular file');
}
