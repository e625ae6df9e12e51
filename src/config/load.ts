import type { Environment } from '../platform/environment.ts';
import { ConfigurationError } from '../domain/errors.ts';
import { quote } from '../util/text.ts';
import { assertKeyLength } from './assert-key-length.ts';
import type { ConfigFile } from './config-file.ts';
import { type Credentials, openCredentials, type RawCredentials } from './credentials.ts';
import { findProjectFile, readNamedFile, readUserFile } from './find-files.ts';
import { readFlags, readVariables } from './layers.ts';
import {
  flagName,
  type Layer,
  type RawSetting,
  type RawValue,
  settingError,
  checkSetting,
  toRawSetting,
} from './raw-value.ts';
import {
  type ConfigFlags,
  type CredentialName,
  DEFAULT,
  isCredentialName,
  SELECTORS,
  SETTING_NAMES,
} from './settings.ts';
import { type Setting, type SettingName, type Settings, SETTINGS, type Values } from './settings.ts';

/** Everything that was read from all sources; values are resolved and checked only on demand. */
export interface Configuration {
  /** In descending precedence. */
  readonly files: readonly ConfigFile[];
  readonly profile: Setting<string | undefined>;
  readonly credentials: RawCredentials;
  readonly checkKeyPermissions: Credentials['checkKeyPermissions'];
  /** Names the settings that come from an untrusted file and change the lists; undefined if none does. */
  readonly untrustedSettings: () => Promise<string | undefined>;
  readonly settings: Resolvers;
}

/**
 * Resolves one setting.
 * @param signal stops a request to AWS
 * @throws {UsageError} if a flag is invalid
 * @throws {ConfigurationError} if another source is
 */
export type Resolver<Value> = (signal?: AbortSignal) => Promise<Setting<Value>>;

export type Resolvers = { readonly [Name in SettingName]: Resolver<Values[Name]> };

/** The credentials to resolve; the others are undefined. */
export interface WantedCredentials {
  /** `apiUrl` and `apiKey`. */
  readonly secrets: boolean;
  /** `queue`; false by default. */
  readonly queue?: boolean;
}

/**
 * Resolves all settings, each from its strongest source: flags, environment, files, defaults.
 * @throws {UsageError} if a flag is invalid
 * @throws {ConfigurationError} if another source is
 */
export async function loadSettings(
  flags: ConfigFlags,
  environment: Environment,
  options: WantedCredentials,
): Promise<Settings> {
  return resolveSettings(await openConfiguration(flags, environment, options));
}

/** Resolves all settings. @throws the errors of {@link Resolver}; the signal's reason */
export async function resolveSettings(configuration: Configuration, signal?: AbortSignal): Promise<Settings> {
  type Resolved<Names extends SettingName> = { -readonly [Name in Names]?: Setting<Values[Name]> };
  const settings: Resolved<SettingName> = {};
  const add = async <Name extends SettingName>(target: Resolved<Name>, name: Name): Promise<void> => {
    target[name] = await configuration.settings[name](signal);
  };
  for (const name of SETTING_NAMES) if (!isCredentialName(name)) await add(settings, name);
  // Check permissions before any credential is read.
  await configuration.checkKeyPermissions();
  for (const name of SETTING_NAMES) if (isCredentialName(name)) await add(settings, name);
  return Object.freeze(complete<Settings>(settings));
}

/** Reads all sources. Parameters as in {@link loadSettings}. */
export async function openConfiguration(
  flags: ConfigFlags,
  environment: Environment,
  options: WantedCredentials,
): Promise<Configuration> {
  const files = await readFiles(flags, environment);
  const profile = chooseProfile(flags, environment, files);
  if (profile) await assertMaySelect(profile, files, environment);
  const layersOf = (file: ConfigFile): readonly Layer[] =>
    [profile && file.profiles.get(profile.text), file.values].filter((layer) => layer !== undefined);
  const layers = [await readFlags(flags, environment, options), readVariables(environment), ...files.flatMap(layersOf)];
  const find = (name: SettingName): RawSetting | undefined =>
    layers.map((layer) => layer.get(name)).find((raw) => raw !== undefined);

  const rawCredential = (name: CredentialName): RawValue | undefined =>
    (name === 'queue' ? options.queue === true : options.secrets) ? find(name)?.items[0] : undefined;
  const credentials = {
    apiUrl: rawCredential('apiUrl'),
    apiKey: rawCredential('apiKey'),
    queue: rawCredential('queue'),
  };
  const { checkKeyPermissions, lookUp } = openCredentials(credentials, files, environment);

  type Opened<Names extends SettingName> = { -readonly [Name in Names]?: Resolver<Values[Name]> };
  const settings: Opened<SettingName> = {};
  const add = <Name extends SettingName>(target: Opened<Name>, name: Name): void => {
    target[name] = async (signal) => {
      if (!isCredentialName(name)) return checkSetting(name, find(name));
      const raw = await lookUp(name, signal);
      return checkSetting(name, raw && toRawSetting(raw));
    };
  };
  for (const name of SETTING_NAMES) add(settings, name);
  return {
    files,
    profile: profile ? { value: profile.text, source: profile.source } : { value: undefined, source: DEFAULT },
    credentials,
    checkKeyPermissions,
    untrustedSettings: () => describeUntrusted(files, find, environment),
    settings: complete<Resolvers>(settings),
  };
}

