import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, rm, rmdir, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { basename, dirname, join } from 'node:path';

import { describeErrno, errorCode } from '../util/errno.ts';
import { sha256Of } from './sha256.ts';

/** A lock that ends with the process, even if it is killed. */
export interface FileLock {
  release(): Promise<void>;
}

/** Another process has locked the file. */
export class FileInUseError extends Error {
  /** The process id, as its own container or machine knows it; undefined if unknown. */
  readonly pid: string | undefined;

  constructor(pid: string | undefined) {
    super(`in use by another process${pid === undefined ? '' : ` (pid ${pid})`}`);
    this.name = new.target.name;
    this.pid = pid;
  }
}

/** The limit of macOS; Linux allows four bytes more. A longer path would be truncated. */
const MAX_SOCKET_PATH_BYTES = 103;
const OWNER = /^(\d+)-[\da-f]{8}$/;

/**
 * Locks the file against other processes of this machine.
 *
 * The lock is the directory `<path>.lock`, in which its owner listens on a socket. The kernel refuses connections once the
 * owner has ended, however it ended and in whichever container. The directory is prepared under another name and renamed,
 * which succeeds only if there is no lock or an empty one: of several processes that find an abandoned lock, one gets it.
 * @param path absolute, without symbolic links
 * @throws {FileInUseError} and Node's own errors
 */
export async function lockFile(path: string): Promise<FileLock> {
  if (process.platform === 'win32') return lockByPipe(path);
  const lock = `${path}.lock`;
  try {
    return await lockByDirectory(lock);
  } catch (cause) {
    const problem = describeErrno(cause);
    if (problem === undefined) throw cause;
    throw new Error(`cannot create the lock ${lock}: ${problem}`, { cause });
  }
}

async function lockByDirectory(lock: string): Promise<FileLock> {
  const id = crypto.randomUUID().slice(0, 8);
  const prepared = `${lock}-${id}`;
  const owner = `${process.pid}-${id}`;
  await mkdir(prepared, { mode: 0o700 });
  let server: Server | undefined;
  try {
    server = await atSocketPath(prepared, owner, listen);
    while (!(await acquire(prepared, lock))) await removeAbandoned(lock);
  } catch (error) {
    await close(server);
    await rm(prepared, { recursive: true, force: true });
    throw error;
  }
  await removeLeftovers(lock);
  return {
    async release() {
      await removeOwner(lock, owner);
      // Fails if another process has taken the lock meanwhile: then the directory is not empty.
      await rmdir(lock).catch(() => undefined);
      await close(server);
    },
  };
}

/** Renames the directory to the lock. Returns false if the lock has an owner. */
async function acquire(prepared: string, lock: string): Promise<boolean> {
  try {
    await rename(prepared, lock);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    // The owner of the lock has removed the directory as a leftover.
    if (code === 'ENOENT') throw new FileInUseError(undefined);
    throw error;
  }
}

/** Removes the owner of the lock if its process has ended. @throws {FileInUseError} if not */
async function removeAbandoned(lock: string): Promise<void> {
  for (const owner of await entriesOf(lock)) {
    const pid = OWNER.exec(owner)?.[1];
    if (pid === undefined) throw new Error(`${lock} is not a lock of kraken-outages`);
    if (await isRunning(lock, owner)) throw new FileInUseError(pid);
    await removeOwner(lock, owner);
  }
}

/** Removes an owner. Names of owners are never reused, so this cannot remove a later owner by mistake. */
async function removeOwner(lock: string, owner: string): Promise<void> {
  await unlink(join(lock, owner)).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw error;
  });
}

/** Removes directories that killed processes left behind. */
async function removeLeftovers(lock: string): Promise<void> {
  const start = `${basename(lock)}-`;
  for (const name of await entriesOf(dirname(lock))) {
    if (!name.startsWith(start) || !/^[\da-f]{8}$/.test(name.slice(start.length))) continue;
    const directory = join(dirname(lock), name);
    const [owner] = await entriesOf(directory);
    if (owner === undefined || !OWNER.test(owner) || (await isRunning(directory, owner))) continue;
    await rm(directory, { recursive: true, force: true });
  }
}

async function entriesOf(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Returns whether the process of an owner runs. It may remove its directory meanwhile. */
async function isRunning(directory: string, owner: string): Promise<boolean> {
  try {
    return await atSocketPath(directory, owner, isListening);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Calls `use` with a path of the socket within the length limit. */
async function atSocketPath<T>(directory: string, name: string, use: (path: string) => Promise<T>): Promise<T> {
  const path = join(directory, name);
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES) return use(path);
  if (process.platform !== 'linux') throw Object.assign(new Error('the path is too long'), { code: 'ENAMETOOLONG' });
  const handle = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return await use(`/proc/self/fd/${handle.fd}/${name}`);
  } finally {
    await handle.close();
  }
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.on('error', reject);
    server.listen(path, () => {
      server.unref();
      resolve(server);
    });
  });
}

function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', (error) => {
      // With any other error, such as missing permissions, the owner may still be running.
      resolve(errorCode(error) !== 'ECONNREFUSED' && errorCode(error) !== 'ENOENT');
    });
  });
}

async function close(server: Server | undefined): Promise<void> {
  if (server) await new Promise((resolve) => server.close(resolve));
}

/** Locks with a named pipe, which Windows removes when the process ends. */
async function lockByPipe(path: string): Promise<FileLock> {
  const name = sha256Of(path.toLowerCase());
  try {
    const server = await listen(String.raw`\\.\pipe\kraken-outages-${name}`);
    return { release: () => close(server) };
  } catch (error) {
    if (errorCode(error) === 'EADDRINUSE') throw new FileInUseError(undefined);
    throw error;
  }
}
