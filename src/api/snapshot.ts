import { setImmediate } from 'node:timers/promises';
import { crc32 } from 'node:zlib';

import { fileError, InvalidDataError, KrakenOutagesError, UsageError } from '../domain/errors.ts';
import type { EventSink } from '../domain/events.ts';
import type { Environment } from '../platform/environment.ts';
import type { TemporaryFile } from '../platform/temporary-file.ts';
import type { SiteInfo } from '../transform/outage.ts';
import { quote } from '../util/text.ts';
import { abortableChunks } from '../util/abort.ts';
import { createIdSample } from './id-sample.ts';
import { createIdIndex } from './json-reader/id-index.ts';
import { type ArrayReading, createJsonReader } from './json-reader/json-reader.ts';
import { createMemoryBudget, type MemoryBudget } from './memory-budget.ts';
import { MAX_SITE_INFO_BYTES, readSiteInfo } from './read-site-info.ts';
import { decodeSnapshotFilter, MAX_OUTAGE_BYTES, type SnapshotFilter } from './response-schemas.ts';
import type { OutageSource, OutageVisitor } from './source.ts';

/** A file saved by `fetch`, in place of the API: `{"outages":[…],"sites":[…]}`. */
export interface Snapshot extends OutageSource {
  /** Ids of its sites, in its order. */
  readonly sites: readonly string[];
  /** The cutoff that it was fetched with, if any. */
  readonly filter: SnapshotFilter | undefined;
  /** Removes the temporary file; must be called. */
  close(): Promise<void>;
}

/** The result of reading the snapshot once. */
interface Pass {
  readonly records: number;
  readonly invalidSkipped: number;
  /** CRC-32 of everything that the other pass relies on: the sites and the members beside the arrays. */
  readonly checksum: number;
}

/** Called for each element of `sites`, of which it may keep a copy; `afterChunk` is awaited between chunks. */
interface SiteVisitor {
  element?(bytes: Uint8Array, position: number): void;
  afterChunk?(): Promise<void>;
}

const HINT = 'create it again: kraken-outages fetch --site ID --output FILE';
const UTF_16_HINT = 'Windows PowerShell 5 saves redirected output as UTF-16: use fetch --output FILE';
const DECODE_CHUNK_BYTES = 256 * 1024;

/**
 * Opens a snapshot. It is read twice, because its sites are needed before its outages and are written after them; input that
 * cannot be read twice (stdin, a pipe) is copied to a temporary file.
 * @param path `-` for stdin
 * @throws {UsageError} if it cannot be read
 * @throws {InvalidDataError} if it is invalid
 */
