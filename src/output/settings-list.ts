import { toJson, visible } from '../util/text.ts';
import { createChalk } from './color.ts';
import type { FormatOptions } from './format.ts';
import { align, truncate, widthOf } from './width.ts';

/** A setting as it is shown; nothing of it is fit for a terminal yet. */
export interface ShownSetting {
  readonly name: string;
  /** Undefined where there is none. */
  readonly value?: string | boolean | number | readonly string[] | undefined;
  /** In place of a value that nobody may see: whether there is one. */
  readonly isPresent?: boolean;
  /** What gave the value in the end, and in words. */
  readonly source?: { readonly kind: string; readonly label: string };
  /** Why the setting cannot be used, in place of its value and source. */
  readonly problem?: string;
}

export type SettingsFormat = (settings: readonly ShownSetting[], options: FormatOptions) => string;

/** Every format of `config show`, by its name. */
export const SETTINGS_FORMATS: Readonly<Record<'text' | 'json', SettingsFormat>> = {
  text: renderText,
  json: renderJson,
};

type Row = readonly [name: string, value: string, source: string];

const HEADER: Row = ['KEY', 'VALUE', 'FROM'];
/** Cells. */
const GAP = 2;
const LEAST_ROOM = 20;

/** A table; where a terminal has no room for a row, the source stands below the value. */
function renderText(settings: readonly ShownSetting[], { columns, color }: FormatOptions): string {
  const rows = [HEADER, ...settings.map(toRow)];
  const widthsOf = (index: 0 | 1 | 2): readonly number[] => rows.map((row) => widthOf(row[index]));
  const names = Math.max(...widthsOf(0)) + GAP;
  const room = columns > 0 ? columns - names - GAP - Math.max(...widthsOf(2)) : Infinity;
  const values = room < LEAST_ROOM ? 0 : Math.max(...widthsOf(1).filter((width) => width <= room)) + GAP;
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

/** One object, its members named as the settings. */
function renderJson(settings: readonly ShownSetting[]): string {
  const members = settings.map(({ name, value = null, isPresent, source, problem: error }) => {
    if (error !== undefined) return [name, { error }];
    return [name, isPresent === undefined ? { value, source } : { present: isPresent, source }];
  });
  return `${toJson(Object.fromEntries(members))}\n`;
}
