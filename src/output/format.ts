import type { SiteList } from '../transform/outage.ts';
import type { CutoffRule } from '../transform/rule.ts';

export interface FormatOptions {
  /** Width of the terminal in cells; 0 if the output is not a terminal, so that nothing is truncated. */
  readonly columns: number;
  readonly color: boolean;
  /** Whether several sites were requested, even if only one has a list. Default: whether there are several lists. */
  readonly isMultiSite?: boolean;
}

/** Whether to render the site of each outage, as several sites were requested. */
export type MultiSite = Required<Pick<FormatOptions, 'isMultiSite'>>;

/** Options of the formats of `preview`. */
export interface ListOptions extends FormatOptions {
  /** Cells for formats that need a fixed width: that of the terminal, or else a default. */
  readonly width: number;
  /** Whether a CSV file is for Excel; default: no. */
  readonly excel?: boolean;
  /** End of the period of charts and statistics, milliseconds since 1970; default: see `periodOf`. */
  readonly until?: number | undefined;
  /** Number of outages exactly at the cutoff, in or excluded from the list, by site; sites without any may be missing. */
  readonly atCutoff?: ReadonlyMap<string, number>;
  /** The cutoff that the lists were built with. */
  readonly rule: CutoffRule;
}

/** Renders lists to chunks of text; the last chunk ends with a newline. */
export type Format = (lists: readonly SiteList[], options: ListOptions) => Iterable<string>;
