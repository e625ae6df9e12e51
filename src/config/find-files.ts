import { basename, dirname, join, relative } from 'node:path';

import type { Loader, Options } from 'cosmiconfig';

import { absolutePath } from '../platform/absolute-path.ts';
import { baseDirectory } from '../platform/base-directory.ts';
import type { Environment } from '../platform/environment.ts';
import type { FileStatus } from '../platform/files.ts';
import { ConfigurationError, KrakenOutagesError } from '../domain/errors.ts';
import { errorCode } from '../util/errno.ts';
import { visible } from '../util/text.ts';
import { type ConfigFile, type FilePlace, readConfigFile } from './config-file.ts';
import { type Fail, problemOf, readStart, readText } from './read-text.ts';
import { settingError } from './raw-value.ts';
import type { ValueSource } from './settings.ts';
import { parseTree, type Tree, valueOf } from './parse-yaml.ts';

/* cosmiconfig() itself looks for its own configuration in the working directory and runs the code in it (.config/config.js,
   loaders named by a package.json); no option prevents that. The class behind it does not, but is internal and untyped:
   hence this declaration, and a pinned version of cosmiconfig. */
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
/** Files of the directory where the search ends. */
const PROJECT_MARKS = [PACKAGE, 'package.yaml'];
const SEARCH_PLACES = [`.${NAME}rc`, `.${NAME}rc.json`, `.${NAME}rc.yaml`, `.${NAME}rc.yml`, PACKAGE];
/** Error codes of `stat` that count as a missing file. */
const MISSING_CODES = new Set<unknown>(['EACCES', 'EPERM', 'ENOTDIR', 'ELOOP']);
const MAX_FILE_BYTES = 1024 * 1024;

/** Reads the file that `--config` or KRAKEN_CONFIG names. @throws {UsageError} if the flag does @throws {ConfigurationError} */
export async function readNamedFile(path: string, source: ValueSource, environment: Environment): Promise<ConfigFile> {
  const fail: Fail = (problem, cause, hint = 'name a file that can be read') =>
    settingError(source, `${visible(path)} ${problem}`, { cause, hint });
  if (path === '') throw settingError(source, 'expected a file name', { hint: 'give the file to read' });
  const place = {
    path,
    name: visible(path),
    directory: dirname(absolutePath(path, environment)),
  };
  return readFile(place, fail, environment);
}

/** Returns the user file; undefined if there is none. @throws {ConfigurationError} */
export async function readUserFile(environment: Environment): Promise<ConfigFile | undefined> {
  const base = baseDirectory('config', environment);
  if (base === undefined) return undefined;
  const path = join(base, 'kraken-outages', 'config.yaml');
  if (!(await statOf(path, environment))) return undefined;
  const fail: Fail = (problem, cause, hint = 'make it readable, or remove it') =>
    new ConfigurationError(`${visible(path)} ${problem}`, { cause, hint });
  return readFile({ path, name: visible(path), directory: dirname(path) }, fail, environment);
}

async function readFile(place: FilePlace, fail: Fail, environment: Environment): Promise<ConfigFile> {
  const text = await readText(environment.files.chunks(place.path), MAX_FILE_BYTES, fail);
  const tree = await parseTree(text, place.name);
  return readConfigFile(tree, place);
}

/**
 * Finds the project file, from the working directory up to the nearest `package.json`. Another user may have put it there, so
 * its size is limited, and devices, pipes and unreadable files of other users are ignored.
 * @throws {ConfigurationError} if it cannot be read, is invalid, or belongs to another user
 */
export async function findProjectFile(environment: Environment): Promise<ConfigFile | undefined> {
  for (const directory of withAncestors(environment.cwd())) {
    // All at once: one after the other, they take as long as the request to a near API.
    const names = [...new Set([...SEARCH_PLACES, ...PROJECT_MARKS])];
    const statuses = new Map(
      await Promise.all(names.map(async (name) => [name, await statOf(join(directory, name), environment)] as const)),
    );
    for (const name of SEARCH_PLACES) {
      const found = { path: join(directory, name), status: statuses.get(name) };
      if (!(await isCandidate(found, environment))) continue;
      const file = await loadCandidate(found, environment);
      if (file) return file;
    }
    if (PROJECT_MARKS.some((name) => statuses.get(name))) return undefined;
  }
  return undefined;
}

function* withAncestors(directory: string): Iterable<string> {
  yield directory;
  if (dirname(directory) !== directory) yield* withAncestors(dirname(directory));
}

interface FoundPath {
  readonly path: string;
  readonly status: FileStatus | undefined;
}

