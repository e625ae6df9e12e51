import { toMilliseconds } from '../../transform/instant.ts';
import type { SiteList } from '../../transform/outage.ts';
import { DOWNTIME_DEFINITION } from '../downtime.ts';
import type { ListOptions } from '../format.ts';
import { summarizeLists } from '../list-summary.ts';
import { count } from '../format-units.ts';
import { periodOfLists } from '../spans.ts';
import { POLICY, SCRIPT, STYLE } from './assets.ts';
import { renderChart } from './chart-markup.ts';
import { rowsOf } from './chart-rows.ts';
import { renderDevices } from './device-table.ts';
import { arrange, titleOf } from './report-lists.ts';
import { renderFigures, renderSites } from './summary.ts';
import { type Markup, markup } from './markup.ts';
import { renderOutages, toTime } from './outage-table.ts';

/** With more sites than this, only the table of sites is printed, unless the reader wants more. */
const MAX_PRINTED_SITES = 20;

type PageOptions = Pick<ListOptions, 'rule' | 'until' | 'atCutoff'> & { readonly isMultiSite: boolean };

/** Renders a self-contained page: summary, timeline and tables. */
export function* renderHtml(lists: readonly SiteList[], options: ListOptions): Iterable<string> {
  const isMultiSite = options.isMultiSite ?? lists.length !== 1;
  for (const { html } of renderPage(lists, { ...options, isMultiSite })) yield html;
}

function* renderPage(given: readonly SiteList[], options: PageOptions): Iterable<Markup> {
  const { rule, isMultiSite } = options;
  const period = periodOfLists(given, options);
  const lists = arrange(given, period, { isMultiSite });
  const rows = rowsOf(lists, { isMultiSite });
  const [first] = lists;
  const title = titleOf(lists, { isMultiSite });
  const since = `that began ${rule.cutoffInclusive ? 'at or after' : 'after'} ${rule.cutoffText}`;
  yield markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>Outages of ${title}</title>
<style>${{ html: STYLE }}</style>
</head>
<body>
<header>
<p>Outages${first && !isMultiSite ? markup` of <code>${first.site}</code>` : markup``}</p>
<h1>${title}</h1>
<p>${[...summarizeLists(lists, { isMultiSite })].at(-1) ?? ''} ${since}</p>
${cutoffNote(lists, options)}</header>
<main>
<section>
<h2>${isMultiSite ? 'All sites' : 'Summary'}</h2>
${renderFigures(lists, period)}</section>
`;
  if (isMultiSite) {
    yield markup`<section>\n<h2>Sites</h2>\n${filterBox(lists)}`;
    yield* renderSites(lists, period);
    yield markup`</section>\n`;
  }
  const isDetail = lists.length > MAX_PRINTED_SITES ? markup` class="detail"` : markup``;
  yield markup`<section${isDetail}>\n<h2>Timeline</h2>\n`;
  yield* renderChart(rows, period, rule);
  yield markup`</section>\n`;
  if (rows.some((row) => !('list' in row))) {
    yield markup`<section${isDetail}>\n<h2>Devices${isMultiSite ? markup` <small>of sites with outages</small>` : markup``}</h2>\n`;
    yield* renderDevices(lists, rows, period, { isMultiSite });
    yield markup`</section>\n`;
  }
  yield markup`<section${isDetail}>\n<h2>Outages</h2>\n`;
  if (lists.some(({ outages }) => outages.length > 0)) yield* renderOutages(lists, { isMultiSite });
  else yield markup`<p class="none">No outages ${since}.</p>\n`;
  yield markup`</section>
</main>
<footer>
<p>${DOWNTIME_DEFINITION} An outage that ends before it begins has no duration. All times are UTC. Generated ${toTime(toMilliseconds(rule.now))} by kraken-outages.</p>
</footer>
<script>${{ html: SCRIPT }}</script>
</body>
</html>
`;
}

/** Renders the note about outages exactly at the cutoff, where the written requirement and the live API differ. */
function cutoffNote(lists: readonly SiteList[], { rule, atCutoff, isMultiSite }: PageOptions): Markup {
  const concerned = lists.map(({ site }) => atCutoff?.get(site) ?? 0).filter((number) => number > 0);
  const outages = concerned.reduce((sum, number) => sum + number, 0);
  if (outages === 0) return markup``;
  const subject = `${count(outages, 'outage')}${isMultiSite ? ` on ${count(concerned.length, 'site')}` : ''}`;
  const verb = outages === 1 ? 'is' : 'are';
  const text = rule.cutoffInclusive
    ? markup`${subject} that began exactly at the cutoff ${verb} included (<code>--cutoff-inclusive</code>).`
    : markup`${subject} that began exactly at the cutoff ${verb} excluded; <code>--cutoff-inclusive</code> includes ${outages === 1 ? 'it' : 'them'}.`;
  return markup`<p class="at-cutoff">${text}</p>\n`;
}

/** Renders the filter, which the script shows, and the checkbox for printing all sections. */
function filterBox(lists: readonly SiteList[]): Markup {
  const choice =
    lists.length > MAX_PRINTED_SITES
      ? markup`<label class="print-all"><input type="checkbox"> Print timeline, devices and outages, too</label>\n`
      : markup``;
  return markup`<div class="filter">
<label hidden>Filter <input type="search" placeholder="name or id of a site"></label>
<span role="status"></span>
${choice}</div>
`;
}
