import type { Environment } from '../platform/environment.ts';
import { flagName, type Layer, type RawSetting, type RawValue, toRawSetting } from './raw-value.ts';
import { readKeyFile } from './references.ts';
import { type ConfigFlags, isCredentialName, SETTING_NAMES, type SettingName, SETTINGS } from './settings.ts';
import type { ValueSource } from './settings.ts';
import { readSitesFile } from './site-ids.ts';

/** Labels of the sources of site ids on the command line. */
export const SITE_ARGUMENTS_LABEL = 'site argument';
export const SITE_FLAG_LABEL = flagName(SETTINGS.sites.flags[0]);

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
  const { apiKeyFile, site = [], siteArguments = [], sitesFile } = flags;
  const layer = new Map<SettingName, RawSetting>();
  // `sites` and `apiKey` are read below. No flag takes the key itself, because other users can see command lines.
  const given: Readonly<Partial<Record<SettingName, string | boolean | undefined>>> = flags;
  for (const name of SETTING_NAMES) {
    const value = given[name];
    if (SETTINGS[name].kind === 'list' || value === undefined) continue;
    layer.set(name, toRawSetting({ text: String(value), source: flagSource(SETTINGS[name].flags[0]) }));
  }
  if (secrets && apiKeyFile !== undefined)
    layer.set('apiKey', toRawSetting(await readKeyFile(apiKeyFile, environment)));

  const groups = [
    siteArguments.map((text): RawValue => ({ text, source: { kind: 'flag', label: SITE_ARGUMENTS_LABEL } })),
    site.map((text): RawValue => ({ text, source: flagSource(SETTINGS.sites.flags[0]) })),
    sitesFile === undefined ? [] : await readSitesFile(sitesFile, environment),
  ];
  const labels = [SITE_ARGUMENTS_LABEL, SITE_FLAG_LABEL, '--sites-file'].filter(
    (_, index) => groups[index]?.length !== 0,
  );
  if (labels.length > 0)
    layer.set('sites', { items: groups.flat(), source: { kind: 'flag', label: labels.join(', ') } });
  return layer;
}

function flagSource(flag: string): ValueSource {
  return { kind: 'flag', label: flagName(flag) };
}

/** Reads the settings of the environment. An empty variable counts as unset, but an empty API URL or key is kept: it is an error. */
export function readVariables({ env }: Pick<Environment, 'env'>): Layer {
  const layer = new Map<SettingName, RawSetting>();
  for (const name of SETTING_NAMES) {
    const { kind, variable } = SETTINGS[name];
    const text = env[variable];
    if (text === undefined || (text === '' && !isCredentialName(name))) continue;
    const source: ValueSource = { kind: 'env', label: variable };
    const texts = kind === 'list' ? splitList(text) : [text];
    layer.set(name, { items: texts.map((item) => ({ text: item, source })), source });
  }
  return layer;
}

/** Splits at commas and white space. Returns one empty item, which is invalid, if there are no items. */
function splitList(text: string): readonly string[] {
  const items = text.split(/[\s,]+/).filter(Boolean);
  return items.length > 0 ? items : [''];
}
