import type { OutputStream } from '../platform/environment.ts';

/**
 * Returns whether to colour output to the stream: `--no-color`, else `NO_COLOR`, else `FORCE_COLOR` (`0` and `false` disable),
 * else whether it is a terminal. An empty variable counts as unset.
 */
export function wantsColor(
  stream: Pick<OutputStream, 'isTTY'>,
  env: Readonly<Record<string, string | undefined>>,
  { noColor }: { readonly noColor: boolean },
): boolean {
  if (noColor || env['NO_COLOR']) return false;
  const forced = env['FORCE_COLOR'];
  if (forced) return forced !== '0' && forced !== 'false';
  return stream.isTTY && env['TERM'] !== 'dumb';
}
