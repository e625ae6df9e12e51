import { createMemoryBudget } from '../api/memory-budget.ts';
import { assertSiteOutages } from '../api/response-schemas.ts';
import type { OutageCounts, OutageSource } from '../api/source.ts';
import type { EventSink } from '../domain/events.ts';
import type { SiteList } from '../transform/outage.ts';
import type { CutoffRule } from '../transform/rule.ts';
import type { Concurrency } from '../util/concurrency.ts';
import { createPacer } from '../util/pacer.ts';
import {
  createCollector,
  type ExcludedOutage,
  findOwners,
  type OutageCollector,
  type SiteCollection,
} from './collect-outages.ts';
import { type FailedSite, isLoaded, type LoadedSite } from './load-sites.ts';
import { describeInvalidSkipped } from './messages.ts';
import { readSource } from './read-source.ts';
import { emitSiteNotices } from './site-notices.ts';

/** The list of a site, with its outages at the cutoff. */
export interface BuiltList {
  readonly site: string;
  readonly list: SiteList;
  /** Number of the site's outages that begin exactly at the cutoff. */
  readonly atCutoff: number;
  /** The outages at the cutoff that are not in the list. */
  readonly excluded: readonly ExcludedOutage[];
}

/** The list to submit for one site, or why there is none. */
export type SiteResult = BuiltList | FailedSite;

export interface BuildOptions {
  readonly rule: CutoffRule;
  /** Maximum number of concurrent requests for site infos. */
  readonly concurrency: Concurrency;
  readonly emit: EventSink;
  /** Deadline and interrupts. */
  readonly signal: AbortSignal;
}

export function hasList(result: SiteResult): result is BuiltList {
  return 'list' in result;
}

/** Returns the list with the outages that begin exactly at the cutoff. */
export function includeAtCutoff(built: BuiltList): BuiltList {
  const { list, excluded } = built;
  const parts = excluded.map(({ outage, position }, index) => {
    return [...list.outages.slice(excluded[index - 1]?.position ?? 0, position), outage];
  });
  const outages = [...parts, list.outages.slice(excluded.at(-1)?.position ?? 0)].flat();
  return { ...built, list: { ...list, outages }, excluded: [] };
}

/**
 * Builds the list of each site, in the order of the sites, with one pass over the outages. A site that fails does not stop the
 * others; if the outages cannot be read, every site fails.
 */
export async function buildLists(
  sites: readonly string[],
  source: OutageSource,
  options: BuildOptions,
): Promise<readonly SiteResult[]> {
  const { rule, emit, signal } = options;
  const budget = createMemoryBudget();
  let collector: OutageCollector | undefined;
  const content = await readSource(sites, source, {
    ...options,
    budget,
    startVisitor(loaded) {
      collector?.discard();
      return (collector = createCollector(loaded, findOwners(loaded), rule, budget));
    },
  });
  const failed = (error: unknown): readonly SiteResult[] =>
    content.sites.map((site) => (isLoaded(site) ? { site: site.site, error } : site));
  if (!content.outages || 'error' in content.outages) return failed(content.outages?.error);
  const { visitor, counts } = content.outages;
  try {
    return await toResults(content.sites, visitor, counts, { emit, signal });
  } catch (error) {
    return failed(error);
  }
}

/** Outages that are checked before timers and signals run. */
const OUTAGES_PER_TURN = 10_000;

async function toResults(
  loaded: readonly (LoadedSite | FailedSite)[],
  collector: OutageCollector,
  counts: OutageCounts,
  { emit, signal }: Pick<BuildOptions, 'emit' | 'signal'>,
): Promise<readonly SiteResult[]> {
  const results: SiteResult[] = [];
  const pace = createPacer(OUTAGES_PER_TURN);
  const listed: { readonly site: LoadedSite; readonly collection: SiteCollection }[] = [];
  for (const site of loaded) {
    if (!isLoaded(site)) {
      results.push(site);
      continue;
    }
    const collection = collector.collectionOf(site);
    const { outages, atCutoff, excluded, problem } = collection;
    for (let start = 0; start < outages.length; start += OUTAGES_PER_TURN) {
      const batch = outages.slice(start, start + OUTAGES_PER_TURN);
      assertSiteOutages(batch, start);
      const turn = pace(batch.length);
      if (!turn) continue;
      await turn;
      signal.throwIfAborted();
    }
    if (problem) {
      results.push({ site: site.site, error: problem });
      continue;
    }
    const { name, devices } = site.info;
    // As a copy, an array has no room to grow: for a site with one outage that would be most of its memory.
    results.push({
      site: site.site,
      list: { site: site.site, siteName: name, devices, outages: outages.slice() },
      atCutoff,
      excluded,
    });
    listed.push({ site, collection });
  }
  if (counts.invalidSkipped > 0) emit({ type: 'notice', ...describeInvalidSkipped(counts.invalidSkipped) });
  emitSiteNotices(listed, counts, emit);
  return results;
}
