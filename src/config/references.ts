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

const MAX_FILE_BYTES = 64 * 1024;
const HINT = 'name a file that contains only the key, or - for stdin';
const REFERENCE = /^(env|file|ssm):(.*)$/s;

/**
 * Resolves `env:NAME` or `file:PATH`. Returns any other text as it is; see `resolveSsmReferences` for `ssm:/name`.
 * @throws {ConfigurationError} if there is no value, or it is another reference
 */
export async function resolveReference(raw: RawValue, environment: Environment): Promise<RawValue> {
  const [, scheme, target = ''] = REFERENCE.exec(raw.text) ?? [];
  if (scheme !== 'env' && scheme !== 'file') return raw;
  const resolved =
    scheme === 'env' ? resolveVariable(target, raw, environment) : await resolveFile(target, raw, environment);
  rejectChain(resolved);
  return resolved;
}

/** Returns whether the text is a reference. */
export function isReference(text: string): boolean {
  return REFERENCE.test(text);
}

/** @throws {ConfigurationError} if a resolved value is another reference */
export function rejectChain({ text, source }: RawValue): void {
  if (!isReference(text)) return;
  throw new ConfigurationError(`${source.label}: references cannot be chained`, {
    hint: 'use the final reference instead',
  });
}

function resolveVariable(name: string, { source }: RawValue, { env }: Environment): RawValue {
  // Do not show an invalid name: it may be a secret.
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

async function resolveFile(target: string, raw: RawValue, environment: Environment): Promise<RawValue> {
  const { label } = raw.source;
  if (target === '' || target.includes('\0')) {
    throw new ConfigurationError(`${label}: file: must be followed by a path`, {
      hint: 'for example file:.kraken-outages-key',
    });
  }
  const path = pathOf(target, raw, environment);
  const text = await readText(environment.files.chunks(path), MAX_FILE_BYTES, (problem, cause, other) => {
    const hint = other ?? `the path is relative to ${visible(raw.directory ?? environment.cwd())}`;
    return new ConfigurationError(`${label}: the file ${visible(path)} ${problem}`, { cause, hint });
  });
  const source = derivedSource(raw.source, 'file', `file:${visible(target)}`);
  return { text: withoutNewline(text), source, directory: dirname(path) };
}

/**
 * Reads the file of `--api-key-file`.
 * @param path `-` is stdin
 * @throws {UsageError} if it cannot be read
 * @throws {ConfigurationError} if it contains a reference
 */
export async function readKeyFile(path: string, environment: Environment): Promise<RawValue> {
  const { files, stdin } = environment;
  const label = `--api-key-file ${visible(path)}`;
  if (path === '') throw new UsageError('--api-key-file: expected a file name', { hint: HINT });
  const chunks = path === '-' ? stdin.chunks() : files.chunks(path);
  const text = await readText(chunks, MAX_FILE_BYTES, (problem, cause, hint = HINT) => {
    return new UsageError(`${label}: ${path === '-' ? 'stdin' : 'the file'} ${problem}`, { cause, hint });
  });
  const raw: RawValue = {
    text: withoutNewline(text),
    source: { kind: 'file', label },
    ...(path !== '-' && { path }),
  };
  rejectChain(raw);
  return raw;
}

/** Returns the files that contain a key, even one that is not used, for example in another profile. */
export function filesWithKey(files: readonly ConfigFile[]): readonly KeyFile[] {
  return files.flatMap(({ path, values, profiles }) => {
    const keys = [values, ...profiles.values()].flatMap((layer) => layer.get('apiKey')?.items ?? []);
    const key = keys.find(({ text }) => !isReference(text));
    return key ? [{ path, where: key.source.label, otherwise: 'replace the key by a reference such as env:NAME' }] : [];
  });
}

/** Returns the key file that the flag or a reference names. */
export function fileOfKey(
  key: RawValue | undefined,
  environment: Pick<Environment, 'cwd' | 'home'>,
): readonly KeyFile[] {
  if (!key) return [];
  const { label } = key.source;
  if (key.path !== undefined) {
    return [{ path: key.path, where: label, otherwise: 'pass the key on stdin: --api-key-file -' }];
  }
  const [, scheme, target = ''] = REFERENCE.exec(key.text) ?? [];
  if (scheme !== 'file') return [];
  const path = pathOf(target, key, environment);
  return [{ path, where: `${label}: ${visible(path)}`, otherwise: 'use another reference' }];
}

function pathOf(
  target: string,
  { directory = '' }: RawValue,
  { cwd, home }: Pick<Environment, 'cwd' | 'home'>,
): string {
  return absolutePath(target, { cwd: () => absolutePath(directory, { cwd }), home });
}

/** Returns the source of a resolved reference. */
export function derivedSource({ label }: ValueSource, kind: ValueSource['kind'], reference: string): ValueSource {
  return { kind, label: `${label} -> ${reference}` };
}

function withoutNewline(text: string): string {
  return text.replace(/\r?\n$/, '');
}
