import { build } from 'rolldown';

/**
 * Makes one file of a module and all that it imports, which loads nothing else when it runs.
 * @param external modules that it does not need
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
