import { homedir } from 'node:os';
import { isAbsolute } from 'node:path';

import { UsageError } from '../domain/errors.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Environment } from './environment.ts';
import { createFiles } from './files.ts';
import { onSignal } from './signals.ts';
import { createInput, createOutput } from './streams.ts';

/**
 * Returns the real environment of this process.
 * @param createFetch makes the HTTP client, which belongs to a higher layer
 */
export function createEnvironment(createFetch: (clock: Clock) => typeof globalThis.fetch): Environment {
  const stdin = createInput();
  const stdout = createOutput(1, 'stdout');
  const stderr = createOutput(2, 'stderr');
  const home = homeDirectory();
  return {
    stdin,
    stdout,
    stderr,
    env: process.env,
    cwd: workingDirectory,
    home,
    files: createFiles({ cwd: workingDirectory, home }, { stdin, stdout, stderr }),
    clock: systemClock,
    random: () => Math.random(),
    fetch: createFetch(systemClock),
    onSignal,
  };
}

function workingDirectory(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new UsageError('the working directory no longer exists', { cause, hint: 'change to another directory' });
  }
}

/** Ignores a relative home directory: the `.config/` of a cloned repository must not count as the user's. */
function homeDirectory(): string | undefined {
  try {
    const home = homedir();
    return isAbsolute(home) ? home : undefined;
  } catch {
    // HOME is unset, and the user has no entry in the password database.
    return undefined;
  }
}
