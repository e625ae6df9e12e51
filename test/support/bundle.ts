import { build } from 'rolldown';

/**
 * Bundles a module and all of its imports into one file.
 * @param external modules to leave out
 */
export async function bundle(input: string, file: string, external: readonly RegExp[] = []): Promise<void> {
  await build({
    input,
    platform: 'node',
    external: [...external],
    logLevel: 'silent',
    output: { file, codeSplitting: false },
  });
}
