import { STATUS_CODES } from 'node:http';

import type { Outcome, Receipt } from '../domain/receipt.ts';
import { visible } from '../util/text.ts';
import { count, grouped } from './format-units.ts';
import { OUTCOME_STYLES } from './outcome-styles.ts';

/** Rows of the table; GitHub takes a megabyte. */
const MAX_ROWS = 500;

const ORDER: readonly Outcome[] = ['unknown', 'refused', 'failed', 'not-sent', 'accepted', 'unchanged'];

/**
 * Returns the workflow command that annotates the run with an error, without a newline.
 * @see https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
 */
export function renderAnnotation(lines: readonly string[]): string {
  const escaped = lines.join('\n').replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  return `::error::${escaped}`;
}

/** Renders the receipts as Markdown for the summary of the step: failures first, then the accepted sites. */
export function renderStepSummary(receipts: readonly Receipt[], totals: string): string {
  const sorted = receipts.toSorted((a, b) => ORDER.indexOf(a.outcome) - ORDER.indexOf(b.outcome));
  const [first] = sorted;
  const more = sorted.length - MAX_ROWS;
  return [
    `### Outages submitted to ${escapeMarkdown(first?.api ?? 'the API')}`,
    '',
    totals,
    '',
    '| Site | Outcome | Status | Outages | Error |',
    '| --- | --- | --- | --- | --- |',
    ...sorted.slice(0, MAX_ROWS).map(renderRow),
    ...(more > 0 ? ['', `and ${grouped(more)} more`] : []),
    '',
    '',
  ].join('\n');
}

function renderRow({ site, outcome, status, outages, error }: Receipt): string {
  const { symbol, word } = OUTCOME_STYLES[outcome];
  const cells = [
    escapeMarkdown(site),
    `${symbol} ${word}`,
    status === null ? '' : `${status} ${STATUS_CODES[status] ?? ''}`.trimEnd(),
    outages === null ? '' : count(outages, 'outage'),
    escapeMarkdown(error?.message ?? ''),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Escapes Markdown, HTML and mentions in data. */
function escapeMarkdown(text: string): string {
  return visible(text).replaceAll(/[&<>|*_`~[\]\\#@!$]/g, (character) => `&#${character.charCodeAt(0)};`);
}