export async function openSnapshot(
  path: string,
  { files, stdin }: Pick<Environment, 'files' | 'stdin'>,
  signal: AbortSignal,
  emit: EventSink,
): Promise<Snapshot> {
  const where = `--snapshot ${path}`;
  let temporary: TemporaryFile | undefined;

  /** Reads the snapshot from start to end. */
  async function pass(
    outages: ArrayReading,
    sites: SiteVisitor,
    pause: OutageVisitor['pause'],
    onChunk: (chunk: Uint8Array) => void = () => undefined,
    members = new Map<string, string>(),
  ): Promise<Pass> {
    let checksum = 0;
    let siteCount = 0;
    const element = ({ bytes, position }: { readonly bytes: Uint8Array; readonly position: number }): void => {
      siteCount++;
      checksum = crc32(bytes, checksum);
      sites.element?.(bytes, position);
    };
    const addMember = (name: string) => (json: Uint8Array) => {
      checksum = crc32(json, crc32(name, checksum));
      members.set(name, Buffer.from(json).toString());
    };
    const reader = createJsonReader({
      arrays: new Map([
        ['outages', outages],
        ['sites', { limit: MAX_SITE_INFO_BYTES, element }],
      ]),
      members: new Map(['cutoff', 'cutoffInclusive'].map((name) => [name, addMember(name)])),
    });
    for await (const chunk of abortableChunks(temporary ? temporary.chunks() : files.chunks(path), signal)) {
      reader.push(chunk);
      onChunk(chunk);
      emit({ type: 'progress', task: 'the snapshot', records: reader.count() });
      await sites.afterChunk?.();
      await pause?.();
    }
    reader.end();
    await sites.afterChunk?.();
    await pause?.();
    return { records: reader.count() - siteCount, invalidSkipped: reader.invalidSkipped(), checksum };
  }

  async function copyToTemporary(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const checked = <T>(work: Promise<T>): Promise<T> =>
      work.catch((error: unknown) => {
        throw fileError(`${where}: a temporary file`, error);
      });
    temporary = await checked(files.createTemporary());
    for await (const chunk of abortableChunks(chunks, signal)) await checked(temporary.append(chunk));
  }

  /** Runs a part of the work; its errors name the snapshot. */
  async function withContext<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof InvalidDataError) {
        const hint = error.hint ?? (error.message.includes('UTF-16') ? UTF_16_HINT : HINT);
        throw new InvalidDataError(`${where}: ${error.message}`, { cause: error, hint });
      }
      throw error instanceof KrakenOutagesError ? error : fileError(where, error);
    }
  }

  async function close(): Promise<void> {
    await temporary?.discard();
  }

  try {
    return await withContext(async () => {
      const before = path === '-' ? undefined : await files.stat(path);
      if (path === '-') await copyToTemporary(stdin.chunks());
      else if (before?.isFile === false) await copyToTemporary(files.chunks(path));
      const sites = new Map<string, SiteInfo>();
      const members = new Map<string, string>();
      const first = await pass(
        UNREAD_OUTAGES,
        collectSites(sites, createMemoryBudget(), signal),
        undefined,
        undefined,
        members,
      );
      return {
        sites: [...sites.keys()],
        filter: decodeSnapshotFilter(members),
        siteInfo: (site) => withContext(() => Promise.resolve(siteOf(sites, site))),
        outages: (start) =>
          withContext(async () => {
            const visitor = await start();
            const outages = { limit: MAX_OUTAGE_BYTES, wanted: visitor.wanted, element: visitor.element.bind(visitor) };
            const sample = createIdSample('outages');
            const { records, invalidSkipped, checksum } = await pass(
              outages,
              {},
              visitor.pause?.bind(visitor),
              (chunk) => {
                sample.add(chunk);
              },
            );
            // Otherwise a list could join the sites of one file with the outages of another.
            const isSame = temporary !== undefined || (await files.stat(path))?.version === before?.version;
            if (!isSame || checksum !== first.checksum)
              throw new UsageError(`${where}: changed while it was read`, { hint: 'run it again' });
            return { visitor, counts: { records, invalidSkipped, sampleIds: () => sample.ids() } };
          }),
        close,
      };
    });
  } catch (error) {
    await close();
    throw error;
  }
}

const UNREAD_OUTAGES: ArrayReading = {
  limit: MAX_OUTAGE_BYTES,
  wanted: createIdIndex(new Set()),
  element: () => undefined,
};

/** Decodes the sites between chunks rather than as they are met, as a large one takes longer than a signal should wait. */
function collectSites(sites: Map<string, SiteInfo>, budget: MemoryBudget, signal: AbortSignal): SiteVisitor {
  let pending: { readonly bytes: Uint8Array; readonly position: number }[] = [];
  return {
    element(bytes, position) {
      pending.push({ bytes: new Uint8Array(bytes), position });
    },
    async afterChunk() {
      const batch = pending;
      pending = [];
      for (const { bytes, position } of batch) {
        const info = await decodeSite(bytes, position, budget, signal);
        if (sites.has(info.id)) throw new InvalidDataError(`sites[${position}].id: duplicate site ${quote(info.id)}`);
        sites.set(info.id, info);
      }
    },
  };
}

/** @throws {InvalidDataError} naming the index of the site */
async function decodeSite(
  bytes: Uint8Array,
  position: number,
  budget: MemoryBudget,
  signal: AbortSignal,
): Promise<SiteInfo> {
  try {
    return await readSiteInfo(chunksOf(bytes, signal), { budget });
  } catch (error) {
    if (!(error instanceof InvalidDataError)) throw error;
    throw new InvalidDataError(`sites[${position}]: ${error.message}`, { cause: error, hint: error.hint ?? HINT });
  }
}

/** Lets timers and signals run between chunks. @throws the signal's reason */
async function* chunksOf(bytes: Uint8Array, signal: AbortSignal): AsyncIterable<Uint8Array> {
  for (let start = 0; start < bytes.length; start += DECODE_CHUNK_BYTES) {
    if (start > 0) await setImmediate();
    signal.throwIfAborted();
    yield bytes.subarray(start, start + DECODE_CHUNK_BYTES);
  }
}

function siteOf(sites: ReadonlyMap<string, SiteInfo>, site: string): SiteInfo {
  const info = sites.get(site);
  if (!info) throw new InvalidDataError(`sites: no site ${quote(site)}`);
  return info;
}
