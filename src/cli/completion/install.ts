import { dirname } from 'node:path';

import type { Environment } from '../../platform/environment.ts';
import { fileError } from '../../domain/errors.ts';

/** What the file holds; undefined where there is none. @throws {UsageError} where it cannot be read */
export async function readExisting(path: string, { files }: Pick<Environment, 'files'>): Promise<string | undefined> {
  try {
    return (await files.stat(path)) && Buffer.from(await files.read(path)).toString();
  } catch (error) {
    throw fileError(`--install ${path}`, error);
  }
}

/** Writes the file as a whole, with the directories above it that are missing. @throws {UsageError} */
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
