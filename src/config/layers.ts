import type { Environment } from '../platform/environment.ts';
import { flagName, type Layer, type RawSetting, type RawValue, toRawSetting } from './raw-value.ts';
import { readKeyFile } from './references.ts';
import { type ConfigFlags, isCredentialName, SETTING_NAMES, type SettingName, SETTINGS } from './settings.ts';
import type { ValueSource } from './settings.ts';
import { readSitesFile } from './site-ids.ts';

/**
 * Reads the settings of the command line, and the files that its flags name.
 * @param options.secrets whether to read the API key
 * @throws {UsageError} if a file cannot be read
 */
export async function readFlags(
  flags: ConfigFlags,
  environment: Environment,
  { secrets }: { readonly secrets: boolean },
): Promise<Layer> {
  const { apiKeyFile, site = [], sitesFile } = flags;
  const layer = new Map<SettingName, RawSetting>();
  // The others, `sites` and `apiKey`, have flags of other names: no flag takes the key, as command lines are public.
  const given: Readonly<Partial<Record<SettingName, string | boolean | undefined>>> = flags;
  for (const name of SETTING_NAMES) {
    const value = given[name];
    if (SETTINGS[name].kind === 'list' || value === undefined) continue;
    layer.set(name, toRawSetting({ text: String(value), source: flagSource(SETTINGS[name].flags[0]) }));
  }
  if (secrets && apiKeyFile !== undefined)
    layer.set('apiKey', toRawSetting(await readKeyFile(apiKeyFile, environment)));

  const source = flagSource(SETTINGS.sites.flags[0]);
  const named = site.map((text) => ({ text, source }));
  if (sitesFile !== undefined) {
    const listed = await readSitesFile(sitesFile, environment);
    const label = named.length === 0 ? '--sites-file' : '--site, --sites-file';
    layer.set('sites', { items: [...named, ...listed], source: { kind: 'flag', label } });
  } else if (named.length > 0) {
    layer.set('sites', { items: named, source });
  }
  return layer;
}

function flagSource(flag: string): ValueSource {
  return { kind: 'flag', label: flagName(flag) };
}

/** Reads the settings of the environment. An empty variable counts as unset, but an empty API URL or key is kept: it is an error. */
export function readVariables({ env }: Pick<Environment, 'env'>): Layer {
  const layer = new Map<SettingName, RawSetting>();
  for (const name of SETTING_NAMES) {
    const raw = readVariable(SETTINGS[name].variable, env);
    if (raw && (raw.text !== '' || isCredentialName(name))) layer.set(name, toRawSetting(raw));
  }
  return layer;
}

function readVariable(variable: string | undefined, env: Environment['env']): RawValue | undefined {
  const text = variable === undefined ? undefined : env[variable];
  return variable === undefined || text === undefined ? undefined : { text, source: { kind: 'env', label: variable } };
}
