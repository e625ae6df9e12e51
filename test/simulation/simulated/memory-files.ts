import { dirname, resolve } from 'node:path';

import type { Files } from '../../../src/platform/files.ts';
import { FileInUseError } from '../../../src/platform/file-lock.ts';
import type { LockedFile } from '../../../src/platform/locked-file.ts';
import type { TemporaryFile } from '../../../src/platform/temporary-file.ts';
import type { RandomSource } from '../world/random-source.ts';
import type { Trace } from './trace.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Files in memory with random failures. */
export interface MemoryFiles extends Files {
  readonly contents: ReadonlyMap<string, Uint8Array>;
  /** Temporary files that were neither moved nor discarded. */
  readonly temporaries: ReadonlySet<string>;
  /** Files that one run has locked. */
  readonly locked: ReadonlySet<string>;
  /** Paths of failed operations. */
  readonly failed: readonly string[];
  /** Milliseconds that operations took. */
  busy(): number;
}

interface Options {
  readonly cwd: string;
  readonly files: ReadonlyMap<string, string>;
  /** Paths of pipes. */
  readonly special: readonly string[];
  /** The probability that an operation fails. */
  readonly faults: number;
}

const READ_FAULTS = ['EACCES', 'EIO', 'EMFILE', 'EISDIR'];
const WRITE_FAULTS = ['ENOSPC', 'EIO', 'EACCES', 'EROFS', 'EMFILE'];

export function createMemoryFiles(
  options: Options,
  time: VirtualTime,
  random: RandomSource,
  trace: Trace,
): MemoryFiles {
  const { cwd, special, faults } = options;
  const contents = new Map([...options.files].map(([path, text]) => [path, new TextEncoder().encode(text)]));
  const directories = new Set([cwd, '/tmp', '/dev', ...[...contents.keys()].map((path) => dirname(path))]);
  const temporaries = new Set<string>();
  const locked = new Set<string>();
  const failed: string[] = [];
  let busy = 0;
  let made = 0;

  /** Delays the operation and lets it fail at random. */
  async function operate(what: string, path: string, codes: readonly string[]): Promise<void> {
    const milliseconds = random.chance(0.1) ? random.integer(1, 20) : 0;
    busy += milliseconds;
    await time.wait(milliseconds);
    if (random.chance(faults)) throw fault(random.pick(codes), what, path);
  }

  function fault(code: string, what: string, path: string): Error {
    failed.push(path);
    trace.log(() => `files: ${what} ${path}: ${code}`);
    return Object.assign(new Error(`${code}: ${what} '${path}'`), { code, syscall: what, path });
  }

  function content(path: string): Uint8Array {
    const bytes = contents.get(resolve(cwd, path));
    if (!bytes) throw fault('ENOENT', 'open', path);
    return bytes;
  }

  async function* pieces(what: string, path: string, bytes: Uint8Array): AsyncIterable<Uint8Array> {
    for (let start = 0; start < bytes.length;) {
      await operate(what, path, READ_FAULTS);
      const end = random.chance(0.5) ? bytes.length : start + random.integer(1, bytes.length - start);
      yield bytes.slice(start, end);
      start = end;
    }
  }

  function createTemporaryFile(path: string, named: string): TemporaryFile {
    let bytes = Buffer.alloc(0);
    let isThere = true;
    temporaries.add(path);
    return {
      async append(more) {
        await operate('write', named, WRITE_FAULTS);
        bytes = Buffer.concat([bytes, more]);
      },
      chunks: () => pieces('read', named, bytes),
      async moveTo(place, { mayReplace } = { mayReplace: true }) {
        await operate('rename', place, WRITE_FAULTS);
        if (!mayReplace && contents.has(resolve(cwd, place))) throw fault('EEXIST', 'link', place);
        contents.set(resolve(cwd, place), bytes);
        temporaries.delete(path);
        isThere = false;
        trace.log(() => `files: ${place} is written`);
      },
      async discard() {
        await time.wait(0);
        if (isThere) temporaries.delete(path);
        isThere = false;
      },
    };
  }

  function openLockedFile(place: string, named: string): LockedFile {
    if (locked.has(place)) throw new FileInUseError('1');
    locked.add(place);
    const content = (): Uint8Array<ArrayBuffer> => contents.get(place) ?? new Uint8Array();
    contents.set(place, content());
    return {
      chunks: () => pieces('read', named, content()),
      append(bytes) {
        // Some of it may be written before the disk fails.
        const isFaulty = random.chance(faults);
        const written = isFaulty ? bytes.subarray(0, random.integer(0, bytes.length - 1)) : bytes;
        contents.set(place, Buffer.concat([content(), written]));
        if (isFaulty) throw fault(random.pick(WRITE_FAULTS), 'write', named);
      },
      async truncate(size) {
        await operate('truncate', named, WRITE_FAULTS);
        contents.set(place, content().slice(0, size));
      },
      sync: () => operate('fsync', named, WRITE_FAULTS),
      async close() {
        await time.wait(0);
        locked.delete(place);
      },
    };
  }

  return {
    contents,
    temporaries,
    locked,
    failed,
    busy: () => busy,
    hasPermissionBits: true,
    async read(path) {
      await operate('read', path, READ_FAULTS);
      return content(path);
    },
    async *chunks(path) {
      await operate('open', path, READ_FAULTS);
      yield* pieces('read', path, content(path));
    },
    async stat(path) {
      await operate('stat', path, ['EIO', 'ENOMEM']);
      const place = resolve(cwd, path);
      if (special.includes(place))
        return { mode: 0o666, isFile: false, isDirectory: false, version: '', owner: 'user' };
      const bytes = contents.get(place);
      return bytes && { mode: 0o600, isFile: true, isDirectory: false, version: String(bytes.length), owner: 'user' };
    },
    findModeObstacle: () => Promise.resolve(undefined),
    async writeInto(path, chunks) {
      await operate('open', path, WRITE_FAULTS);
      const place = resolve(cwd, path);
      for await (const chunk of chunks) {
        await operate('write', path, WRITE_FAULTS);
        contents.set(place, Buffer.concat([contents.get(place) ?? new Uint8Array(), chunk]));
      }
    },
    async createTemporary(beside) {
      const named = beside ?? 'a temporary file';
      await operate('open', named, WRITE_FAULTS);
      const directory = beside === undefined ? '/tmp' : dirname(resolve(cwd, beside));
      if (!directories.has(directory)) throw fault('ENOENT', 'open', named);
      return createTemporaryFile(`${directory}/temporary-${++made}`, named);
    },
    async openLocked(path) {
      await operate('open', path, WRITE_FAULTS);
      const place = resolve(cwd, path);
      if (special.includes(place)) throw fault('EINVAL', 'open', path);
      return openLockedFile(place, path);
    },
    async makeDirectory(path) {
      await operate('mkdir', path, WRITE_FAULTS);
      directories.add(resolve(cwd, path));
    },
    async remove(path) {
      await operate('unlink', path, WRITE_FAULTS);
      if (!contents.delete(resolve(cwd, path))) throw fault('ENOENT', 'unlink', path);
    },
  };
}
