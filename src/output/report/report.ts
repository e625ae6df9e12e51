import { toMilliseconds } from '../../transform/instant.ts';
import type { SiteList } from '../../transform/outage.ts';
import type { CutoffRule } from '../../transform/rule.ts';
import { DOWNTIME_DEFINITION } from '../downtime.ts';
import type { ListOptions, MultiSite } from '../format.ts';
import { summarizeLists } from '../list-summary.ts';
import { count } from '../format-units.ts';
import { POLICY, SCRIPT, STYLE } from './assets.ts';
import { renderChart } from './chart-markup.ts';
import { renderSummary } from './summary.ts';
import { type Markup, markup } from './markup.ts';
import { renderOutages, toTime } from './outage-table.ts';

/** Renders a self-contained page: summary, timeline and table. */
export function* renderHtml(lists: readonly SiteList[], { rule, ...options }: ListOptions): Iterable<string> {
  const isMultiSite = options.isMultiSite ?? lists.length !== 1;
  for (const { html } of renderPage(lists, rule, { isMultiSite })) yield html;
}

function* renderPage(lists: readonly SiteList[], rule: CutoffRule, { isMultiSite }: MultiSite): Iterable<Markup> {
  const [first] = lists;
  const title = first && !isMultiSite ? first.siteName : count(lists.length, 'site');
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
<p>${[...summarizeLists(lists, { isMultiSite })].at(-1) ?? ''} that began ${rule.cutoffInclusive ? 'at or after' : 'after'} ${rule.cutoffText}</p>
</header>
<main>
`;
  yield markup`<section>\n<h2>${isMultiSite ? 'Sites' : 'Summary'}</h2>\n`;
  yield* renderSummary(lists, rule, { isMultiSite });
  yield markup`</section>\n<section>\n<h2>Timeline</h2>\n`;
  yield* renderChart(lists, rule, { isMultiSite });
  yield markup`</section>\n<section>\n<h2>Outages</h2>\n`;
  yield* renderOutages(lists, { isMultiSite });
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
