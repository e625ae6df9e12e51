import { isAbsolute, resolve } from 'node:path';

/**
 * Returns the normalized absolute path.
 * @param cwd returns the directory that relative paths start from; not called for an absolute path
 */
export function absolutePath(path: string, cwd: () => string): string {
  return isAbsolute(path) ? resolve(path) : resolve(cwd(), path);
}
