import { absolutePath } from '../platform/absolute-path.ts';
import type { Environment } from '../platform/environment.ts';
import { ConfigurationError } from '../domain/errors.ts';
import { visible } from '../util/text.ts';

/** Read permission of the group and of everybody. */
const OTHERS_READ = 0o044;
/** What the shell has opened is judged no more than stdin is. */
const OPENED = /^\/(?:dev|proc\/self)\/(?:stdin|fd\/\d+)$/;

/** A file with the key in it. */
export interface KeyFile {
  readonly path: string;
  /** Begins the message of an error. */
  readonly where: string;
  /** What else could be done than to change the permissions. */
  readonly otherwise: string;
}

/**
 * Judges a regular file; pipes and devices are not judged.
 * @returns whether it was judged, and found to be its owner's alone
 * @throws {ConfigurationError} where others can read it
 */
export async function checkKeyPermissions(
  { path, where, otherwise }: KeyFile,
  { files, cwd }: Pick<Environment, 'files' | 'cwd'>,
): Promise<boolean> {
  if (OPENED.test(absolutePath(path, cwd))) return false;
  // One that cannot be looked at is no file to read either, and the reading says why.
  const found = await files.stat(path).catch(() => undefined);
  if (!found?.isFile) return false;
  if ((found.mode & OTHERS_READ) === 0) return true;
  const mode = (found.mode & 0o777).toString(8).padStart(4, '0');
  throw new ConfigurationError(`${where}: others can read this file, and the key in it (mode ${mode})`, {
    hint: `run "chmod 600 ${inShell(path)}", or ${otherwise}`,
  });
}

/** The path as a word of a shell's command line. */
function inShell(path: string): string {
  return visible(/^[\w./][\w./-]*$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`);
}
