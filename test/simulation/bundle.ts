import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'rolldown';

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
  const path = join(folder, 'dist', 'worker.js');
  // The program reads its version from the folder above its own.
  await copyFile(fileURLToPath(new URL('../../package.json', import.meta.url)), join(folder, 'package.json'));
  await build({
    input: fileURLToPath(new URL('worker.ts', import.meta.url)),
    platform: 'node',
    // Behind these is what no simulated world has: proxies, AWS, configuration that is code.
    external: [/\/api\/transport\.ts$/, /\/parameter-store\.ts$/, 'typescript'],
    logLevel: 'silent',
    output: { file: path, codeSplitting: false },
  });
  return { path, remove: () => rm(folder, { recursive: true }) };
}
