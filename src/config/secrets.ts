import { dirname, resolve } from 'node:path';

import type { Environment } from '../environment.ts';
import { ConfigurationError, UsageError } from '../errors.ts';
import { visible } from '../text.ts';
import type { ConfigFile } from './file-format.ts';
import { assertPrivate } from './permissions.ts';
import { readText } from './read.ts';
import type { SecretName, Source } from './settings.ts';
import type { Written } from './written.ts';

/** Bytes. */
const LARGEST = 64 * 1024;
const REFERENCE = /^(env|file|ssm):(.*)$/s;

/**
 * The value itself, where `env:NAME` or `file:PATH` stands for it. A parameter (`ssm:/name`) is left as it is: those are
 * asked for all at once, by `resolveParameters`.
 * @throws {ConfigurationError} where it leads nowhere, or to another reference, or to a key that others can read
 */
export async function resolveReference(name: SecretName, written: Written, environment: Environment): Promise<Written> {
  const [, scheme, target = ''] = REFERENCE.exec(written.text) ?? [];
  if (scheme !== 'env' && scheme !== 'file') return written;
  const resolved =
    scheme === 'env'
      ? resolveVariable(target, written, environment)
      : await resolveFile(name, target, written, environment);
  refuseChain(resolved);
  return resolved;
}

/** Whether the text says where a value is, and is none itself. */
export function isReference(text: string): boolean {
  return REFERENCE.test(text);
}

/** @throws {ConfigurationError} where a value that was looked up is a reference once more */
export function refuseChain({ text, source }: Written): void {
  if (!isReference(text)) return;
  throw new ConfigurationError(`${source.label}: a reference leads to another reference`, {
    hint: 'let the first one name the place of the value itself',
  });
}

function resolveVariable(name: string, { source }: Written, { env }: Environment): Written {
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
  return { text: value, source: through(source, 'env', `env:${name}`) };
}

async function resolveFile(
  name: SecretName,
  target: string,
  written: Written,
  environment: Environment,
): Promise<Written> {
  const { label } = written.source;
  if (target === '' || target.includes('\0')) {
    throw new ConfigurationError(`${label}: file: must be followed by the path of a file`, {
      hint: 'for example file:.kraken-outages-key',
    });
  }
  const path = resolve(environment.cwd, written.directory ?? '', target);
  if (name === 'apiKey') await assertPrivate(path, `${label}: ${visible(path)}`, 'give another reference', environment);
  const text = await readText(environment.files.chunks(path), LARGEST, (problem, cause) => {
    const hint = `the path is taken from ${visible(written.directory ?? environment.cwd)}; "~" is not understood`;
    return new ConfigurationError(`${label}: the file ${visible(path)} ${problem}`, { cause, hint });
  });
  const source = through(written.source, 'file', `file:${visible(target)}`);
  return { text: withoutNewline(text), source, directory: dirname(path) };
}

/**
 * The key that `--api-key-file` names.
 * @param path `-` is stdin
 * @throws {UsageError} where it cannot be read
 * @throws {ConfigurationError} where others can read it as well, or it holds a reference
 */
export async function readKeyFile(path: string, environment: Environment): Promise<Written> {
  const { files, stdin } = environment;
  const label = `--api-key-file ${visible(path)}`;
  if (path === '') throw new UsageError('--api-key-file: expected the name of a file', { hint: 'or - for stdin' });
  if (path !== '-') await assertPrivate(path, label, 'hand it over on stdin: --api-key-file -', environment);
  const chunks = path === '-' ? stdin.chunks() : files.chunks(path);
  const text = await readText(chunks, LARGEST, (problem, cause) => {
    return new UsageError(`${label}: ${path === '-' ? 'stdin' : 'the file'} ${problem}`, {
      cause,
      hint: 'name a file that holds the key alone, or give - for stdin',
    });
  });
  const written: Written = { text: withoutNewline(text), source: { kind: 'file', label } };
  refuseChain(written);
  return written;
}

/**
 * A configuration file may be readable for everybody, but not where the key itself stands in it, in a profile for example.
 * @throws {ConfigurationError}
 */
export async function assertKeyIsPrivate(
  { path, values, profiles }: ConfigFile,
  environment: Environment,
): Promise<void> {
  const keys = [values, ...profiles.values()].map(({ texts }) => texts.get('apiKey'));
  const key = keys.find((written) => written && !isReference(written.text));
  if (key) await assertPrivate(path, key.source.label, 'write a reference in its place, such as env:NAME', environment);
}

/** The source of what a reference led to. */
export function through({ label }: Source, kind: Source['kind'], reference: string): Source {
  return { kind, label: `${label} -> ${reference}` };
}

function withoutNewline(text: string): string {
  return text.replace(/\r?\n$/, '');
}
