import type { FetchedSiteInfo, OutageSource } from '../api/source.ts';
import { mapConcurrently } from '../util/concurrency.ts';
import { InvalidDataError } from '../domain/errors.ts';
import type { EventSink } from '../domain/events.ts';
import { quote } from '../util/text.ts';
import { deviceNames } from '../transform/rule.ts';

/** A site that is known: its information, checked, and its devices' names by id. */
export interface LoadedSite extends FetchedSiteInfo {
  readonly site: string;
  readonly names: ReadonlyMap<string, string>;
}

export interface FailedSite {
  readonly site: string;
  readonly error: unknown;
}

export function isLoaded(site: LoadedSite | FailedSite): site is LoadedSite {
  return 'info' in site;
}

/** Asks for the information of every site, so many at once; in the order of the sites, one's failure is its own. */
export async function loadSites(
  sites: readonly string[],
  source: OutageSource,
  concurrency: number,
  tell: EventSink,
): Promise<readonly (LoadedSite | FailedSite)[]> {
  const loaded: (LoadedSite | FailedSite)[] = [];
  tell({ type: 'progress', task: 'site information', done: 0, of: sites.length });
  for await (const site of mapConcurrently(sites, concurrency, (id) => loadSite(id, source))) {
    loaded.push(site);
    tell({ type: 'progress', task: 'site information', done: loaded.length, of: sites.length });
  }
  return loaded;
}

async function loadSite(site: string, source: OutageSource): Promise<LoadedSite | FailedSite> {
  try {
    const found = await source.siteInfo(site);
    if (found.info.id !== site) {
      const message = `site information: id: expected ${quote(site)}, received ${quote(found.info.id)}`;
      throw new InvalidDataError(message, { hint: 'the API answered for another site; nothing is sent for this one' });
    }
    return { site, ...found, names: deviceNames(found.info) };
  } catch (error) {
    return { site, error };
  }
}
