import { mkdir, symlink } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import { EXECUTABLE, type Workspace } from './workspace.ts';

/** Installs `kraken-outages` in the workspace's `bin`. @returns a value for PATH with which shells find it */
export async function installExecutable({ path }: Workspace): Promise<string> {
  const bin = join(path, 'bin');
  await mkdir(bin);
  await symlink(EXECUTABLE, join(bin, 'kraken-outages'));
  return [bin, process.env['PATH']].join(delimiter);
}
