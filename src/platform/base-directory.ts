import { posix, win32 } from 'node:path';

import type { Environment } from './environment.ts';

/** The directories of the XDG Base Directory specification, and their equivalents on Windows. */
const BASES = {
  config: { variable: 'XDG_CONFIG_HOME', fallback: ['.config'], windows: 'APPDATA' },
  data: { variable: 'XDG_DATA_HOME', fallback: ['.local', 'share'], windows: 'LOCALAPPDATA' },
  cache: { variable: 'XDG_CACHE_HOME', fallback: ['.cache'], windows: 'LOCALAPPDATA' },
  state: { variable: 'XDG_STATE_HOME', fallback: ['.local', 'state'], windows: 'LOCALAPPDATA' },
} as const;

/**
 * Returns the user's directory of this kind, such as `$XDG_CONFIG_HOME`, `~/.local/state` or, on Windows, `%AppData%`;
 * undefined without a home.
 */
export function baseDirectory(
  kind: keyof typeof BASES,
  { env, home }: Pick<Environment, 'env' | 'home'>,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  const isWindows = platform === 'win32';
  const paths = isWindows ? win32 : posix;
  const { variable, fallback, windows } = BASES[kind];
  // The specification says to ignore relative paths.
  for (const path of [env[variable], isWindows ? env[windows] : undefined]) {
    if (path !== undefined && paths.isAbsolute(path)) return path;
  }
  return home === undefined ? undefined : paths.join(home, ...fallback);
}
