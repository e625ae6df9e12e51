import { createIdIndex, type IdSet } from '../api/json-reader/id-index.ts';
import type { MemoryBudget } from '../api/memory-budget.ts';
import { decodeOutage } from '../api/response-schemas.ts';
import type { OutageVisitor } from '../api/source.ts';
import { InvalidDataError } from '../domain/errors.ts';
import type { Device, Outage, SiteOutage } from '../transform/outage.ts';
import { applyCutoff, attachName, type CutoffRule } from '../transform/rule.ts';
import type { LoadedSite } from './load-sites.ts';

/** Maximum size of a list, in characters before JSON escapes. */
const MAX_LIST_CHARS = 256 * 1024 * 1024;
/** Characters of an outage in a list beside its values. */
const OUTAGE_CHARS = '{"id":"","name":"","begin":"","end":""},'.length;
/** Estimated memory of an outage beside its two timestamps. */
const OUTAGE_BYTES = 120;

/** An outage that begins exactly at the cutoff and is excluded. */
export interface ExcludedOutage {
  readonly outage: SiteOutage;
  /** Number of outages in the list before it. */
  readonly position: number;
}

/** The outages of one site. */
export interface SiteCollection {
  outages: SiteOutage[];
  /** Valid outages of the site's devices, removed ones included. */
  matched: number;
  /** Number of outages that begin exactly at the cutoff. */
  atCutoff: number;
  /** The outages at the cutoff that the rule excludes. */
  excluded: ExcludedOutage[];
  anomalies: number;
  firstAnomaly: string;
  /** The reason why the site gets no list. */
  problem: InvalidDataError | undefined;
  /** Size of the list so far. */
  chars: number;
  /** Memory taken from the budget. */
  bytes: number;
}

export interface OutageCollector extends OutageVisitor {
  collectionOf(site: LoadedSite): SiteCollection;
  /** Drops all outages and returns their memory to the budget. */
  discard(): void;
}

interface Owner {
  readonly site: LoadedSite;
  readonly device: Device;
}

/** The sites that have a device. */
export interface Owners {
  readonly deviceIds: IdSet;
  ofDevice(id: string): readonly Owner[];
}

/**
 * Finds the sites of each device, of which there may be a million: each is a position in two arrays rather than an object. For
 * example, two sites share the device "b": their devices "a", "b", "b" are at 0, 1, 2, and "b" is at [1, 2].
 */
export function findOwners(sites: readonly LoadedSite[]): Owners {
  const places = new Map<string, number | number[]>();
  const devices: Device[] = [];
  const sitesOfDevices: LoadedSite[] = [];
  for (const site of sites) {
    for (const device of site.info.devices) {
      const place = devices.push(device) - 1;
      sitesOfDevices.push(site);
      const others = places.get(device.id);
      if (Array.isArray(others)) others.push(place);
      else places.set(device.id, others === undefined ? place : [others, place]);
    }
  }
  return {
    deviceIds: places,
    ofDevice: (id) =>
      [places.get(id) ?? []].flat().flatMap((place) => {
        const site = sitesOfDevices[place];
        const device = devices[place];
        return site && device ? [{ site, device }] : [];
      }),
  };
}

/** Creates a visitor that collects the outages of these sites. */
export function createCollector(
  sites: readonly LoadedSite[],
  owners: Owners,
  rule: CutoffRule,
  budget: MemoryBudget,
): OutageCollector {
  const wanted = createIdIndex(owners.deviceIds);
  const collections = new Map(sites.map((site) => [site, emptyCollection()]));

  function collectionOf(site: LoadedSite): SiteCollection {
    return collections.get(site) ?? emptyCollection();
  }

  function discardOutages(collection: SiteCollection): void {
    budget.release(collection.bytes);
    collection.bytes = 0;
    collection.outages = [];
    collection.excluded = [];
  }

  function markInvalid(problem: InvalidDataError, site: LoadedSite): void {
    const collection = collectionOf(site);
    collection.problem ??= problem;
    discardOutages(collection);
  }

  function add(outage: Outage, { site, device }: Owner, position: number): void {
    const collection = collectionOf(site);
    collection.matched++;
    const decision = applyCutoff(outage, rule);
    if (decision.isAtCutoff) collection.atCutoff++;
    if (!(decision.isKept || decision.isAtCutoff) || collection.problem) return;
    if (decision.isKept && decision.anomaly !== undefined && collection.anomalies++ === 0) {
      collection.firstAnomaly = `outages[${position}]: ${decision.anomaly}`;
    }
    collection.chars += OUTAGE_CHARS + device.id.length + device.name.length + outage.begin.length + outage.end.length;
    if (collection.chars > MAX_LIST_CHARS) {
      throw new InvalidDataError(`the list is larger than ${MAX_LIST_CHARS} characters`, { hint: TOO_LARGE_HINT });
    }
    const bytes = OUTAGE_BYTES + outage.begin.length + outage.end.length;
    budget.take(bytes);
    collection.bytes += bytes;
    const named = attachName(outage, device);
    if (decision.isKept) collection.outages.push(named);
    else collection.excluded.push({ outage: named, position: collection.outages.length });
  }

  function addOrFail(outage: Outage, owner: Owner, position: number): void {
    try {
      add(outage, owner, position);
    } catch (error) {
      if (!(error instanceof InvalidDataError)) throw error;
      markInvalid(error, owner.site);
    }
  }

  return {
    wanted,
    collectionOf,
    discard() {
      for (const collection of collections.values()) discardOutages(collection);
    },
    element(element) {
      const decoded = decodeOutage(element);
      if ('outage' in decoded) {
        for (const owner of owners.ofDevice(decoded.outage.id)) addOrFail(decoded.outage, owner, element.position);
        return;
      }
      const problem = new InvalidDataError(decoded.problem, { hint: INVALID_HINT });
      // An outage whose id cannot be read could belong to any site.
      const affected = decoded.id === undefined ? sites : owners.ofDevice(decoded.id).map(({ site }) => site);
      for (const site of affected) markInvalid(problem, site);
    },
  };
}

const INVALID_HINT = 'invalid data: nothing was sent for this site';
const TOO_LARGE_HINT = 'check the outages and the device names of this site with the operators of the API';

function emptyCollection(): SiteCollection {
  return {
    outages: [],
    matched: 0,
    atCutoff: 0,
    excluded: [],
    anomalies: 0,
    firstAnomaly: '',
    problem: undefined,
    chars: 0,
    bytes: 0,
  };
}
