import type { SiteList } from '../../transform/outage.ts';
import { type Downtime, downtimeOf, downtimeOfDevices } from '../downtime.ts';
import { grouped, toDuration } from '../format-units.ts';
import { byDevice, type Period } from '../spans.ts';
import { type Markup, markup } from './markup.ts';
import { NO_OUTAGES } from './chart-rows.ts';
import { type Row, renderTable } from './html-table.ts';

interface Statistic {
  readonly name: string;
  readonly text: (downtime: Downtime) => string;
  /** Sort key of its column. */
  readonly value: (downtime: Downtime) => number;
  readonly kind?: string;
}

const AVAILABILITY: Statistic = {
  name: 'Availability',
  text: ({ availability }) => toPercent(availability),
  value: ({ availability }) => availability ?? 2,
};

const STATISTICS: readonly Statistic[] = [
  {
    name: 'Outages',
    text: ({ outages }) => grouped(outages),
    value: ({ outages }) => outages,
  },
  {
    name: 'Devices affected',
    text: ({ affected, devices }) => `${grouped(affected)} of ${grouped(devices)}`,
    value: ({ affected }) => affected,
    kind: 'extra',
  },
  { name: 'Total downtime', text: ({ total }) => toDuration(total), value: ({ total }) => total },
  {
    name: 'Longest outage',
    text: ({ longest }) => toDuration(longest),
    value: ({ longest }) => longest,
    kind: 'extra',
  },
  AVAILABILITY,
];

/** Renders the statistics of all sites as large figures. */
export function renderFigures(lists: readonly SiteList[], period: Period): Markup {
  const total = downtimeOfDevices(lists.flatMap(byDevice), period);
  const items = STATISTICS.map((statistic) => {
    const { name, text } = statistic;
    const note = statistic === AVAILABILITY ? markup`<dd class="period">${describe(period)}</dd>` : markup``;
    return markup`<div><dt>${name}</dt><dd>${text(total)}</dd>${note}</div>\n`;
  });
  return markup`<dl class="figures">\n${items}</dl>\n`;
}

/** `2022-01-01 00:00 to 2022-12-24 16:53 UTC, the end of the last outage`. */
function describe({ begin, end, endsAt }: Period): Markup {
  return markup`<span>${toMinute(begin)} to</span> <span>${toMinute(end)} UTC,</span> ${endsAt}`;
}

function toMinute(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ');
}

/** Renders a row of statistics for each of several sites, the worst first. */
export function renderSites(lists: readonly SiteList[], period: Period): Iterable<Markup> {
  return renderTable({
    title: 'Sites',
    id: 'sites',
    columns: [
      { name: 'Site' },
      { name: 'Site ID', kind: 'extra' },
      ...STATISTICS.map(({ name, kind }) => ({ name, isFigure: true, ...(kind !== undefined && { kind }) })),
    ],
    rows: lists.map((list, site): Row => {
      const downtime = downtimeOf(list, period);
      const [outages, ...others] = STATISTICS.map(({ text, value }) => ({
        content: text(downtime),
        value: value(downtime),
      }));
      const first = {
        content: list.outages.length === 0 ? NO_OUTAGES : (outages?.content ?? ''),
        value: outages?.value ?? 0,
      };
      return {
        site,
        cells: [{ content: list.siteName }, { content: markup`<code>${list.site}</code>` }, first, ...others],
      };
    }),
    sortedBy: AVAILABILITY.name,
  });
}

/** `99.95 %`; rounded down, so that 100 % means no downtime at all. */
export function toPercent(share: number | undefined): string {
  return share === undefined ? 'unknown' : `${(Math.floor(share * 10_000) / 100).toFixed(2)} %`;
}
