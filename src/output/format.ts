import type { SiteList } from '../transform/outage.ts';

export interface FormatOptions {
  /** Width in cells; 0 where it is no terminal: nothing is truncated. */
  readonly columns: number;
  readonly color: boolean;
  /** Whether several sites were asked for, even if only one has a list; else the number of lists decides. */
  readonly several?: boolean;
}

/**
 * Renders lists to text, a piece at a time; the last piece ends the last line.
 * @param payloads by site id, the JSON text that `submit` would POST
 */
export type Format = (
  lists: readonly SiteList[],
  payloads: ReadonlyMap<string, string>,
  options: FormatOptions,
) => Iterable<string>;
