import { toJson } from '../util/text.ts';
import { type SettingDefinition, SETTINGS } from './settings.ts';

/** What a file says: for a setting, by its name, its text; for `sites`, each of them. */
export type Given = ReadonlyMap<string, readonly string[]>;

const HEADER = `# yaml-language-server: $schema=node_modules/kraken-outages/dist/config.schema.json
# kraken-outages: every key is optional, and flags and environment variables win over this file.
# JSON works as well as YAML.
`;

const PROFILES = `profiles:
  staging:
    apiUrl: https://staging.example.com/interview-tests-mock-api/v1
    apiKey: env:STAGING_API_KEY
    retries: 0`;

const PROFILES_MEANING =
  'named sets of values that go over the ones above: --profile staging, KRAKEN_PROFILE=staging, or "profile: staging" here';

/** A configuration file that explains itself: every key there is, commented out where nothing is given for it. */
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

/** `.kraken-outagesrc.example`: the same, with something given for everything. */
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

/** As YAML has it: quoted where it could be read as anything but this text. */
function scalarOf(text: string): string {
  const isPlain = /^[\w/.](?:[\w/.:+~@%=-]*[\w/])?$/.test(text) && !/^null$/i.test(text);
  return isPlain ? text : toJson(text);
}
