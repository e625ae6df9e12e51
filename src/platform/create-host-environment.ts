import { readFile } from 'node:fs/promises';

import { type Clock, systemClock } from './clock.ts';
import type { Environment } from './environment.ts';
import type { Files } from './files.ts';

/** The parts of the environment that the library uses. It leaves the streams and signals of its host alone. */
export interface HostEnvironment extends Pick<Environment, 'env' | 'clock' | 'random' | 'fetch'> {
  readonly files: Pick<Files, 'chunks'>;
}

/** @param createFetch makes the HTTP client, which belongs to a higher layer */
export function createHostEnvironment(createFetch: (clock: Clock) => typeof globalThis.fetch): HostEnvironment {
  return {
    env: process.env,
    files: {
      async *chunks(path) {
        yield await readFile(path);
      },
    },
    clock: systemClock,
    random: () => Math.random(),
    fetch: createFetch(systemClock),
  };
}
