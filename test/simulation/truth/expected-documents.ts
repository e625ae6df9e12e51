import { renderIndentedJson } from '../../../src/output/indented-json.ts';
import { renderTable } from '../../../src/output/table.ts';
import type { Run } from '../run-world.ts';
import type { SimulatedSite } from '../world/simulated-sites.ts';
import type { World } from '../world/create-world.ts';
import { harmless, type ListedOutage, recordsFor } from './oracle.ts';

/** Returns the expected output of `fetch`; undefined if an outage of a site is invalid. @param known the sites with a site info */
export function fetchedDocument(world: World, known: readonly SimulatedSite[]): string | undefined {
  const { namesSites, cutoff, cutoffInclusive } = world;
  const wanted = new Set(known.flatMap(({ devices }) => devices.map(({ id }) => id)));
  const isCutOff = cutoff.isGiven || cutoffInclusive;
  const records: string[] = [];
  for (const { device, fits, compact } of world.outages) {
    if (namesSites && device !== undefined && !wanted.has(device)) continue;
    if (!fits) {
      if (namesSites) return undefined;
      continue;
    }
    const isKept = fits.begin > cutoff.instant || (fits.begin === cutoff.instant && cutoffInclusive);
    if (isKept || !isCutOff) records.push(compact);
  }
  const infos = namesSites ? known.map(({ compactInfo }) => compactInfo) : [];
  const narrowing = isCutOff ? `,"cutoff":"${cutoff.text}","cutoffInclusive":${cutoffInclusive}` : '';
  return harmless(`{"outages":[${records.join(',')}],"sites":[${infos.join(',')}]${narrowing}}\n`);
}

/** Returns the expected output of `preview` for these sites. */
export function previewDocument({ world, stdout, setup }: Run, planned: readonly SimulatedSite[]): string {
  const lists = planned.map((site) => ({
    site: site.id,
    devices: site.devices,
    outages: recordsFor(site, world) ?? [],
  }));
  const several = world.sites.length > 1;
  const isTerminal = stdout.isTTY && world.output === 'stdout';
  const color = isTerminal && !setup.argv.includes('--no-color');
  const tables = lists.map((list) => ({ ...list, siteName: '' }));
  switch (world.format) {
    case 'ndjson':
      return lists.flatMap(({ site, outages }) => outages.map((outage) => toNdjson(site, outage))).join('');
    case 'csv':
      return [
        'site,id,name,begin,end\r\n',
        ...lists.flatMap(({ site, outages }) => outages.map((outage) => toCsv(site, outage))),
      ].join('');
    case 'table': {
      const columns = isTerminal ? stdout.columns : 0;
      return [...renderTable(tables, { columns, color, isMultiSite: several })].join('');
    }
    default: {
      if (isTerminal) return [...renderIndentedJson(tables, { color, isMultiSite: several })].join('');
      const texts = lists.map(({ site, outages }) => [JSON.stringify(site), JSON.stringify(outages)] as const);
      if (!several) return harmless(`${texts[0]?.[1] ?? ''}\n`);
      return harmless(`{${texts.map(([site, list]) => `${site}:${list}`).join(',')}}\n`);
    }
  }
}

function toNdjson(site: string, { id, name, begin, end }: ListedOutage): string {
  return `${harmless(JSON.stringify({ site, id, name, begin, end }))}\n`;
}

function toCsv(site: string, { id, name, begin, end }: ListedOutage): string {
  const cells = [site, id, name, begin, end].map((text) => {
    const safe = (/^[\p{Cc}\p{Cf}\s]*[=+\-@＝＋－＠]|^[\t\r]/u.test(text) ? "'" : '') + escapeControls(text);
    return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  });
  return `${cells.join(',')}\r\n`;
}

/** Escapes control characters as the program does in text for people. */
function escapeControls(text: string): string {
  const escapes: Readonly<Record<string, string>> = {
    b: '\\u0008',
    f: '\\u000c',
    r: '\\u000d',
    t: '\\u0009',
    n: '\\n',
  };
  return harmless(JSON.stringify(text))
    .slice(1, -1)
    .replace(/\\([^u])/g, (_, escaped: string) => escapes[escaped] ?? escaped);
}
