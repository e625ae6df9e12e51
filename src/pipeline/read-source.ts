import type { OutageCounts, OutageSource, OutageVisitor } from '../api/source.ts';
import type { Concurrency } from '../util/concurrency.ts';
import { type FailedSite, isLoaded, type LoadedSite, type LoadOptions, loadSites } from './load-sites.ts';

export interface ReadOptions<Visitor> extends LoadOptions {
  /** Creates the visitor of the outages for the sites that could be loaded, anew for each attempt. */
  readonly startVisitor: (loaded: readonly LoadedSite[]) => Visitor | Promise<Visitor>;
}

/** The site infos, and how reading the outages ended; undefined if there are sites, and none could be loaded. */
export interface SourceContent<Visitor> {
  readonly sites: readonly (LoadedSite | FailedSite)[];
  readonly outages:
    { readonly visitor: Visitor; readonly counts: OutageCounts } | { readonly error: unknown } | undefined;
}

/**
 * Loads the site info of every site, and reads the outages once. If there are few sites, the outages are requested together
 * with the site infos: their response takes long to begin, and its body is not read before the sites are known.
 */
export async function readSource<Visitor extends OutageVisitor>(
  sites: readonly string[],
  source: OutageSource,
  options: ReadOptions<Visitor>,
): Promise<SourceContent<Visitor>> {
  const unneeded = new AbortController();
  const loading = loadSites(sites, source, options);
  const readOutages = (): Promise<NonNullable<SourceContent<Visitor>['outages']>> =>
    source
      .outages(async () => {
        const loaded = (await loading).filter(isLoaded);
        unneeded.signal.throwIfAborted();
        return options.startVisitor(loaded);
      }, unneeded.signal)
      .catch((error: unknown) => ({ error }));
  const early = sites.length < currentLimit(options.concurrency) ? readOutages() : undefined;
  const read = await loading;
  if (read.length > 0 && !read.some(isLoaded)) {
    unneeded.abort(new Error('not needed, as no site info could be loaded'));
    await early;
    return { sites: read, outages: undefined };
  }
  return { sites: read, outages: await (early ?? readOutages()) };
}

function currentLimit(concurrency: Concurrency): number {
  return typeof concurrency === 'number' ? concurrency : concurrency.current();
}
