import type { Environment } from '../platform/environment.ts';
import { ConfigurationError } from '../domain/errors.ts';
import { quote } from '../util/text.ts';
import { type Credentials, openCredentials, type Secrets } from './credentials.ts';
import type { ConfigFile } from './config-file.ts';
import { findProjectFile, readNamedFile, readUserFile } from './find-files.ts';
import { type ConfigFlags, readFlags, readVariables } from './layers.ts';
import { SELECTORS, DEFAULT, SETTINGS, TEXT_SETTING_NAMES } from './settings.ts';
import type { DefaultedDefinition, SecretName, Setting, SettingName, Settings, TextSettingName } from './settings.ts';
import { checkSites } from './site-ids.ts';
import { check, settingError, flagName, type Layer, type RawValue } from './raw-value.ts';

export type { ConfigFlags } from './layers.ts';

/** What was said at all places: read, but neither resolved nor checked as long as nobody asks. */
export interface Configuration {
  /** The files that were read, the ones that count more first. */
  readonly files: readonly ConfigFile[];
  readonly profile: Setting<string | undefined>;
  readonly secrets: Secrets;
  readonly privacy: Credentials['checkKeyPermissions'];
  /**
   * What is in force; where AWS must be asked for it, it is asked once.
   * @param signal ends the asking
   * @throws {UsageError} on a bad value from a flag @throws {ConfigurationError} on one from elsewhere
   */
  readonly settings: {
    readonly [Name in SettingName]: (signal?: AbortSignal) => Settings[Name] | Promise<Settings[Name]>;
  };
}

/**
 * What is in force: flags, then environment, then files, then defaults, key by key; deeply frozen.
 * @param options.secrets whether `apiUrl` and `apiKey` are wanted; else they are neither read, resolved nor checked
 * @throws {UsageError} on a bad value from a flag @throws {ConfigurationError} on one from elsewhere
 */
export async function loadSettings(
  flags: ConfigFlags,
  environment: Environment,
  options: { readonly secrets: boolean },
): Promise<Settings> {
  return resolveSettings(await openConfiguration(flags, environment, options));
}

/** All of the settings. @throws {UsageError} {@link ConfigurationError} as each of them does; the signal's reason */
export async function resolveSettings({ settings, privacy }: Configuration, signal?: AbortSignal): Promise<Settings> {
  const others = {
    sites: await settings.sites(),
    cutoff: await settings.cutoff(),
    cutoffInclusive: await settings.cutoffInclusive(),
    timeout: await settings.timeout(),
    deadline: await settings.deadline(),
    retries: await settings.retries(),
    retryPost: await settings.retryPost(),
    concurrency: await settings.concurrency(),
  };
  // As long as others can read the key, nobody is asked for anything.
  await privacy();
  return freeze({ ...others, apiUrl: await settings.apiUrl(signal), apiKey: await settings.apiKey(signal) });
}

/** Reads what there is, setting by setting to be asked for. Parameters as those of {@link loadSettings}. */
export async function openConfiguration(
  flags: ConfigFlags,
  environment: Environment,
  options: { readonly secrets: boolean },
): Promise<Configuration> {
  const files = await readFiles(flags, environment);
  const profile = chooseProfile(flags, environment, files);
  const layersOf = (file: ConfigFile): readonly Layer[] =>
    [profile && file.profiles.get(profile.text), file.values].filter((layer) => layer !== undefined);
  const layers = [await readFlags(flags, environment, options), readVariables(environment), ...files.flatMap(layersOf)];

  const find = (name: TextSettingName): RawValue | undefined => {
    return layers.map(({ texts }) => texts.get(name)).find((written) => written !== undefined);
  };
  const pick = <T>(name: TextSettingName, definition: DefaultedDefinition<T>): Setting<T> => {
    return check(name, definition, find(name) ?? { text: definition.fallback, source: DEFAULT });
  };
  const secrets = options.secrets
    ? { apiUrl: find('apiUrl'), apiKey: find('apiKey') }
    : { apiUrl: undefined, apiKey: undefined };
  const access = openCredentials(secrets, files, environment);
  const sites = layers.map((layer) => layer.sites).find((list) => list !== undefined);

  return {
    files,
    profile: profile ? { value: profile.text, source: profile.source } : { value: undefined, source: DEFAULT },
    secrets,
    privacy: access.checkKeyPermissions,
    settings: {
      apiUrl: (signal) => access.resolve('apiUrl', signal),
      apiKey: (signal) => access.resolve('apiKey', signal),
      sites: () => checkSites(sites ?? { items: [], source: DEFAULT }),
      cutoff: () => pick('cutoff', SETTINGS.cutoff),
      cutoffInclusive: () => pick('cutoffInclusive', SETTINGS.cutoffInclusive),
      timeout: () => pick('timeout', SETTINGS.timeout),
      deadline: () => pick('deadline', SETTINGS.deadline),
      retries: () => pick('retries', SETTINGS.retries),
      retryPost: () => pick('retryPost', SETTINGS.retryPost),
      concurrency: () => pick('concurrency', SETTINGS.concurrency),
    },
  };
}

/**
 * What it takes to speak to the API.
 * @param settings loaded with `secrets`
 * @throws {ConfigurationError} that names what is missing and every way to give it
 */
export function requireApi({ apiUrl, apiKey }: Settings): { readonly apiUrl: string; readonly apiKey: string } {
  if (apiUrl.value !== undefined && apiKey.value !== undefined) return { apiUrl: apiUrl.value, apiKey: apiKey.value };
  throw missingError((['apiUrl', 'apiKey'] as const).filter((name) => ({ apiUrl, apiKey })[name].value === undefined));
}

/** Names what is missing, and every way to give it. */
export function missingError(missing: readonly SecretName[]): ConfigurationError {
  const what = missing.map((name) => (name === 'apiUrl' ? 'API URL' : 'API key'));
  const variables = missing.map((name) => SETTINGS[name].variable).join(' and ');
  const flags = missing.map((name) => SETTINGS[name].flags[0]).join(' and ');
  return new ConfigurationError(`no ${what.join(' and no ')} is configured`, {
    hint:
      `set ${variables}, give ${flags}, or write ${missing.join(' and ')} into .kraken-outagesrc or ` +
      '~/.config/kraken-outages/config.yaml; to try it out without, give --sandbox',
  });
}

function freeze(settings: Settings): Settings {
  Object.freeze(settings.sites.value);
  for (const name of [...TEXT_SETTING_NAMES, 'sites'] as const) {
    Object.freeze(settings[name].source);
    Object.freeze(settings[name]);
  }
  return Object.freeze(settings);
}

/** The configuration files there are, the ones that count more first. */
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
