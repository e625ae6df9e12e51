import type { Environment } from '../platform/environment.ts';
import { once } from '../util/once.ts';
import type { ConfigFile } from './config-file.ts';
import { isSsmReference, resolveSsmReferences } from './ssm-references.ts';
import { checkKeyPermissions } from './check-key-permissions.ts';
import { fileOfKey, filesWithKey, resolveReference } from './references.ts';
import { DEFAULT, SETTINGS, type SecretName, type Setting } from './settings.ts';
import { check, type RawValue } from './raw-value.ts';

/** As it was said; undefined where it is not given, or not wanted. */
export type Secrets = Readonly<Record<SecretName, RawValue | undefined>>;

/** Where the API is and what opens it: looked up once somebody asks, and then once. */
export interface Credentials {
  /**
   * The files that hold the key, each of which its owner alone can read.
   * @throws {ConfigurationError} where others can, or a file that was merely found says where the key is
   */
  readonly checkKeyPermissions: () => Promise<readonly string[]>;
  /**
   * What is in force, sound.
   * @param signal ends the asking of AWS
   * @throws {UsageError} {@link ConfigurationError} and what `privacy` throws, where it is about the key
   */
  readonly resolve: (name: SecretName, signal?: AbortSignal) => Promise<Setting<string | undefined>>;
}

/** Nothing is looked up as long as nobody asks, and nothing at all where neither is said. */
export function openCredentials(secrets: Secrets, files: readonly ConfigFile[], environment: Environment): Credentials {
  const deciding = secrets.apiUrl ?? secrets.apiKey;
  let values: Promise<Secrets> | undefined;

  const trusted = once(async () => {
    if (!deciding || !files.some(({ discovered: found }) => found)) return;
    const { assertTrusted } = await import('./trust.ts');
    await assertTrusted(files, deciding, environment);
  });
  const privacy = once(async () => {
    if (!deciding) return [];
    const judged: string[] = [];
    for (const file of filesWithKey(files)) if (await checkKeyPermissions(file, environment)) judged.push(file.path);
    // A file that was merely found does not say which others are looked at.
    await trusted();
    for (const file of fileOfKey(secrets.apiKey, environment)) {
      if (await checkKeyPermissions(file, environment)) judged.push(file.path);
    }
    return judged;
  });
  /** What AWS keeps for each `ssm:` reference, both asked for at once. */
  const lookUp = async (signal = new AbortController().signal): Promise<Secrets> => {
    const [apiUrl, apiKey] = await resolveSsmReferences([secrets.apiUrl, secrets.apiKey], environment, signal);
    return { apiUrl, apiKey };
  };

  return {
    checkKeyPermissions: privacy,
    async resolve(name, signal) {
      if (name === 'apiKey') await privacy();
      await trusted();
      const { [name]: written } = isSsmReference(secrets[name]) ? await (values ??= lookUp(signal)) : secrets;
      if (!written) return { value: undefined, source: DEFAULT };
      return check(name, SETTINGS[name], await resolveReference(written, environment));
    },
  };
}
