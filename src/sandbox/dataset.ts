/** One record of `/outages`. Times are RFC 3339 with an offset. */
export interface SandboxOutage {
  readonly id: string;
  readonly begin: string;
  readonly end: string;
}

/** One record of a list that is posted. */
export interface SandboxSiteOutage extends SandboxOutage {
  readonly name: string;
}

/** What `/site-info` answers. */
export interface SandboxSite {
  readonly id: string;
  readonly name: string;
  readonly devices: readonly { readonly id: string; readonly name: string }[];
}

/** All that a sandbox knows. Each pass over its outages gives the same records in the same order, sorted by id. */
export interface Dataset {
  readonly sites: readonly SandboxSite[];
  /** How many records `outages()` gives. */
  readonly size: number;
  /** What `/outages` answers. */
  outages(): Iterable<SandboxOutage>;
  /** Those of `outages()` that belong to a device of some site. */
  siteOutages(): Iterable<SandboxOutage>;
}

/** Orders by id as text, code unit by code unit, as the API does. */
export function byId(one: { readonly id: string }, other: { readonly id: string }): number {
  return one.id < other.id ? -1 : one.id > other.id ? 1 : 0;
}