/** Returns whether the path is a file that may contain a configuration. @throws {ConfigurationError} if the user cannot read it */
async function isCandidate({ path, status }: FoundPath, environment: Environment): Promise<boolean> {
  if (!status?.isFile && !status?.isDirectory) return false;
  const fail: Fail = (problem, cause, hint = 'make it readable, remove it, or name another file with --config') =>
    new ConfigurationError(`${nameOf(path, environment)} ${problem}`, { cause, hint });
  try {
    if (basename(path) !== PACKAGE) {
      await readText(environment.files.chunks(path), MAX_FILE_BYTES, fail);
      return true;
    }
    const { text } = await readStart(environment.files.chunks(path), MAX_FILE_BYTES, fail);
    return text.includes(NAME) && !isOtherPackage(text);
  } catch (error) {
    if (status.owner === 'other' && error instanceof ConfigurationError) return false;
    throw error;
  }
}

/** Returns whether it is surely a `package.json` without settings: the YAML parser, which finds lines, takes long to load. */
function isOtherPackage(text: string): boolean {
  try {
    const content: unknown = JSON.parse(text);
    return !(content instanceof Object) || !Object.hasOwn(content, NAME);
  } catch {
    return false;
  }
}

/** @returns undefined if it is a `package.json` without settings @throws {ConfigurationError} */
async function loadCandidate({ path, status }: FoundPath, environment: Environment): Promise<ConfigFile | undefined> {
  const name = nameOf(path, environment);
  const isForeign = status?.owner === 'other';
  if (isForeign && basename(path) !== PACKAGE) throw foreignFile(name);
  const loaded = await loadTree(path, name).catch((error: unknown) => {
    if (isForeign) return undefined;
    throw error;
  });
  if (!loaded) return undefined;
  if (isForeign) throw foreignFile(name);
  const { tree, content } = loaded;
  return { ...readConfigFile(tree, { path, name, directory: dirname(path) }), discovered: { path, content } };
}

function foreignFile(name: string): ConfigurationError {
  return new ConfigurationError(`refusing to use ${name}: it belongs to another user`, {
    hint: `if you trust it, name it: --config ${name}; otherwise remove it, or work in another directory`,
  });
}

interface LoadedTree {
  readonly tree: Tree;
  readonly content: string;
}

async function loadTree(path: string, name: string): Promise<LoadedTree | undefined> {
  const { Explorer } = await import('cosmiconfig/dist/Explorer.js');
  const isPackage = basename(path) === PACKAGE;
  // cosmiconfig does not call the loader for an empty file.
  let loaded: LoadedTree | undefined = { tree: { kind: 'nothing', line: 1 }, content: '' };
  const load: Loader = async (_, content) => {
    const whole = await parseTree(content, name);
    const tree = isPackage ? valueOf(whole, NAME) : whole;
    loaded = tree && { tree, content };
    // cosmiconfig follows `$import` in the result and would load any file, code included, so keep the content from it.
    return { [NAME]: {} };
  };
  const explorer = new Explorer({
    moduleName: NAME,
    searchPlaces: [basename(path)],
    searchStrategy: 'none',
    loaders: { '.json': load, '.yaml': load, '.yml': load, noExt: load },
    ignoreEmptySearchPlaces: false,
    metaConfigFilePath: null,
    applyPackagePropertyPathToConfiguration: false,
    mergeImportArrays: false,
    mergeSearchPlaces: false,
    cache: false,
    transform: (result) => result,
  });
  const result = await explorer.search(dirname(path)).catch((cause: unknown) => {
    if (cause instanceof KrakenOutagesError) throw cause;
    /* c8 ignore next -- the file could be read a moment ago */
    throw new ConfigurationError(`${name} ${problemOf(cause)}`, { cause, hint: 'try again' });
  });
  /* c8 ignore next -- the file was there a moment ago */
  return result === null ? undefined : loaded;
}

/**
 * Returns undefined for a path that does not exist or is inaccessible.
 * @throws {ConfigurationError} for other errors, such as a failing disk
 */
async function statOf(path: string, { files }: Environment): Promise<FileStatus | undefined> {
  try {
    return await files.stat(path);
  } catch (cause) {
    if (MISSING_CODES.has(errorCode(cause))) return undefined;
    throw new ConfigurationError(`${visible(path)} ${problemOf(cause)}`, {
      cause,
      hint: 'check the disk, and try again',
    });
  }
}

function nameOf(path: string, { cwd }: Environment): string {
  return visible(relative(cwd(), path));
}
