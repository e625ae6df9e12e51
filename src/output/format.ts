import type { SiteList } from '../transform/outage.ts';
import type { CutoffRule } from '../transform/rule.ts';

export interface FormatOptions {
  /** Width in cells; 0 where it is no terminal: nothing is truncated. */
  readonly columns: number;
  readonly color: boolean;
  /** Whether several sites were asked for, even if only one has a list; else the number of lists decides. */
  readonly several?: boolean;
}

/** What the formats of lists get beside it. */
export interface ListOptions extends FormatOptions {
  /** Cells for what has to have a width: those of the terminal, or else as many as people expect of one. */
  readonly width: number;
  /** What the lists were made by. */
  readonly rule: CutoffRule;
}

/** Renders lists to text, a piece at a time; the last piece ends the last line. */
export type Format = (lists: readonly SiteList[], options: ListOptions) => Iterable<string>;
