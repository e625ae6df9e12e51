import { visible } from '../util/text.ts';
import { closestMatch } from '../util/closest-match.ts';
import { SETTING_NAMES, type SettingName, SETTINGS, type ValueSource } from './settings.ts';
import { exampleFor, type Layer, type RawSetting, type RawValue, toRawSetting } from './raw-value.ts';
import { type Entry, problemAt, type Tree } from './parse-yaml.ts';

/** A parsed configuration file with unchecked values. */
export interface ConfigFile {
  readonly path: string;
  /** Display name, for messages. */
  readonly name: string;
  readonly values: Layer;
  readonly profiles: ReadonlyMap<string, Layer>;
  /** The profile that the file itself selects. */
  readonly profile?: RawValue;
  /** Set if the file was discovered by searching, and therefore needs trust. */
  readonly discovered?: DiscoveredFile;
}

export interface DiscoveredFile {
  /** Absolute. */
  readonly path: string;
  readonly content: string;
}

/** A file's path, its display name, and the directory that paths in it are relative to. */
export interface FilePlace {
  readonly path: string;
  readonly name: string;
  readonly directory: string;
}

/** The key of the file's JSON Schema, for editors. */
const SCHEMA = '$schema';

/** Reads the keys of a file. @throws {ConfigurationError} `FILE:LINE: …` for an unknown or duplicate key, or a wrong type */
export function readConfigFile(tree: Tree, place: FilePlace): ConfigFile {
  const { path, name } = place;
  if (tree.kind === 'nothing') return { path, name, values: new Map(), profiles: new Map() };
  const entries = entriesOf(tree, place, [...SETTING_NAMES, 'profile', 'profiles', SCHEMA], '');
  const profile = entries.get('profile');
  return {
    path,
    name,
    values: readLayer(entries, place, ''),
    profiles: readProfiles(entries.get('profiles')?.value, place),
    ...(profile && { profile: readText(profile.value, profile, place, 'profile', 'for example profile: live') }),
  };
}

function readProfiles(tree: Tree | undefined, place: FilePlace): ReadonlyMap<string, Layer> {
  const profiles = new Map<string, Layer>();
  if (!tree || tree.kind === 'nothing') return profiles;
  for (const [name, { value }] of entriesOf(tree, place, undefined, 'profiles')) {
    const path = `profiles.${visible(name)}`;
    const entries = value.kind === 'nothing' ? new Map() : entriesOf(value, place, SETTING_NAMES, path);
    profiles.set(name, readLayer(entries, place, `${path}.`));
  }
  return profiles;
}

/** Returns the entries by key. @param known the allowed keys; by default any @throws {ConfigurationError} */
function entriesOf(
  tree: Tree,
  place: FilePlace,
  known: readonly string[] | undefined,
  path: string,
): ReadonlyMap<string, Entry> {
  const where = path === '' ? '' : ` in ${path}`;
  if (tree.kind !== 'mapping') {
    throw problemAt(
      place.name,
      tree.line,
      `expected keys with values${where}`,
      'for example cutoff: 2022-01-01T00:00:00Z',
    );
  }
  const entries = new Map<string, Entry>();
  for (const entry of tree.entries) {
    if (known && !known.includes(entry.key)) throw unknownKey(entry, place, known, where);
    const first = entries.get(entry.key);
    if (first) {
      const key = visible(entry.key);
      throw problemAt(
        place.name,
        entry.line,
        `duplicate key ${key}${where}, first on line ${first.line}`,
        'remove one of them',
      );
    }
    entries.set(entry.key, entry);
  }
  return entries;
}

function unknownKey({ key, line, value }: Entry, place: FilePlace, known: readonly string[], where: string): Error {
  // Anything other than a plain word with a value may be a misplaced secret.
  const shown = /^[\w$.-]{1,40}$/.test(key) && value.kind !== 'nothing' ? ` "${key}"` : '';
  const meant = closestMatch(key.replace(/:.*/s, ''), known);
  const hint = meant === undefined ? `the keys are ${known.join(', ')}` : `did you mean ${meant}?`;
  return problemAt(place.name, line, `unknown key${shown}${where}`, hint);
}

function readLayer(entries: ReadonlyMap<string, Entry>, place: FilePlace, prefix: string): Layer {
  const layer = new Map<SettingName, RawSetting>();
  for (const name of SETTING_NAMES) {
    const entry = entries.get(name);
    if (!entry) continue;
    const path = prefix + name;
    const hint = exampleFor(name, { kind: 'file' });
    const isList = SETTINGS[name].kind === 'list';
    const read = isList
      ? readList(entry, place, path, hint)
      : toRawSetting(readText(entry.value, entry, place, path, hint));
    layer.set(name, read);
  }
  return layer;
}

function readList({ line, value }: Entry, place: FilePlace, path: string, hint: string): RawSetting {
  if (value.kind !== 'list') throw problemAt(place.name, line, `${path}: expected a list`, hint);
  const items = value.items.map((item) => readText(item, item, place, path, hint));
  return { items, source: sourceOf(place, line, path) };
}

function readText(
  tree: Tree,
  { line }: { readonly line: number },
  place: FilePlace,
  path: string,
  hint: string,
): RawValue {
  if (tree.kind === 'nothing') throw problemAt(place.name, line, `${path}: no value`, hint);
  if (tree.kind !== 'text') throw problemAt(place.name, line, `${path}: expected text, not a ${tree.kind}`, hint);
  return { text: tree.text, source: sourceOf(place, line, path), directory: place.directory };
}

function sourceOf(place: FilePlace, line: number, path: string): ValueSource {
  return { kind: 'file', label: `${place.name}:${line} (${path})` };
}
