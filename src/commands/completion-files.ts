/** Where each shell looks for the user's completion scripts, and how they get there. */

import { dirname, join } from 'node:path';

import { fileError, UsageError } from '../domain/errors.ts';
import { baseDirectory } from '../platform/base-directory.ts';
import type { Environment } from '../platform/environment.ts';

export type ShellName = 'bash' | 'zsh' | 'fish' | 'powershell';

interface Shell {
  readonly base: 'data' | 'config';
  /** Below the base directory. */
  readonly path: string;
  /** Returns what is left for the user to do. */
  readonly activate: (path: string) => string;
}

export const SHELLS: Readonly<Record<ShellName, Shell>> = {
  bash: {
    base: 'data',
    path: join('bash-completion', 'completions', 'kraken-outages'),
    activate: (path) => `new shells load it if bash-completion is installed; else add to ~/.bashrc: source ${path}`,
  },
  zsh: {
    base: 'data',
    path: join('zsh', 'site-functions', '_kraken-outages'),
    activate: (path) => `add to ~/.zshrc, before compinit: fpath+=${path.replace(/\/[^/]*$/, '')}`,
  },
  fish: {
    base: 'config',
    path: join('fish', 'completions', 'kraken-outages.fish'),
    activate: () => 'fish loads it at once',
  },
  powershell: {
    base: 'config',
    path: join('powershell', 'kraken-outages.ps1'),
    activate: (path) => `add to the file that $PROFILE names: . '${path.replaceAll("'", "''")}'`,
  },
};

/** Returns the path of the user's script for a shell. @throws {UsageError} if there is no home directory */
export function completionPath(shell: ShellName, environment: Pick<Environment, 'env' | 'home'>): string {
  const { base, path } = SHELLS[shell];
  const directory = baseDirectory(base, environment);
  if (directory !== undefined) return join(directory, path);
  throw new UsageError('completion --install: there is no home directory', {
    hint: 'set HOME to an absolute path, or save the printed script yourself',
  });
}

/** Returns the content of the file; undefined if there is none. @throws {UsageError} if it cannot be read */
export async function readExisting(path: string, { files }: Pick<Environment, 'files'>): Promise<string | undefined> {
  try {
    return (await files.stat(path)) && Buffer.from(await files.read(path)).toString();
  } catch (error) {
    throw fileError(`--install ${path}`, error);
  }
}

/** Writes the file atomically, creating missing directories. @throws {UsageError} */
export async function install(path: string, script: string, { files }: Pick<Environment, 'files'>): Promise<void> {
  try {
    await files.makeDirectory(dirname(path));
    const file = await files.createTemporary(path);
    try {
      await file.append(Buffer.from(script));
      await file.moveTo(path);
    } finally {
      await file.discard();
    }
  } catch (error) {
    throw fileError(`--install ${path}`, error);
  }
}
