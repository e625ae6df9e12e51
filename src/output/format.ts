import type { SiteList } from '../transform/outage.ts';

export interface FormatOptions {
  /** Width in cells; 0 where it is no terminal: nothing is truncated. */
  readonly columns: number;
  readonly color: boolean;
  /** Whether several sites were asked for, even if only one has a list; else the number of lists decides. */
  readonly several?: boolean;
}

/** Renders lists to text, a piece at a time; the last piece ends the last line. */
export type Format = (lists: readonly SiteList[], options: FormatOptions) => Iterable<string>;
