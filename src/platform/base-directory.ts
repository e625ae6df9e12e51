import { isAbsolute, join } from 'node:path';

import type { Environment } from './environment.ts';

/** The user's own directories, as the XDG specification has them. */
const BASES = {
  config: { variable: 'XDG_CONFIG_HOME', fallback: '.config' },
  data: { variable: 'XDG_DATA_HOME', fallback: join('.local', 'share') },
  state: { variable: 'XDG_STATE_HOME', fallback: join('.local', 'state') },
} as const;

/** Where the user's files of the kind are: `$XDG_CONFIG_HOME`, `~/.local/state`. */
export function baseDirectory(kind: keyof typeof BASES, { env, home }: Pick<Environment, 'env' | 'home'>): string {
  const { variable, fallback } = BASES[kind];
  const path = env[variable] ?? '';
  // The specification: what is not absolute is to be ignored.
  return isAbsolute(path) ? path : join(home, fallback);
}
