import type { Files } from '../platform/files.ts';

/**
 * Writes a file that only its owner can read, atomically.
 * @param options.mayReplace if false, it fails with `EEXIST` if the path exists
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
