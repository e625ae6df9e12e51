/** One record of `/outages`. Times are RFC 3339 with an offset. */
export interface SandboxOutage {
  readonly id: string;
  readonly begin: string;
  readonly end: string;
}

/** One record of a posted list. */
export interface SandboxSiteOutage extends SandboxOutage {
  readonly name: string;
}

/** The response of `/site-info`. */
export interface SandboxSite {
  readonly id: string;
  readonly name: string;
  readonly devices: readonly { readonly id: string; readonly name: string }[];
}

/** The data of a sandbox. Every pass over the outages yields the same records, sorted by id. */
export interface Dataset {
  readonly sites: readonly SandboxSite[];
  /** Number of records that `outages()` yields. */
  readonly size: number;
  /** The response of `/outages`. */
  outages(): Iterable<SandboxOutage>;
  /** The records of `outages()` that belong to a device of the site; by default, of any site. */
  siteOutages(site?: SandboxSite): Iterable<SandboxOutage>;
}

/** Compares ids by UTF-16 code unit, the order of the API. */
export function byId(one: { readonly id: string }, other: { readonly id: string }): number {
  return one.id < other.id ? -1 : one.id > other.id ? 1 : 0;
}
