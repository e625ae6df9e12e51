import { createIdIndex } from './api/reader/id-index.ts';
import { assertSiteOutages, decodeOutage } from './api/schemas.ts';
import type { OutageVisitor, Source } from './api/source.ts';
import { InvalidDataError } from './errors.ts';
import type { NoticeEvent, Tell } from './events.ts';
import { describeBoundaries, describeBoundary, describeMisfits, describeOddities } from './notices.ts';
import { type FailedSite, isKnown, type KnownSite, loadSites } from './sites.ts';
import type { SiteList, SiteOutage } from './transform/outage.ts';
import { attachName, judge, type Rule } from './transform/rule.ts';

/** The list that is right for a site. */
export interface PlannedList {
  readonly site: string;
  readonly list: SiteList;
  /** How many of the site's outages begin exactly at the cutoff; see `describeBoundary`. */
  readonly atCutoff: number;
}

/** For one site: the list to submit, or why there is none. */
export type SitePlan = PlannedList | FailedSite;

export function isPlanned(plan: SitePlan): plan is PlannedList {
  return 'list' in plan;
}

/**
 * Sites and one pass over the outages in, for each site its list out, in the order of the sites. One site's failure is its
 * own; what keeps the outages from being read is everybody's.
 * @param concurrency how many site informations are asked for at once
 */
export async function makePlans(
  sites: readonly string[],
  source: Source,
  rule: Rule,
  concurrency: number,
  tell: Tell,
): Promise<readonly SitePlan[]> {
  const loaded = await loadSites(sites, source, concurrency, tell);
  const known = loaded.filter(isKnown);
  if (known.length === 0) return loaded.flatMap((site) => (isKnown(site) ? [] : site));
  const owners = ownersOf(known);
  try {
    const { visitor, tally } = await source.outages(createIdIndex(owners.keys()), () =>
      createCollector(known, owners, rule),
    );
    if (tally.misfits > 0) tell({ type: 'notice', ...describeMisfits(tally.misfits) });
    const plans = loaded.map((site) => (isKnown(site) ? settle(site, visitor) : site));
    tellOfSites(plans, visitor, rule, tell);
    return plans;
  } catch (error) {
    return loaded.map((site) => (isKnown(site) ? { site: site.site, error } : site));
  }
}

/** What one site's outages came to in a pass. */
interface Collected {
  readonly outages: SiteOutage[];
  atCutoff: number;
  /** How many look odd, and what is odd about the first. */
  oddities: number;
  firstOddity: string;
  /** What keeps the list from being right. */
  problem: string | undefined;
}

interface Collector extends OutageVisitor {
  readonly bySite: ReadonlyMap<string, Collected>;
}

/** For each device, the site that has it, or all of them where they are several. */
type Owners = ReadonlyMap<string, KnownSite | readonly KnownSite[]>;

function ownersOf(sites: readonly KnownSite[]): Owners {
  const owners = new Map<string, KnownSite | KnownSite[]>();
  for (const site of sites) {
    for (const id of site.names.keys()) {
      const others = owners.get(id);
      if (Array.isArray(others)) others.push(site);
      else owners.set(id, others ? [others, site] : site);
    }
  }
  return owners;
}

function sitesWith(device: string, owners: Owners): readonly KnownSite[] {
  const found = owners.get(device) ?? [];
  return 'site' in found ? [found] : found;
}

function createCollector(sites: readonly KnownSite[], owners: Owners, rule: Rule): Collector {
  const bySite = new Map(sites.map(({ site }) => [site, newCollected()]));

  function spoil(problem: string, site: string): void {
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
        for (const site of could) spoil(decoded.problem, site);
        return;
      }
      const { outage } = decoded;
      const verdict = judge(outage, rule);
      for (const { site, names } of sitesWith(outage.id, owners)) {
        const collected = bySite.get(site);
        if (!collected) continue;
        if (verdict.isAtCutoff) collected.atCutoff++;
        if (!verdict.isKept) continue;
        if (verdict.oddity !== undefined && collected.oddities++ === 0) {
          collected.firstOddity = `outages[${found.position}]: ${verdict.oddity}`;
        }
        collected.outages.push(attachName(outage, names.get(outage.id) ?? ''));
      }
    },
  };
}

function newCollected(): Collected {
  return { outages: [], atCutoff: 0, oddities: 0, firstOddity: '', problem: undefined };
}

/** The site's plan, after the pass. */
function settle({ site, info }: KnownSite, { bySite }: Collector): SitePlan {
  const { outages, atCutoff, problem } = bySite.get(site) ?? newCollected();
  if (problem !== undefined) {
    const hint = 'what does not fit is never guessed at: nothing is sent for this site';
    return { site, error: new InvalidDataError(problem, { hint }) };
  }
  assertSiteOutages(outages);
  return { site, list: { site, siteName: info.name, devices: info.devices, outages }, atCutoff };
}

/** Tells what a person should know about the sites that have a list. */
function tellOfSites(plans: readonly SitePlan[], { bySite }: Collector, rule: Rule, tell: Tell): void {
  const boundaries: NoticeEvent[] = [];
  const oddities: NoticeEvent[] = [];
  for (const { site, atCutoff } of plans.filter(isPlanned)) {
    if (atCutoff > 0) boundaries.push({ type: 'notice', site, ...describeBoundary(atCutoff, rule) });
    const { oddities: count, firstOddity } = bySite.get(site) ?? newCollected();
    if (count > 0) oddities.push({ type: 'notice', site, ...describeOddities(count, firstOddity) });
  }
  if (boundaries.length > 0) {
    tell({ type: 'site-notices', notices: boundaries, together: describeBoundaries(rule) });
  }
  if (oddities.length > 0) {
    tell({ type: 'site-notices', notices: oddities, together: 'have outages that look odd' });
  }
}
