import { toJson } from '../util/text.ts';
import { type SettingDefinition, SETTINGS } from './settings.ts';

/** The texts for each setting of the file, by its name. */
export type Given = ReadonlyMap<string, readonly string[]>;

const HEADER = `# yaml-language-server: $schema=node_modules/kraken-outages/dist/config.schema.json
# kraken-outages: every key is optional. Flags and environment variables override this file. YAML or JSON.
`;

const PROFILES = `profiles:
  staging:
    apiUrl: https://staging.example.com/interview-tests-mock-api/v1
    apiKey: env:STAGING_API_KEY
    retries: 0`;

const PROFILES_MEANING =
  'named sets of values that override the ones above: --profile staging, KRAKEN_PROFILE=staging, or "profile: staging" here';

/** Returns a commented configuration file with every setting, commented out if no value is given for it. */
export function renderTemplate(given: Given): string {
  const sections = Object.entries<SettingDefinition<unknown>>(SETTINGS).map(
    ([name, { kind, description, values, fallback, example }]) => {
      const texts = given.get(name);
      const entry = entryOf(name, kind, texts ?? [fallback ?? example]);
      return section(values === undefined ? description : `${description}: ${values}`, entry, texts !== undefined);
    },
  );
  return [HEADER, ...sections, section(PROFILES_MEANING, PROFILES, given.has('profiles'))].join('\n');
}

/** Returns `.kraken-outagesrc.example`, which has a value for every setting. */
export function renderExample(): string {
  const given = new Map<string, readonly string[]>([['profiles', []]]);
  for (const [name, { fallback, example }] of Object.entries<SettingDefinition<unknown>>(SETTINGS)) {
    given.set(name, [fallback ?? example]);
  }
  return renderTemplate(given);
}

function section(meaning: string, entry: string, isGiven: boolean): string {
  const comment = `# ${meaning.charAt(0).toUpperCase()}${meaning.slice(1)}.`;
  return `${comment}\n${isGiven ? entry : entry.replace(/^/gm, '#')}\n`;
}

function entryOf(name: string, kind: SettingDefinition<unknown>['kind'], texts: readonly string[]): string {
  const scalars = texts.map(scalarOf);
  const lines =
    kind === 'list' ? [`${name}:`, ...scalars.map((id) => `  - ${id}`)] : scalars.map((text) => `${name}: ${text}`);
  return lines.join('\n');
}

/** Quotes the text if YAML could read it as anything else. */
function scalarOf(text: string): string {
  const isPlain = /^[\w/.](?:[\w/.:+~@%=-]*[\w/])?$/.test(text) && !/^null$/i.test(text);
  return isPlain ? text : toJson(text);
}