/** Settings that need no trust, and decide which outages are sent. */
const LIST_SETTINGS = ['sites', 'cutoff', 'cutoffInclusive'] as const;

/** Lists the untrusted settings, such as `.kraken-outagesrc:1 (cutoff), .kraken-outagesrc:3 (sites)`. */
async function describeUntrusted(
  files: readonly ConfigFile[],
  find: (name: SettingName) => RawSetting | undefined,
  environment: Environment,
): Promise<string | undefined> {
  for (const { discovered, values, profiles } of files) {
    if (!discovered) continue;
    const layers = [values, ...profiles.values()];
    const settings = LIST_SETTINGS.map(find).filter(
      (raw) => raw && layers.some((layer) => [...layer.values()].includes(raw)),
    );
    if (settings.length === 0) continue;
    const { isTrusted } = await import('./trust.ts');
    if (!(await isTrusted(discovered, environment))) return settings.map((raw) => raw?.source.label).join(', ');
  }
  return undefined;
}

/** Returns the object once it has a property for every setting. */
function complete<Whole extends Readonly<Record<SettingName, unknown>>>(partial: Partial<Whole>): Whole {
  const isComplete = (object: Partial<Whole>): object is Whole => SETTING_NAMES.every((name) => name in object);
  /* c8 ignore next -- internal error (a bug) */
  if (!isComplete(partial)) throw new TypeError('a setting is missing');
  return partial;
}

/**
 * Returns the API URL and the key.
 * @param settings loaded with `secrets`
 * @throws {ConfigurationError} if one is missing; it names every way to set it
 */
export function requireApi({ apiUrl, apiKey }: Settings): { readonly apiUrl: string; readonly apiKey: string } {
  if (apiUrl.value !== undefined && apiKey.value !== undefined) {
    assertKeyLength(apiUrl.value, apiKey.value, apiKey.source);
    return { apiUrl: apiUrl.value, apiKey: apiKey.value };
  }
  throw missingError((['apiUrl', 'apiKey'] as const).filter((name) => ({ apiUrl, apiKey })[name].value === undefined));
}

/** Returns an error that names the missing credentials and every way to set them. */
export function missingError(missing: readonly CredentialName[]): ConfigurationError {
  const what = missing.map((name) => CREDENTIAL_TITLES[name]);
  const variables = missing.map((name) => SETTINGS[name].variable).join(' and ');
  const flags = missing.map((name) => SETTINGS[name].flags[0]).join(' and ');
  return new ConfigurationError(`no ${what.join(' and no ')} is configured`, {
    hint:
      `${missing.includes('queue') ? '' : 'run: kraken-outages config init; or '}set ${variables}, give ${flags}, or write ` +
      `${missing.join(' and ')} into .kraken-outagesrc or ~/.config/kraken-outages/config.yaml` +
      (missing.includes('queue') ? '' : '; to try it without an API, use --sandbox'),
  });
}

const CREDENTIAL_TITLES = { apiUrl: 'API URL', apiKey: 'API key', queue: 'queue' } as const;

/** Reads the configuration files, in descending precedence. */
async function readFiles(flags: ConfigFlags, environment: Environment): Promise<readonly ConfigFile[]> {
  const named = choose(flags.config, 'config', environment);
  const first = named ? await readNamedFile(named.text, named.source, environment) : await findProjectFile(environment);
  const last = await readUserFile(environment);
  return [first, last].filter((file) => file !== undefined);
}

function choose(flag: string | undefined, choice: 'config' | 'profile', { env }: Environment): RawValue | undefined {
  const { flag: notation, variable } = SELECTORS[choice];
  if (flag !== undefined) return { text: flag, source: { kind: 'flag', label: flagName(notation) } };
  const text = env[variable] ?? '';
  return text === '' ? undefined : { text, source: { kind: 'env', label: variable } };
}

/** Asserts that a discovered file is trusted if it selects a profile of another file. @throws {ConfigurationError} */
async function assertMaySelect(
  profile: RawValue,
  files: readonly ConfigFile[],
  environment: Environment,
): Promise<void> {
  const chooser = files.find((file) => file.discovered && file.profile === profile);
  if (!chooser || !files.some((file) => file !== chooser && file.profiles.has(profile.text))) return;
  const { assertTrusted } = await import('./trust.ts');
  await assertTrusted(files, [profile], environment);
}

function chooseProfile(
  flags: ConfigFlags,
  environment: Environment,
  files: readonly ConfigFile[],
): RawValue | undefined {
  const chosen = choose(flags.profile, 'profile', environment) ?? files.find((file) => file.profile)?.profile;
  if (!chosen) return undefined;
  const names = new Set(files.flatMap((file) => [...file.profiles.keys()]));
  if (names.has(chosen.text)) return chosen;
  const known = [...names].map((name) => quote(name)).join(', ');
  const read = files.map((file) => file.name).join(' and ');
  throw settingError(chosen.source, `there is no profile ${quote(chosen.text)}`, {
    hint:
      known !== '' ? `the profiles are ${known}` : read === '' ? 'no configuration file was found' : `${read} has none`,
  });
}
