import { Chalk, type ChalkInstance } from 'chalk';

import type { OutputStream } from '../platform/environment.ts';

/**
 * Whether this stream gets colours: `--no-color` goes before `NO_COLOR`, that before `FORCE_COLOR`, and that before what
 * the stream is. An empty variable counts as unset; `FORCE_COLOR` as `0` or `false` asks for none.
 */
export function wantsColor(
  stream: Pick<OutputStream, 'isTTY'>,
  env: Readonly<Record<string, string | undefined>>,
  noColorFlag: boolean,
): boolean {
  if (noColorFlag || env['NO_COLOR']) return false;
  const forced = env['FORCE_COLOR'];
  if (forced) return forced !== '0' && forced !== 'false';
  return stream.isTTY && env['TERM'] !== 'dumb';
}

/** A painter of its own for each stream: chalk's shared one judges all streams by stdout, and ignores `NO_COLOR`. */
export function createChalk(color: boolean): ChalkInstance {
  return new Chalk({ level: color ? 1 : 0 });
}
