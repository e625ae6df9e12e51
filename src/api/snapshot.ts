import type { Environment } from '../platform/environment.ts';
import { fileError, InvalidDataError, KrakenOutagesError, UsageError } from '../domain/errors.ts';
import type { EventSink } from '../domain/events.ts';
import type { TemporaryFile } from '../platform/files.ts';
import { quote } from '../util/text.ts';
import { abortableChunks } from '../util/abort.ts';
import { createIdIndex } from './json-reader/id-index.ts';
import { type ArrayReading, createJsonReader } from './json-reader/json-reader.ts';
import {
  decodeSnapshotFilter,
  decodeSiteInfo,
  type SnapshotFilter,
  OUTAGE_LIMIT,
  SITE_INFO_LIMIT,
} from './response-schemas.ts';
import type { FetchedSiteInfo, OutageVisitor, OutageSource, OutageCounts } from './source.ts';

/** What `fetch` saved, in place of the API: `{"outages":[…],"sites":[…]}`. */
export interface Snapshot extends OutageSource {
  /** Where `fetch` was given a cutoff: what it kept. */
  readonly filter: SnapshotFilter | undefined;
  /** Removes what was put aside; must be called. */
  close(): Promise<void>;
}

/** What one reading of the snapshot told beside what it handed out. */
interface Pass {
  /** JSON of the members beside the two arrays. */
  readonly members: ReadonlyMap<string, string>;
  readonly tally: OutageCounts;
}

const HINT = 'make it anew with: kraken-outages fetch --site ID --output FILE';

/**
 * Opens a snapshot. Its sites stand behind its outages and are needed before them, so it is read twice; what cannot be read
 * twice (stdin, a pipe) is put aside first.
 * @param path `-` for stdin
 * @throws {UsageError} where it cannot be read
 * @throws {InvalidDataError} where it does not fit
 */
export async function openSnapshot(
  path: string,
  { files, stdin }: Pick<Environment, 'files' | 'stdin'>,
  signal: AbortSignal,
  tell: EventSink,
): Promise<Snapshot> {
  const where = `--snapshot ${path}`;
  let aside: TemporaryFile | undefined;

  /** Reads the snapshot from its start to its end. */
  async function pass(
    arrays: Readonly<Record<'outages' | 'sites', ArrayReading>>,
    visitor?: OutageVisitor,
  ): Promise<Pass> {
    const members = new Map<string, string>();
    const reader = createJsonReader({
      arrays: new Map(Object.entries(arrays)),
      member: (name, bytes) => members.set(name, Buffer.from(bytes).toString()),
    });
    for await (const chunk of abortableChunks(aside ? aside.chunks() : files.chunks(path), signal)) {
      reader.push(chunk);
      tell({ type: 'progress', task: 'the snapshot', records: reader.count() });
      if (visitor?.pause) await visitor.pause();
    }
    reader.end();
    if (visitor?.pause) await visitor.pause();
    return { members, tally: { records: reader.count(), invalidSkipped: reader.invalidSkipped() } };
  }

  async function putAside(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const kept = <T>(work: Promise<T>): Promise<T> =>
      work.catch((error: unknown) => {
        throw fileError(`${where}: a temporary file`, error);
      });
    aside = await kept(files.createTemporary());
    for await (const chunk of abortableChunks(chunks, signal)) await kept(aside.append(chunk));
  }

  /** Runs a part of the work; its failures say which snapshot it was. */
  async function here<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof InvalidDataError)
        throw new InvalidDataError(`${where}: ${error.message}`, { cause: error, hint: HINT });
      throw error instanceof KrakenOutagesError ? error : fileError(where, error);
    }
  }

  async function close(): Promise<void> {
    await aside?.discard();
  }

  try {
    return await here(async () => {
      const found = path === '-' ? undefined : await files.stat(path);
      if (path === '-') await putAside(stdin.chunks());
      else if (found?.isFile === false) await putAside(files.chunks(path));
      const sites = new Map<string, FetchedSiteInfo>();
      const { members } = await pass({ outages: UNREAD_OUTAGES, sites: collectSites(sites) });
      return {
        filter: decodeSnapshotFilter(members),
        siteInfo: (site) => here(() => Promise.resolve(siteOf(sites, site))),
        outages: (wanted, start) =>
          here(async () => {
            const visitor = await start();
            const outages = { limit: OUTAGE_LIMIT, wanted, element: visitor.element.bind(visitor) };
            const { tally } = await pass({ outages, sites: UNREAD_SITES }, visitor);
            // Its sites may be those of another file, which a fetch has put in its place since.
            if (!aside && (await files.stat(path))?.version !== found?.version)
              throw new UsageError(`${where} changed while it was read`, { hint: 'run it again' });
            // The reader has met the sites as well.
            return { visitor, tally: { ...tally, records: tally.records - sites.size } };
          }),
        close,
      };
    });
  } catch (error) {
    await close();
    throw error;
  }
}

const UNREAD_OUTAGES: ArrayReading = { limit: OUTAGE_LIMIT, wanted: createIdIndex([]), element: () => undefined };
const UNREAD_SITES: ArrayReading = { limit: SITE_INFO_LIMIT, element: () => undefined };

function collectSites(sites: Map<string, FetchedSiteInfo>): ArrayReading {
  return {
    limit: SITE_INFO_LIMIT,
    element({ position, bytes }) {
      const found = decodeSite(bytes, position);
      if (sites.has(found.info.id))
        throw new InvalidDataError(`sites[${position}].id: ${quote(found.info.id)} stands there twice`);
      sites.set(found.info.id, found);
    },
  };
}

/** @throws {InvalidDataError} saying which of the sites it is */
function decodeSite(bytes: Uint8Array, position: number): FetchedSiteInfo {
  try {
    return decodeSiteInfo(bytes);
  } catch (error) {
    /* c8 ignore next -- a defect of ours */
    if (!(error instanceof InvalidDataError)) throw error;
    throw new InvalidDataError(`sites[${position}]: ${error.message}`, { cause: error });
  }
}

function siteOf(sites: ReadonlyMap<string, FetchedSiteInfo>, site: string): FetchedSiteInfo {
  const found = sites.get(site);
  if (!found) throw new InvalidDataError(`sites: there is no site ${quote(site)}`);
  return found;
}
