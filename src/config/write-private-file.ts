import type { Files } from '../platform/files.ts';

/**
 * Writes a file for its owner alone: the whole, or nothing.
 * @param options.mayReplace else it fails (`EEXIST`) where there is something already
 */
export async function writePrivateFile(
  path: string,
  content: string,
  files: Files,
  options: { readonly mayReplace: boolean },
): Promise<void> {
  const file = await files.createTemporary(path, 0o600);
  try {
    await file.append(Buffer.from(content));
    await file.moveTo(path, options);
  } finally {
    await file.discard();
  }
}
