import { toJson, visible } from '../util/text.ts';
import { createChalk } from './chalk.ts';
import type { FormatOptions } from './format.ts';
import { align, truncate, widthOf } from './width.ts';

/** A setting to be shown. Its texts may hold control characters. */
export interface ShownSetting {
  readonly name: string;
  /** Undefined if it is not set. */
  readonly value?: string | boolean | number | readonly string[] | undefined;
  /** For a secret, whether it is set, in place of its value. */
  readonly isPresent?: boolean;
  /** Source of the value, and its text form. */
  readonly source?: { readonly kind: string; readonly label: string };
  /** The error of an invalid setting, in place of its value and source. */
  readonly problem?: string;
}

export type SettingsFormat = (settings: readonly ShownSetting[], options: FormatOptions) => string;

/** The formats of `config show`. */
export const SETTINGS_FORMATS: Readonly<Record<'text' | 'json', SettingsFormat>> = {
  text: renderText,
  json: renderJson,
};

type Row = readonly [name: string, value: string, source: string];

const HEADER: Row = ['KEY', 'VALUE', 'FROM'];
const GAP_CELLS = 2;
const MIN_VALUE_CELLS = 20;

/** Renders a table. If a row is too wide for the terminal, the source goes on the next line. */
function renderText(settings: readonly ShownSetting[], { columns, color }: FormatOptions): string {
  const rows = [HEADER, ...settings.map(toRow)];
  const widthsOf = (index: 0 | 1 | 2): readonly number[] => rows.map((row) => widthOf(row[index]));
  const names = Math.max(...widthsOf(0)) + GAP_CELLS;
  const room = columns > 0 ? columns - names - GAP_CELLS - Math.max(...widthsOf(2)) : Infinity;
  const values = room < MIN_VALUE_CELLS ? 0 : Math.max(...widthsOf(1).filter((width) => width <= room)) + GAP_CELLS;
  const toLines = ([name, value, source]: Row): readonly string[] => {
    const start = align(name, names, 'left');
    if (widthOf(value) < values) return [start + align(value, values, 'left') + source];
    return [start + value, ' '.repeat(names + values) + source];
  };
  const fit = (line: string): string => (columns > 0 ? truncate(line, columns) : line).trimEnd();
  const [header = [], ...lines] = rows.map((row) => toLines(row).map(fit));
  return [...header.map((line) => createChalk(color).bold(line)), ...lines.flat(), ''].join('\n');
}

function toRow({ name, value, isPresent, source, problem }: ShownSetting): Row {
  if (problem !== undefined) return [name, 'unusable', visible(problem)];
  const presence = isPresent === undefined ? value : isPresent ? 'present' : 'absent';
  const text = Array.isArray(presence) ? presence.join(', ') : String(presence ?? '');
  return [name, visible(text) || 'none', visible(source?.label ?? '')];
}

/** Renders one object with a key per setting. */
function renderJson(settings: readonly ShownSetting[]): string {
  const members = settings.map(({ name, value = null, isPresent, source, problem: error }) => {
    if (error !== undefined) return [name, { error }];
    return [name, isPresent === undefined ? { value, source } : { present: isPresent, source }];
  });
  return `${toJson(Object.fromEntries(members))}\n`;
}
