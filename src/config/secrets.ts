import { dirname, resolve } from 'node:path';

import type { Environment } from '../environment.ts';
import { ConfigurationError, UsageError } from '../errors.ts';
import { visible } from '../text.ts';
import { readText } from './read.ts';
import type { Source } from './settings.ts';
import type { Written } from './written.ts';

/** Bytes. */
const LARGEST = 64 * 1024;
const REFERENCE = /^(env|file|ssm):(.*)$/s;

/** @returns what the reference in `written` leads to @throws {ConfigurationError} */
type Resolver = (target: string, written: Written, environment: Environment) => Promise<Written>;

const RESOLVERS: Readonly<Record<'env' | 'file' | 'ssm', Resolver>> = {
  env: resolveVariable,
  file: resolveFile,
  ssm: refuseParameter,
};

/**
 * The value itself, where `env:NAME`, `file:PATH` or `ssm:/name` stands for it.
 * @throws {ConfigurationError} where it leads nowhere, or to another reference
 */
export async function resolveReference(written: Written, environment: Environment): Promise<Written> {
  const [, scheme, target = ''] = REFERENCE.exec(written.text) ?? [];
  if (scheme !== 'env' && scheme !== 'file' && scheme !== 'ssm') return written;
  const resolved = await RESOLVERS[scheme](target, written, environment);
  refuseChain(resolved);
  return resolved;
}

/** Whether the text says where a value is, and is none itself. */
export function isReference(text: string): boolean {
  return REFERENCE.test(text);
}

/** @throws {ConfigurationError} where a value that was looked up is a reference once more */
function refuseChain({ text, source }: Written): void {
  if (!isReference(text)) return;
  throw new ConfigurationError(`${source.label}: a reference leads to another reference`, {
    hint: 'let the first one name the place of the value itself',
  });
}

function resolveVariable(name: string, { source }: Written, { env }: Environment): Promise<Written> {
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
  return Promise.resolve({ text: value, source: through(source, 'env', `env:${name}`) });
}

async function resolveFile(target: string, written: Written, environment: Environment): Promise<Written> {
  const { label } = written.source;
  if (target === '' || target.includes('\0')) {
    throw new ConfigurationError(`${label}: file: must be followed by the path of a file`, {
      hint: 'for example file:.kraken-outages-key',
    });
  }
  const path = resolve(environment.cwd, written.directory ?? '', target);
  const text = await readText(environment.files.chunks(path), LARGEST, (problem, cause) => {
    const hint = `the path is taken from ${visible(written.directory ?? environment.cwd)}; "~" is not understood`;
    return new ConfigurationError(`${label}: the file ${visible(path)} ${problem}`, { cause, hint });
  });
  const source = through(written.source, 'file', `file:${visible(target)}`);
  return { text: withoutNewline(text), source, directory: dirname(path) };
}

function refuseParameter(_name: string, { source }: Written): Promise<Written> {
  throw new ConfigurationError(`${source.label}: this version does not read Parameter Store (ssm:) yet`, {
    hint: 'fetch it into a variable with "aws ssm get-parameter --with-decryption", and refer to that with env:NAME',
  });
}

/**
 * The key that `--api-key-file` names.
 * @param path `-` is stdin
 * @throws {UsageError} where it cannot be read @throws {ConfigurationError} where it holds a reference
 */
export async function readKeyFile(path: string, { files, stdin }: Environment): Promise<Written> {
  const label = `--api-key-file ${visible(path)}`;
  if (path === '') throw new UsageError('--api-key-file: expected the name of a file', { hint: 'or - for stdin' });
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

function through({ label }: Source, kind: Source['kind'], reference: string): Source {
  return { kind, label: `${label} -> ${reference}` };
}

function withoutNewline(text: string): string {
  return text.replace(/\r?\n$/, '');
}
