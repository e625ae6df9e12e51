import { absolutePath } from '../platform/absolute-path.ts';
import type { Environment } from '../platform/environment.ts';
import { ConfigurationError } from '../domain/errors.ts';
import { visible } from '../util/text.ts';

const GROUP_READ = 0o040;
const OTHERS_READ = 0o004;
/** Paths of descriptors that the shell opened. Like stdin, they are not checked. */
const DESCRIPTOR_PATH = /^\/(?:dev|proc\/self)\/(?:stdin|fd\/\d+)$/;

/** A file that contains the key. */
export interface KeyFile {
  readonly path: string;
  /** Prefix of error messages. */
  readonly where: string;
  /** An alternative to changing the permissions, for the hint. */
  readonly otherwise: string;
}

/** A key file that passed the check. */
export interface CheckedKeyFile {
  readonly path: string;
  /** Set if other users can read the file and this user cannot change that. */
  readonly warning?: string;
}

/**
 * Asserts that only its owner can read a regular file. If this user cannot change the permissions, the file is accepted with a
 * warning: on a read-only file system, such as a mounted secret, or if it belongs to another user and only a group can read it.
 * @returns undefined for pipes and devices, which are not checked
 * @throws {ConfigurationError} if others can read it
 */
export async function checkKeyPermissions(
  { path, where, otherwise }: KeyFile,
  { files, cwd, home }: Pick<Environment, 'files' | 'cwd' | 'home'>,
): Promise<CheckedKeyFile | undefined> {
  if (DESCRIPTOR_PATH.test(absolutePath(path, { cwd, home }))) return undefined;
  // If stat fails, reading the file later fails too, and reports the reason.
  const found = await files.stat(path).catch(() => undefined);
  if (!found?.isFile) return undefined;
  if ((found.mode & (GROUP_READ | OTHERS_READ)) === 0) return { path };
  const mode = (found.mode & 0o777).toString(8).padStart(4, '0');
  const problem = `key file is readable by other users (mode ${mode})`;
  const obstacle = await files.findModeObstacle(path);
  if (obstacle === 'read-only') return { path, warning: `${where}: ${problem}, on a read-only file system` };
  if (obstacle === 'not-owner' && (found.mode & OTHERS_READ) === 0) {
    return { path, warning: `${where}: key file is readable by its group (mode ${mode}), and belongs to another user` };
  }
  throw new ConfigurationError(`${where}: ${problem}`, {
    hint: `run "chmod 600 ${quoteForShell(path)}", or ${otherwise}`,
  });
}

/** Quotes a path for the shell. */
function quoteForShell(path: string): string {
  return visible(/^[\w./][\w./-]*$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`);
}
