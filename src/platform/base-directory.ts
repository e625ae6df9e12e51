import { isAbsolute, join } from 'node:path';

import type { Environment } from './environment.ts';

/** The directories of the XDG Base Directory specification. */
const BASES = {
  config: { variable: 'XDG_CONFIG_HOME', fallback: '.config' },
  data: { variable: 'XDG_DATA_HOME', fallback: join('.local', 'share') },
  cache: { variable: 'XDG_CACHE_HOME', fallback: '.cache' },
  state: { variable: 'XDG_STATE_HOME', fallback: join('.local', 'state') },
} as const;

/** Returns the user's directory of that kind, such as `$XDG_CONFIG_HOME` or `~/.local/state`; undefined without a home. */
export function baseDirectory(
  kind: keyof typeof BASES,
  { env, home }: Pick<Environment, 'env' | 'home'>,
): string | undefined {
  const { variable, fallback } = BASES[kind];
  const path = env[variable] ?? '';
  // The specification says to ignore relative paths.
  if (isAbsolute(path)) return path;
  return home === undefined ? undefined : join(home, fallback);
}
