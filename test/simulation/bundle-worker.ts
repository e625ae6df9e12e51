import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { bundle } from '../support/bundle.ts';

/** A worker that runs without this project's sources; to be removed in the end. */
export interface Bundle {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Makes one file of the simulation and the program: of what is loaded when it is needed, none takes time any more, during
 * which the clock of a simulated world would stand still or jump.
 */
export async function bundleWorker(): Promise<Bundle> {
  const folder = await mkdtemp(join(tmpdir(), 'kraken-outages-simulation-'));
  const path = join(folder, 'dist', 'platform', 'worker.js');
  // src/platform/version.ts reads the version from two folders above its own.
  await copyFile(fileURLToPath(new URL('../../package.json', import.meta.url)), join(folder, 'package.json'));
  const input = fileURLToPath(new URL('simulation-worker.ts', import.meta.url));
  // No simulated world has proxies, AWS, or configuration that is code.
  await bundle(input, path, [/\/proxy-fetch\.ts$/, /\/parameter-store\.ts$/, /^typescript$/]);
  return { path, remove: () => rm(folder, { recursive: true }) };
}
