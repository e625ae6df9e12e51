import { createIdIndex } from '../api/json-reader/id-index.ts';
import { assertSiteOutages, decodeOutage } from '../api/response-schemas.ts';
import type { OutageVisitor, OutageSource } from '../api/source.ts';
import { InvalidDataError } from '../domain/errors.ts';
import type { NoticeEvent, EventSink } from '../domain/events.ts';
import { describeAtCutoffSites, describeAtCutoff, describeInvalidSkipped, describeAnomalies } from './messages.ts';
import { type FailedSite, isLoaded, type LoadedSite, loadSites } from './load-sites.ts';
import type { SiteList, SiteOutage } from '../transform/outage.ts';
import { attachName, applyCutoff, type CutoffRule } from '../transform/rule.ts';

/** The list that is right for a site. */
export interface BuiltList {
  readonly site: string;
  readonly list: SiteList;
  /** How many of the site's outages begin exactly at the cutoff; see `describeBoundary`. */
  readonly atCutoff: number;
}

/** For one site: the list to submit, or why there is none. */
export type SiteResult = BuiltList | FailedSite;

export function hasList(plan: SiteResult): plan is BuiltList {
  return 'list' in plan;
}

/**
 * Sites and one pass over the outages in, for each site its list out, in the order of the sites. One site's failure is its
 * own; what keeps the outages from being read is everybody's.
 * @param concurrency how many site informations are asked for at once
 */
export async function buildLists(
  sites: readonly string[],
  source: OutageSource,
  rule: CutoffRule,
  concurrency: number,
  tell: EventSink,
): Promise<readonly SiteResult[]> {
  const loaded = await loadSites(sites, source, concurrency, tell);
  const known = loaded.filter(isLoaded);
  if (known.length === 0) return loaded.flatMap((site) => (isLoaded(site) ? [] : site));
  const owners = sitesByDevice(known);
  try {
    const { visitor, tally } = await source.outages(createIdIndex(owners.keys()), () =>
      createCollector(known, owners, rule),
    );
    if (tally.invalidSkipped > 0) tell({ type: 'notice', ...describeInvalidSkipped(tally.invalidSkipped) });
    const plans = loaded.map((site) => (isLoaded(site) ? toSiteResult(site, visitor) : site));
    tellOfSites(plans, visitor, rule, tell);
    return plans;
  } catch (error) {
    return loaded.map((site) => (isLoaded(site) ? { site: site.site, error } : site));
  }
}

/** What one site's outages came to in a pass. */
interface SiteCollection {
  readonly outages: SiteOutage[];
  atCutoff: number;
  /** How many look odd, and what is odd about the first. */
  oddities: number;
  firstOddity: string;
  /** What keeps the list from being right. */
  problem: string | undefined;
}

interface Collector extends OutageVisitor {
  readonly bySite: ReadonlyMap<string, SiteCollection>;
}

/** For each device, the site that has it, or all of them where they are several. */
type SitesByDevice = ReadonlyMap<string, LoadedSite | readonly LoadedSite[]>;

function sitesByDevice(sites: readonly LoadedSite[]): SitesByDevice {
  const owners = new Map<string, LoadedSite | LoadedSite[]>();
  for (const site of sites) {
    for (const id of site.names.keys()) {
      const others = owners.get(id);
      if (Array.isArray(others)) others.push(site);
      else owners.set(id, others ? [others, site] : site);
    }
  }
  return owners;
}

function sitesWith(device: string, owners: SitesByDevice): readonly LoadedSite[] {
  const found = owners.get(device) ?? [];
  return 'site' in found ? [found] : found;
}

function createCollector(sites: readonly LoadedSite[], owners: SitesByDevice, rule: CutoffRule): Collector {
  const bySite = new Map(sites.map(({ site }) => [site, newCollected()]));

  function markInvalid(problem: string, site: string): void {
    const collected = bySite.get(site);
    if (collected) collected.problem ??= problem;
  }

  return {
    bySite,
    element(found) {
      const decoded = decodeOutage(found);
      if ('problem' in decoded) {
        // Nobody can know whose it is where its id cannot be read: it could belong to any of them.
        const could =
          decoded.id === undefined ? [...bySite.keys()] : sitesWith(decoded.id, owners).map(({ site }) => site);
        for (const site of could) markInvalid(decoded.problem, site);
        return;
      }
      const { outage } = decoded;
      const verdict = applyCutoff(outage, rule);
      for (const { site, names } of sitesWith(outage.id, owners)) {
        const collected = bySite.get(site);
        if (!collected) continue;
        if (verdict.isAtCutoff) collected.atCutoff++;
        if (!verdict.isKept) continue;
        if (verdict.anomaly !== undefined && collected.oddities++ === 0) {
          collected.firstOddity = `outages[${found.position}]: ${verdict.anomaly}`;
        }
        collected.outages.push(attachName(outage, names.get(outage.id) ?? ''));
      }
    },
  };
}

function newCollected(): SiteCollection {
  return { outages: [], atCutoff: 0, oddities: 0, firstOddity: '', problem: undefined };
}

/** The site's plan, after the pass. */
function toSiteResult({ site, info }: LoadedSite, { bySite }: Collector): SiteResult {
  const { outages, atCutoff, problem } = bySite.get(site) ?? newCollected();
  if (problem !== undefined) {
    const hint = 'what does not fit is never guessed at: nothing is sent for this site';
    return { site, error: new InvalidDataError(problem, { hint }) };
  }
  assertSiteOutages(outages);
  return { site, list: { site, siteName: info.name, devices: info.devices, outages }, atCutoff };
}

/** Tells what a person should know about the sites that have a list. */
function tellOfSites(plans: readonly SiteResult[], { bySite }: Collector, rule: CutoffRule, tell: EventSink): void {
  const boundaries: NoticeEvent[] = [];
  const oddities: NoticeEvent[] = [];
  for (const { site, atCutoff } of plans.filter(hasList)) {
    if (atCutoff > 0) boundaries.push({ type: 'notice', site, ...describeAtCutoff(atCutoff, rule) });
    const { oddities: count, firstOddity } = bySite.get(site) ?? newCollected();
    if (count > 0) oddities.push({ type: 'notice', site, ...describeAnomalies(count, firstOddity) });
  }
  if (boundaries.length > 0) {
    tell({ type: 'site-notices', notices: boundaries, summary: describeAtCutoffSites(rule) });
  }
  if (oddities.length > 0) {
    tell({ type: 'site-notices', notices: oddities, summary: 'have outages that look odd' });
  }
}
