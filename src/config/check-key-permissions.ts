import { absolutePath } from '../platform/absolute-path.ts';
import type { Environment } from '../platform/environment.ts';
import { ConfigurationError } from '../domain/errors.ts';
import { visible } from '../util/text.ts';

/** Read permission of the group and of others. */
const OTHERS_READ = 0o044;
/** Descriptors that the shell opened are not checked, like stdin. */
const OPENED = /^\/(?:dev|proc\/self)\/(?:stdin|fd\/\d+)$/;

/** A file that contains the key. */
export interface KeyFile {
  readonly path: string;
  /** Begins the message of an error. */
  readonly where: string;
  /** An alternative to changing the permissions, for the hint. */
  readonly otherwise: string;
}

/**
 * Asserts that only its owner can read a regular file. Pipes and devices are not checked.
 * @returns whether it was checked
 * @throws {ConfigurationError} if others can read it
 */
export async function checkKeyPermissions(
  { path, where, otherwise }: KeyFile,
  { files, cwd }: Pick<Environment, 'files' | 'cwd'>,
): Promise<boolean> {
  if (OPENED.test(absolutePath(path, cwd))) return false;
  // If it cannot be looked at, reading it fails too, and says why.
  const found = await files.stat(path).catch(() => undefined);
  if (!found?.isFile) return false;
  if ((found.mode & OTHERS_READ) === 0) return true;
  const mode = (found.mode & 0o777).toString(8).padStart(4, '0');
  throw new ConfigurationError(`${where}: key file is readable by other users (mode ${mode})`, {
    hint: `run "chmod 600 ${inShell(path)}", or ${otherwise}`,
  });
}

/** Quotes the path for a shell. */
function inShell(path: string): string {
  return visible(/^[\w./][\w./-]*$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`);
}
