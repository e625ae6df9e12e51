import type { OutageCounts } from '../api/source.ts';
import type { EventSink, NoticeEvent } from '../domain/events.ts';
import { createNearMissFinder } from '../transform/near-miss.ts';
import type { CutoffRule } from '../transform/rule.ts';
import type { SiteCollection } from './collect-outages.ts';
import type { LoadedSite } from './load-sites.ts';
import {
  describeAnomalies,
  describeAtCutoff,
  describeAtCutoffSites,
  describeNoMatch,
  type Message,
} from './messages.ts';

/** Maximum number of sites without outages whose device ids are compared with the ids of the outages. */
const MAX_COMPARED_SITES = 100;

/** Emits the notices about lists of sites that have outages exactly at the cutoff. */
export function emitCutoffNotices(
  lists: readonly { readonly site: string; readonly atCutoff: number }[],
  rule: CutoffRule,
  emit: EventSink,
): void {
  const notices = lists.flatMap(({ site, atCutoff }): readonly NoticeEvent[] =>
    atCutoff > 0 ? [{ type: 'notice', site, ...describeAtCutoff(atCutoff, rule) }] : [],
  );
  if (notices.length > 0) emit({ type: 'site-notices', notices, summary: describeAtCutoffSites(rule) });
}

/** Emits the other notices about sites that have a list. */
export function emitSiteNotices(
  listed: readonly { readonly site: LoadedSite; readonly collection: SiteCollection }[],
  { records, sampleIds }: Pick<OutageCounts, 'records' | 'sampleIds'>,
  emit: EventSink,
): void {
  const finder = once(() => createNearMissFinder(sampleIds()));
  const notices = (describe: (collection: SiteCollection, site: LoadedSite) => Message | undefined): NoticeEvent[] =>
    listed.flatMap(({ site, collection }) => {
      const message = describe(collection, site);
      return message ? [{ type: 'notice', site: site.site, ...message }] : [];
    });

  const anomalies = notices((collection) =>
    collection.anomalies > 0 ? describeAnomalies(collection.anomalies, collection.firstAnomaly) : undefined,
  );
  let compared = 0;
  const unmatched = notices(({ matched }, { site, info: { devices } }) => {
    if (matched > 0 || records === 0) return undefined;
    const ids = devices.map(({ id }) => id);
    const nearMiss = compared++ < MAX_COMPARED_SITES ? finder()(ids) : undefined;
    return describeNoMatch({ site, records, devices: devices.length, nearMiss });
  });

  if (anomalies.length > 0) emit({ type: 'site-notices', notices: anomalies, summary: 'have anomalous outages' });
  if (unmatched.length > 0) {
    emit({ type: 'site-notices', notices: unmatched, summary: `have none of the ${records} outages` });
  }
}

function once<T>(create: () => T): () => T {
  let value: { readonly created: T } | undefined;
  return () => (value ??= { created: create() }).created;
}
