import { basename, dirname, join } from 'node:path';

import { ConfigurationError, fileError } from '../domain/errors.ts';
import { baseDirectory } from '../platform/base-directory.ts';
import type { Environment } from '../platform/environment.ts';
import { visible } from '../util/text.ts';
import { type ConfigFile, readConfigFile } from './config-file.ts';
import { parseTree } from './parse-yaml.ts';
import { isTrusted, trust } from './trust.ts';
import { writePrivateFile } from './write-private-file.ts';

/** A configuration file to which a line can be added. */
export interface SettingTarget {
  readonly path: string;
  /** Display name, for messages. */
  readonly name: string;
  readonly file: ConfigFile | undefined;
}

/**
 * Returns the configuration file that a setting can be added to: the one in use with the highest precedence, or
 * else a new user file.
 * Returns undefined if there is no home directory, or the file is a `package.json`.
 */
export function findSettingTarget(
  files: readonly ConfigFile[],
  environment: Pick<Environment, 'env' | 'home'>,
): SettingTarget | undefined {
  const [file] = files;
  if (file) return basename(file.path) === 'package.json' ? undefined : { path: file.path, name: file.name, file };
  const base = baseDirectory('config', environment);
  if (base === undefined) return undefined;
  const path = join(base, 'kraken-outages', 'config.yaml');
  return { path, name: visible(path), file };
}

/**
 * Adds a line to a configuration file in YAML. A trusted file stays trusted.
 * @param line such as `cutoffInclusive: true`
 * @throws {ConfigurationError} if a line cannot be added to the file, for example because it is JSON
 * @throws {UsageError} if the file cannot be written
 */
export async function addSetting(
  { path, name, file }: SettingTarget,
  line: string,
  environment: Pick<Environment, 'env' | 'home' | 'files'>,
): Promise<void> {
  const { files } = environment;
  if (!file) {
    await files.makeDirectory(dirname(path));
    await writePrivateFile(path, `${line}\n`, files, { mayReplace: false }).catch((cause: unknown) => {
      throw fileError(name, cause);
    });
    return;
  }
  const { discovered } = file;
  const wasTrusted = discovered !== undefined && (await isTrusted(discovered, environment));
  const before = Buffer.from(await files.read(path)).toString();
  const content = `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${line}\n`;
  try {
    readConfigFile(await parseTree(content, name), { path, name, directory: dirname(path) });
  } catch (cause) {
    throw new ConfigurationError(`${name}: cannot add ${line}`, {
      cause,
      hint: 'edit the file by hand',
    });
  }
  const temporary = await files.createTemporary(path);
  try {
    await temporary.append(Buffer.from(content));
    await temporary.moveTo(path, { mayReplace: true });
  } catch (cause) {
    throw fileError(name, cause);
  } finally {
    await temporary.discard();
  }
  if (wasTrusted) await trust({ path: discovered.path, content }, environment);
}
