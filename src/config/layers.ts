import type { Environment } from '../platform/environment.ts';
import { readKeyFile } from './references.ts';
import { SETTINGS, type ValueSource, TEXT_SETTING_NAMES, type TextSettingName } from './settings.ts';
import { readSitesFile } from './site-ids.ts';
import { flagName, type Layer, type RawValue } from './raw-value.ts';

/** What the command line says; undefined where a flag is not given. */
export interface ConfigFlags {
  readonly apiUrl?: string | undefined;
  /** A file, or `-` for stdin. */
  readonly apiKeyFile?: string | undefined;
  readonly config?: string | undefined;
  readonly profile?: string | undefined;
  readonly site?: readonly string[] | undefined;
  /** A file, or `-` for stdin. */
  readonly sitesFile?: string | undefined;
  readonly cutoff?: string | undefined;
  readonly cutoffInclusive?: boolean | undefined;
  readonly timeout?: string | undefined;
  readonly deadline?: string | undefined;
  readonly retries?: string | undefined;
  readonly retryPost?: string | undefined;
  readonly concurrency?: string | undefined;
}

/** @throws {UsageError} where a file that a flag names cannot be read @throws {ConfigurationError} */
export async function readFlags(
  flags: ConfigFlags,
  environment: Environment,
  { secrets }: { readonly secrets: boolean },
): Promise<Layer> {
  const { apiKeyFile, site = [], sitesFile } = flags;
  // There is none for the key itself: every user of the machine sees the command line.
  const given: Partial<Record<TextSettingName, string | boolean | undefined>> = flags;
  const texts = new Map<TextSettingName, RawValue>();
  for (const name of TEXT_SETTING_NAMES) {
    const value = given[name];
    if (value === undefined) continue;
    texts.set(name, { text: String(value), source: flagSource(SETTINGS[name].flags[0]) });
  }
  if (secrets && apiKeyFile !== undefined) texts.set('apiKey', await readKeyFile(apiKeyFile, environment));

  const source = flagSource(SETTINGS.sites.flags[0]);
  const named = site.map((text) => ({ text, source }));
  if (sitesFile === undefined) {
    return named.length === 0 ? { texts } : { texts, sites: { items: named, source } };
  }
  const listed = await readSitesFile(sitesFile, environment);
  const label = named.length === 0 ? '--sites-file' : '--site, --sites-file';
  return { texts, sites: { items: [...named, ...listed], source: { kind: 'flag', label } } };
}

function flagSource(flag: string): ValueSource {
  return { kind: 'flag', label: flagName(flag) };
}

/** An empty variable is as good as unset; but whoever sets the URL or the key to nothing has lost something. */
export function readVariables({ env }: Environment): Layer {
  const texts = new Map<TextSettingName, RawValue>();
  for (const name of TEXT_SETTING_NAMES) {
    const written = readVariable(SETTINGS[name].variable, env);
    if (written && (written.text !== '' || name === 'apiUrl' || name === 'apiKey')) texts.set(name, written);
  }
  const site = readVariable(SETTINGS.sites.variable, env);
  return site && site.text !== '' ? { texts, sites: { items: [site], source: site.source } } : { texts };
}

function readVariable(variable: string | undefined, env: Environment['env']): RawValue | undefined {
  if (variable === undefined) return undefined;
  const text = env[variable];
  return text === undefined ? undefined : { text, source: { kind: 'env', label: variable } };
}
