import { isAbsolute, join } from 'node:path';

import type { Environment } from '../environment.ts';

/** The user's own directories, as the XDG specification has them. */
const BASES = {
  config: { variable: 'XDG_CONFIG_HOME', fallback: '.config' },
  state: { variable: 'XDG_STATE_HOME', fallback: join('.local', 'state') },
} as const;

/** Where this program's files of the kind are: `$XDG_CONFIG_HOME/kraken-outages`, `~/.local/state/kraken-outages`. */
export function userDirectory(kind: keyof typeof BASES, { env, home }: Pick<Environment, 'env' | 'home'>): string {
  const { variable, fallback } = BASES[kind];
  const base = env[variable] ?? '';
  // The specification: what is not absolute is to be ignored.
  return join(isAbsolute(base) ? base : join(home, fallback), 'kraken-outages');
}
