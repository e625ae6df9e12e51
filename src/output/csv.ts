import { visible } from '../util/text.ts';
import type { SiteList } from '../transform/outage.ts';

// Spreadsheets also read a formula after white space and invisible characters.
const FORMULA = /^(?:[\t\r]|[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠])/u;

/** RFC 4180 with a header. Text that a spreadsheet would read as a formula gets a leading apostrophe. */
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
