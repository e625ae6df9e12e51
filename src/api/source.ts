import type { SiteInfo } from '../transform/outage.ts';
import type { IdIndex } from './json-reader/id-index.ts';
import type { JsonElement } from './json-reader/json-reader.ts';
import type { MemoryBudget } from './memory-budget.ts';

/** A source of outages and site infos: the API, or a snapshot of it. */
export interface OutageSource {
  /** Returns the site info of this site. @throws {InvalidDataError} and what a failed request throws */
  siteInfo(site: string, options?: SiteInfoOptions): Promise<SiteInfo>;
  /**
   * Reads all outages once.
   * @param start creates a visitor, anew for each attempt; reading waits for it
   * @param signal ends the reading; its reason is thrown as it is
   */
  outages<Visitor extends OutageVisitor>(
    start: () => Visitor | Promise<Visitor>,
    signal?: AbortSignal,
  ): Promise<{ readonly visitor: Visitor; readonly counts: OutageCounts }>;
}

export interface SiteInfoOptions {
  /** Limits the memory of all site infos that share it. */
  readonly budget?: MemoryBudget | undefined;
  /** Creates a sink for the JSON as received, anew for each attempt. */
  readonly startCopy?: (() => ByteSink | Promise<ByteSink>) | undefined;
}

export interface ByteSink {
  /** Takes the bytes, which the caller may overwrite afterwards. */
  append(bytes: Uint8Array): void;
  /** Awaited between chunks. */
  flush(): Promise<void>;
}

export interface OutageVisitor {
  /** The ids of the devices whose outages are visited; absent for all. */
  readonly wanted?: IdIndex | undefined;
  /** Called for each wanted outage, and for each whose id cannot be read. */
  element(element: JsonElement): void;
  /** Awaited between chunks. */
  pause?(): Promise<void>;
}

export interface OutageCounts {
  readonly records: number;
  /** Invalid outages that were not wanted. */
  readonly invalidSkipped: number;
  /** Returns ids of outages from the start of the response, at most a few ten thousand. */
  readonly sampleIds: () => Iterable<string>;
}
