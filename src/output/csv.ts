import { visible } from '../util/text.ts';
import type { SiteList } from '../transform/outage.ts';

// What a spreadsheet takes for a formula, also behind white space and characters that it does not show.
const FORMULA = /^(?:[\t\r]|[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠])/u;

/** RFC 4180 with a header; an apostrophe goes before what a spreadsheet would execute. */
export function* renderCsv(lists: readonly SiteList[]): Iterable<string> {
  yield toRow(['site', 'id', 'name', 'begin', 'end']);
  for (const { site, outages } of lists) {
    for (const { id, name, begin, end } of outages) yield toRow([site, id, name, begin, end]);
  }
}

function toRow(cells: readonly string[]): string {
  return `${cells.map(toCell).join(',')}\r\n`;
}

function toCell(text: string): string {
  const safe = `${FORMULA.test(text) ? "'" : ''}${visible(text)}`;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
