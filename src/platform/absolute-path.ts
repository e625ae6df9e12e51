import { isAbsolute, join, resolve } from 'node:path';

/** The directories that paths start from. */
export interface PathBases {
  /** Returns the directory of relative paths; not called for others. */
  readonly cwd: () => string;
  /** The directory of `~/`; undefined if there is none. */
  readonly home?: string | undefined;
}

/** Returns the normalized absolute path. A leading `~/` is the home directory, as in a shell. */
export function absolutePath(path: string, { cwd, home }: PathBases): string {
  if (home !== undefined && /^~(?:[/\\]|$)/.test(path)) return join(home, path.slice(1));
  return isAbsolute(path) ? resolve(path) : resolve(cwd(), path);
}
