import { dirname } from 'node:path';

import { absolutePath } from '../platform/absolute-path.ts';
import type { Environment } from '../platform/environment.ts';
import { ConfigurationError, UsageError } from '../domain/errors.ts';
import { visible } from '../util/text.ts';
import type { ConfigFile } from './config-file.ts';
import type { KeyFile } from './check-key-permissions.ts';
import { readText } from './read-text.ts';
import type { ValueSource } from './settings.ts';
import type { RawValue } from './raw-value.ts';

/** Bytes. */
const LARGEST = 64 * 1024;
const REFERENCE = /^(env|file|ssm):(.*)$/s;

/**
 * The value itself, where `env:NAME` or `file:PATH` stands for it. A parameter (`ssm:/name`) is left as it is: those are
 * asked for all at once, by `resolveParameters`.
 * @throws {ConfigurationError} where it leads nowhere, or to another reference
 */
export async function resolveReference(written: RawValue, environment: Environment): Promise<RawValue> {
  const [, scheme, target = ''] = REFERENCE.exec(written.text) ?? [];
  if (scheme !== 'env' && scheme !== 'file') return written;
  const resolved =
    scheme === 'env' ? resolveVariable(target, written, environment) : await resolveFile(target, written, environment);
  refuseChain(resolved);
  return resolved;
}

/** Whether the text says where a value is, and is none itself. */
export function isReference(text: string): boolean {
  return REFERENCE.test(text);
}

/** @throws {ConfigurationError} where a value that was looked up is a reference once more */
export function refuseChain({ text, source }: RawValue): void {
  if (!isReference(text)) return;
  throw new ConfigurationError(`${source.label}: a reference leads to another reference`, {
    hint: 'let the first one name the place of the value itself',
  });
}

function resolveVariable(name: string, { source }: RawValue, { env }: Environment): RawValue {
  // A name that is none could be a secret, and is not shown.
  if (!/^[A-Za-z_]\w*$/.test(name)) {
    throw new ConfigurationError(`${source.label}: env: must be followed by the name of a variable`, {
      hint: 'for example env:MY_KEY',
    });
  }
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  if (value === undefined || value === '') {
    const state = value === undefined ? 'not set' : 'empty';
    throw new ConfigurationError(`${source.label}: the environment variable ${name} is ${state}`, {
      hint: `set ${name}, or give another reference`,
    });
  }
  return { text: value, source: derivedSource(source, 'env', `env:${name}`) };
}

async function resolveFile(target: string, written: RawValue, environment: Environment): Promise<RawValue> {
  const { label } = written.source;
  if (target === '' || target.includes('\0')) {
    throw new ConfigurationError(`${label}: file: must be followed by the path of a file`, {
      hint: 'for example file:.kraken-outages-key',
    });
  }
  const path = pathOf(target, written, environment);
  const text = await readText(environment.files.chunks(path), LARGEST, (problem, cause) => {
    const hint = `the path is taken from ${visible(written.directory ?? environment.cwd())}; "~" is not understood`;
    return new ConfigurationError(`${label}: the file ${visible(path)} ${problem}`, { cause, hint });
  });
  const source = derivedSource(written.source, 'file', `file:${visible(target)}`);
  return { text: withoutNewline(text), source, directory: dirname(path) };
}

/**
 * The key that `--api-key-file` names.
 * @param path `-` is stdin
 * @throws {UsageError} where it cannot be read @throws {ConfigurationError} where it holds a reference
 */
export async function readKeyFile(path: string, environment: Environment): Promise<RawValue> {
  const { files, stdin } = environment;
  const label = `--api-key-file ${visible(path)}`;
  if (path === '') throw new UsageError('--api-key-file: expected the name of a file', { hint: 'or - for stdin' });
  const chunks = path === '-' ? stdin.chunks() : files.chunks(path);
  const text = await readText(chunks, LARGEST, (problem, cause) => {
    return new UsageError(`${label}: ${path === '-' ? 'stdin' : 'the file'} ${problem}`, {
      cause,
      hint: 'name a file that holds the key alone, or give - for stdin',
    });
  });
  const written: RawValue = {
    text: withoutNewline(text),
    source: { kind: 'file', label },
    ...(path !== '-' && { path }),
  };
  refuseChain(written);
  return written;
}

/** The files in which a key itself stands, where it may be in force or not: in a profile that is not chosen, for example. */
export function filesWithKey(files: readonly ConfigFile[]): readonly KeyFile[] {
  return files.flatMap(({ path, values, profiles }) => {
    const keys = [values, ...profiles.values()].flatMap((layer) => layer.get('apiKey')?.items ?? []);
    const key = keys.find(({ text }) => !isReference(text));
    return key
      ? [{ path, where: key.source.label, otherwise: 'write a reference in its place, such as env:NAME' }]
      : [];
  });
}

/** The file of the key alone that the flag names, or a reference leads to. */
export function fileOfKey(key: RawValue | undefined, environment: Pick<Environment, 'cwd'>): readonly KeyFile[] {
  if (!key) return [];
  const { label } = key.source;
  if (key.path !== undefined) {
    return [{ path: key.path, where: label, otherwise: 'hand it over on stdin: --api-key-file -' }];
  }
  const [, scheme, target = ''] = REFERENCE.exec(key.text) ?? [];
  if (scheme !== 'file') return [];
  const path = pathOf(target, key, environment);
  return [{ path, where: `${label}: ${visible(path)}`, otherwise: 'give another reference' }];
}

function pathOf(target: string, { directory = '' }: RawValue, { cwd }: Pick<Environment, 'cwd'>): string {
  return absolutePath(target, () => absolutePath(directory, cwd));
}

/** The source of what a reference led to. */
export function derivedSource({ label }: ValueSource, kind: ValueSource['kind'], reference: string): ValueSource {
  return { kind, label: `${label} -> ${reference}` };
}

function withoutNewline(text: string): string {
  return text.replace(/\r?\n$/, '');
}
