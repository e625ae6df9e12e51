import { basename, dirname, join, relative } from 'node:path';

import type { Loader, Options } from 'cosmiconfig';

import { absolutePath } from '../platform/absolute-path.ts';
import { baseDirectory } from '../platform/base-directory.ts';
import type { Environment } from '../platform/environment.ts';
import { ConfigurationError, KrakenOutagesError } from '../domain/errors.ts';
import { visible } from '../util/text.ts';
import { type ConfigFile, type FilePlace, readConfigFile } from './config-file.ts';
import { type Fail, problemOf, readText } from './read-text.ts';
import { settingError } from './raw-value.ts';
import type { ValueSource } from './settings.ts';
import { parseTree, type Tree, valueOf } from './parse-yaml.ts';

/* cosmiconfig() itself looks for a configuration of its own in the working directory and runs what it finds there
   (.config/config.js, a package.json that names loaders), and no option keeps it from that. The class behind it does
   not, but is internal and without types: hence this declaration, and a version of cosmiconfig that is pinned. */
declare module 'cosmiconfig/dist/Explorer.js' {
  class Explorer {
    constructor(options: Required<Omit<Options, 'packageProp' | 'stopDir'>> & Internal);
    search(from: string): Promise<{ readonly filepath: string } | null>;
  }
  interface Internal {
    moduleName: string;
    metaConfigFilePath: null;
    applyPackagePropertyPathToConfiguration: boolean;
  }
}

const NAME = 'kraken-outages';
const PACKAGE = 'package.json';
const SEARCH_PLACES = [`.${NAME}rc`, `.${NAME}rc.json`, `.${NAME}rc.yaml`, `.${NAME}rc.yml`, PACKAGE];
/** Why one may not look at a place. */
const OUT_OF_REACH = new Set<unknown>(['EACCES', 'EPERM', 'ENOTDIR']);
/** Bytes. */
const LARGEST = 1024 * 1024;

/** @throws {UsageError} where `--config` names a file that cannot be read @throws {ConfigurationError} otherwise */
export async function readNamedFile(path: string, source: ValueSource, environment: Environment): Promise<ConfigFile> {
  const fail: Fail = (problem, cause) =>
    settingError(source, `${visible(path)} ${problem}`, { cause, hint: 'name a file that can be read' });
  if (path === '') throw settingError(source, 'expected the name of a file', { hint: 'give the file to read' });
  const place = {
    path,
    name: visible(path),
    directory: dirname(absolutePath(path, environment.cwd)),
  };
  return readFile(place, fail, environment);
}

/** @returns undefined where there is none @throws {ConfigurationError} */
export async function readUserFile(environment: Environment): Promise<ConfigFile | undefined> {
  const base = baseDirectory('config', environment);
  if (base === undefined) return undefined;
  const path = join(base, 'kraken-outages', 'config.yaml');
  if (!(await exists(path, environment))) return undefined;
  const fail: Fail = (problem, cause) =>
    new ConfigurationError(`${visible(path)} ${problem}`, { cause, hint: 'make it readable, or remove it' });
  return readFile({ path, name: visible(path), directory: dirname(path) }, fail, environment);
}

async function readFile(place: FilePlace, fail: Fail, environment: Environment): Promise<ConfigFile> {
  const text = await readText(environment.files.chunks(place.path), LARGEST, fail);
  const tree = await parseTree(text, place.name);
  return readConfigFile(tree, place);
}

/**
 * The project's file, from the working directory up to the nearest `package.json`.
 * @returns undefined where there is none @throws {ConfigurationError}
 */
export async function findProjectFile(environment: Environment): Promise<ConfigFile | undefined> {
  if (!(await anyPlaceIsTaken(environment))) return undefined;
  const { Explorer } = await import('cosmiconfig/dist/Explorer.js');
  const read = new Map<string, { readonly tree: Tree; readonly content: string }>();
  // What a loader returns is searched for `$import`, which loads any file, code included. So the content stays here.
  const load: Loader = async (path, text) => {
    const isPackage = basename(path) === PACKAGE;
    if (isPackage && !text.includes(NAME)) return {};
    const whole = await parseTree(text, nameOf(path, environment));
    const tree = isPackage ? valueOf(whole, NAME) : whole;
    if (!tree) return {};
    read.set(path, { tree, content: text });
    return { [NAME]: {} };
  };
  const explorer = new Explorer({
    moduleName: NAME,
    searchPlaces: SEARCH_PLACES,
    searchStrategy: 'project',
    loaders: { '.json': load, '.yaml': load, '.yml': load, noExt: load },
    ignoreEmptySearchPlaces: false,
    metaConfigFilePath: null,
    applyPackagePropertyPathToConfiguration: false,
    mergeImportArrays: false,
    mergeSearchPlaces: false,
    cache: false,
    transform: (result) => result,
  });
  const cwd = environment.cwd();
  const found = await explorer.search(cwd).catch((cause: unknown) => {
    if (cause instanceof KrakenOutagesError) throw cause;
    throw new ConfigurationError(`no configuration file can be looked for in ${visible(cwd)}`, { cause });
  });
  await refuseUnreadable(found?.filepath, environment);
  if (!found) return undefined;
  const path = found.filepath;
  // An empty file is not handed to the loader.
  const { tree, content } = read.get(path) ?? { tree: { kind: 'nothing', line: 1 }, content: '' };
  const place = { path, name: nameOf(path, environment), directory: dirname(path) };
  return { ...readConfigFile(tree, place), discovered: { path, content } };
}

/** Whether there is anything to search: most runs find nothing, and need not load what searches. */
async function anyPlaceIsTaken(environment: Environment): Promise<boolean> {
  for await (const path of takenPlaces(environment)) {
    if (basename(path) !== PACKAGE) return true;
    const text = await environment.files.read(path).catch(() => undefined);
    if (!text || Buffer.from(text).includes(NAME)) return true;
  }
  return false;
}

/** The search passes over files that it may not read. Whoever wrote one counts on it: that is an error here. */
async function refuseUnreadable(found: string | undefined, environment: Environment): Promise<void> {
  for await (const path of takenPlaces(environment)) {
    if (path === found) return;
    const fail: Fail = (problem, cause) => {
      const hint = 'make it readable, remove it, or name another file with --config';
      return new ConfigurationError(`${nameOf(path, environment)} ${problem}`, { cause, hint });
    };
    await readText(environment.files.chunks(path), Number.POSITIVE_INFINITY, fail);
  }
}

/** The places of the search where there is something, in its order. */
async function* takenPlaces(environment: Environment): AsyncIterable<string> {
  for (let directory = environment.cwd(); ; directory = dirname(directory)) {
    for (const path of SEARCH_PLACES.map((place) => join(directory, place))) {
      if (await exists(path, environment)) yield path;
    }
    if (dirname(directory) === directory) return;
    for (const end of [PACKAGE, 'package.yaml']) {
      if (await exists(join(directory, end), environment)) return;
    }
  }
}

/**
 * A place that one may not even look at is as good as empty. Where the disk fails, there may well be something.
 * @throws {ConfigurationError}
 */
async function exists(path: string, { files }: Environment): Promise<boolean> {
  try {
    return (await files.stat(path)) !== undefined;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && OUT_OF_REACH.has(cause.code)) return false;
    throw new ConfigurationError(`${visible(path)} ${problemOf(cause)}`, {
      cause,
      hint: 'run it again; what stands there may decide on what is sent',
    });
  }
}

function nameOf(path: string, { cwd }: Environment): string {
  return visible(relative(cwd(), path));
}
