import { visible } from '../util/text.ts';
import type { SiteList, SiteOutage } from '../transform/outage.ts';
import type { ListOptions } from './format.ts';
import { timeOf } from './spans.ts';

// Spreadsheets also read a formula after white space and invisible characters.
const FORMULA = /^(?:[\t\r]|[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠])/u;

/** Makes Excel read the file as UTF-8. */
const BYTE_ORDER_MARK = '\ufeff';

const HOUR_MS = 3_600_000;

/** Renders CSV (RFC 4180) with a header. Text that a spreadsheet would read as a formula gets a leading apostrophe. */
export function* renderCsv(
  lists: readonly SiteList[],
  { excel = false }: Pick<ListOptions, 'excel' | 'rule'>,
): Iterable<string> {
  yield excel
    ? BYTE_ORDER_MARK +
      toRow(['Site ID', 'Site', 'Device ID', 'Device', 'Begin (UTC)', 'End (UTC)', 'Duration (hours)'])
    : toRow(['site', 'id', 'name', 'begin', 'end']);
  for (const list of lists) {
    for (const outage of list.outages) {
      const { id, name, begin, end } = outage;
      yield excel ? toExcelRow(list, outage) : toRow([list.site, id, name, begin, end]);
    }
  }
}

function toExcelRow({ site, siteName }: SiteList, { id, name, begin, end }: SiteOutage): string {
  const hours = (timeOf(end) - timeOf(begin)) / HOUR_MS;
  return toRow([site, siteName, id, name, toExcelTime(begin), toExcelTime(end), Number(hours.toFixed(4))]);
}

/** Returns the time in UTC in the form that spreadsheets parse, cut to seconds: `2022-05-23 12:21:27`. */
function toExcelTime(text: string): string {
  return new Date(timeOf(text)).toISOString().slice(0, 19).replace('T', ' ');
}

function toRow(cells: readonly (string | number)[]): string {
  return `${cells.map(toCell).join(',')}\r\n`;
}

function toCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const safe = `${FORMULA.test(value) ? "'" : ''}${visible(value)}`;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
