import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { bundle } from '../support/bundle.ts';

/** A bundled worker; call `remove` after use. */
export interface Bundle {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Bundles the simulation and the program into one file, because a dynamic import takes real time, during which a virtual
 * clock would stop or jump.
 */
export async function bundleWorker(): Promise<Bundle> {
  const folder = await mkdtemp(join(tmpdir(), 'kraken-outages-simulation-'));
  const path = join(folder, 'dist', 'platform', 'worker.js');
  // src/platform/version.ts reads the version from two folders above its own.
  await copyFile(fileURLToPath(new URL('../../package.json', import.meta.url)), join(folder, 'package.json'));
  const input = fileURLToPath(new URL('simulation-worker.ts', import.meta.url));
  // Simulated worlds have no proxies, AWS or executable configuration.
  await bundle(input, path, [/\/proxy-fetch\.ts$/, /\/parameter-store\.ts$/, /^typescript$/]);
  return { path, remove: () => rm(folder, { recursive: true }) };
}
