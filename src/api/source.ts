import type { SiteInfo } from '../transform/outage.ts';
import type { IdIndex } from './json-reader/id-index.ts';
import type { FoundElement } from './json-reader/json-reader.ts';

/** Where outages and site information come from: the API, or a snapshot of it. */
export interface OutageSource {
  /** @throws {InvalidDataError} where there is none that fits; what the API's refusal becomes */
  siteInfo(site: string): Promise<FetchedSiteInfo>;
  /**
   * One pass over all outages.
   * @param wanted the ids of the devices whose outages are handed out; undefined: all are
   * @param start makes a visitor, anew for each attempt, as half an answer counts for nothing
   */
  outages<Visitor extends OutageVisitor>(
    wanted: IdIndex | undefined,
    start: () => Visitor | Promise<Visitor>,
  ): Promise<{ readonly visitor: Visitor; readonly tally: OutageCounts }>;
}

export interface FetchedSiteInfo {
  readonly info: SiteInfo;
  /** As the API wrote it. */
  readonly json: string;
}

export interface OutageVisitor {
  /** Called for each outage that is handed out, and for each whose id cannot be read. */
  element(found: FoundElement): void;
  /** Called between chunks, and waited for. */
  pause?(): Promise<void>;
}

export interface OutageCounts {
  /** Outages met. */
  readonly records: number;
  /** Outages that do not fit and that nobody wanted. */
  readonly invalidSkipped: number;
}
