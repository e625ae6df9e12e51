import type { MemoryBudget } from '../api/memory-budget.ts';
import type { ByteSink, OutageSource } from '../api/source.ts';
import { forgetOrigin } from '../domain/errors.ts';
import type { EventSink } from '../domain/events.ts';
import type { SiteInfo } from '../transform/outage.ts';
import { distinctDevices } from '../transform/rule.ts';
import { type Concurrency, mapConcurrently } from '../util/concurrency.ts';

/** A site with its validated site info, each device once. */
export interface LoadedSite {
  readonly site: string;
  readonly info: SiteInfo;
}

export interface FailedSite {
  readonly site: string;
  readonly error: unknown;
}

export interface LoadOptions {
  /** Maximum number of concurrent requests. */
  readonly concurrency: Concurrency;
  readonly emit: EventSink;
  readonly budget?: MemoryBudget;
  /** Creates a sink for the JSON of a site info, anew for each attempt. */
  readonly startCopy?: (site: string) => ByteSink | Promise<ByteSink>;
  /** Called for each site in the order of the sites, and awaited. */
  readonly onSite?: (site: LoadedSite | FailedSite) => Promise<void>;
}

/** Number of failed sites whose errors keep their causes. */
export const MAX_ORIGINS = 100;

export function isLoaded(site: LoadedSite | FailedSite): site is LoadedSite {
  return 'info' in site;
}

/** Loads the site info of every site, in the order of the sites. A site that fails does not stop the others. */
export async function loadSites(
  sites: readonly string[],
  source: OutageSource,
  options: LoadOptions,
): Promise<readonly (LoadedSite | FailedSite)[]> {
  const { concurrency, emit, onSite } = options;
  const loaded: (LoadedSite | FailedSite)[] = [];
  let failures = 0;
  emit({ type: 'progress', task: 'site information', done: 0, of: sites.length });
  for await (const site of mapConcurrently(sites, concurrency, (id) => loadSite(id, source, options))) {
    loaded.push(site);
    if (!isLoaded(site) && ++failures > MAX_ORIGINS) forgetOrigin(site.error);
    await onSite?.(site);
    emit({ type: 'progress', task: 'site information', done: loaded.length, of: sites.length });
  }
  return loaded;
}

async function loadSite(
  site: string,
  source: OutageSource,
  { budget, startCopy }: LoadOptions,
): Promise<LoadedSite | FailedSite> {
  try {
    const info = await source.siteInfo(site, { budget, startCopy: startCopy && (() => startCopy(site)) });
    return { site, info: { id: info.id, name: info.name, devices: distinctDevices(info) } };
  } catch (error) {
    return { site, error };
  }
}
