import type { Environment } from '../platform/environment.ts';
import { once } from '../util/once.ts';
import { type CheckedKeyFile, checkKeyPermissions, type KeyFile } from './check-key-permissions.ts';
import type { ConfigFile } from './config-file.ts';
import type { RawValue } from './raw-value.ts';
import { fileOfKey, filesWithKey, resolveReference } from './references.ts';
import type { CredentialName } from './settings.ts';
import { isSsmReference, resolveSsmReferences } from './ssm-references.ts';

/** Credentials with unresolved references; undefined if not set or not requested. */
export type RawCredentials = Readonly<Record<CredentialName, RawValue | undefined>>;

/** The API URL, the key and the queue, looked up on demand and only once. */
export interface Credentials {
  /**
   * Returns the files that hold the key.
   * @throws {ConfigurationError} if other users can read one of them, or an untrusted file sets the key
   */
  readonly checkKeyPermissions: () => Promise<readonly CheckedKeyFile[]>;
  /**
   * Returns the text with references resolved, without validation.
   * @param signal stops a request to AWS
   * @throws {ConfigurationError} if it cannot be read; for the key, also the errors of `checkKeyPermissions`
   */
  readonly lookUp: (name: CredentialName, signal?: AbortSignal) => Promise<RawValue | undefined>;
}

/** Returns credentials that are read on first use. */
export function openCredentials(
  raw: RawCredentials,
  files: readonly ConfigFile[],
  environment: Environment,
): Credentials {
  const given = [raw.apiUrl, raw.apiKey, raw.queue].filter((value) => value !== undefined);
  let parameters: Promise<RawCredentials> | undefined;

  const discovered = files.filter((file) => file.discovered);
  const isDiscovered = (name: CredentialName): boolean =>
    discovered.some(({ values, profiles }) =>
      [values, ...profiles.values()].some((layer) => layer.get(name)?.items.some((item) => item === raw[name])),
    );
  /** Checks all credentials together, so that the user is prompted once. */
  const assertAllTrusted = once(async () => {
    const { assertTrusted } = await import('./trust.ts');
    await assertTrusted(files, given, environment);
  });
  const checkTrust = async (...names: readonly CredentialName[]): Promise<void> => {
    if (names.some(isDiscovered)) await assertAllTrusted();
  };
  const checkPermissions = once(async () => {
    if (!raw.apiUrl && !raw.apiKey) return [];
    const checked: CheckedKeyFile[] = [];
    const checkAll = async (keyFiles: readonly KeyFile[]): Promise<void> => {
      for (const file of keyFiles) {
        const found = await checkKeyPermissions(file, environment);
        if (found) checked.push(found);
      }
    };
    await checkAll(filesWithKey(files));
    // Check trust first: an untrusted file must not choose which other files are checked.
    await checkTrust('apiKey');
    await checkAll(fileOfKey(raw.apiKey, environment));
    return checked;
  });
  /** Reads the parameters of all `ssm:` references together: one request for each AWS account. */
  const readParameters = async (signal = new AbortController().signal): Promise<RawCredentials> => {
    const references = [raw.apiUrl, raw.apiKey, raw.queue];
    const [apiUrl, apiKey, queue] = await resolveSsmReferences(references, environment, signal);
    return { apiUrl, apiKey, queue };
  };

  return {
    checkKeyPermissions: checkPermissions,
    async lookUp(name, signal) {
      if (name === 'apiKey') await checkPermissions();
      await checkTrust(name);
      if (!isSsmReference(raw[name])) return raw[name] && resolveReference(raw[name], environment);
      // One request reads all of them, so all must be trusted.
      await checkTrust('apiUrl', 'apiKey', 'queue');
      return (await (parameters ??= readParameters(signal)))[name];
    },
  };
}
