import { homedir } from 'node:os';

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
  return {
    stdin: createInput(),
    stdout: createOutput(process.stdout, 1, 'stdout'),
    stderr: createOutput(process.stderr, 2, 'stderr'),
    env: process.env,
    cwd: process.cwd(),
    home: homedir(),
    files: createFiles(process.cwd()),
    clock: systemClock,
    random: () => Math.random(),
    fetch: createFetch(systemClock),
    onSignal,
  };
}
