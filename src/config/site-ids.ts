import type { Environment } from '../platform/environment.ts';
import { UsageError } from '../domain/errors.ts';
import { visible } from '../util/text.ts';
import { invalidLine, readText } from './read-text.ts';
import type { RawValue } from './raw-value.ts';
import type { ValueSource } from './settings.ts';

/** Bytes; some hundred thousand ids. */
const LARGEST = 16 * 1024 * 1024;

/**
 * The ids that `--sites-file` names, one a line.
 * @param path `-` is stdin
 * @throws {UsageError} where it cannot be read, is no UTF-8, or holds none
 */
export async function readSitesFile(path: string, { files, stdin }: Environment): Promise<readonly RawValue[]> {
  if (path === '') throw new UsageError('--sites-file: expected the name of a file', { hint: 'or - for stdin' });
  const name = path === '-' ? 'stdin' : visible(path);
  const chunks = path === '-' ? stdin.chunks() : files.chunks(path);
  const text = await readText(chunks, LARGEST, (problem, cause) => {
    return new UsageError(`--sites-file: ${name} ${problem}`, {
      cause,
      hint: 'name a file with one site id a line, or give - for stdin',
    });
  });
  const badLine = invalidLine(text);
  if (badLine !== undefined)
    throw new UsageError(`${name}:${badLine}: this is not valid UTF-8`, { hint: 'save the file as UTF-8' });
  const ids = text
    .split('\n')
    .map((line, index) => ({ text: line.trim(), source: sourceOf(name, index + 1) }))
    .filter((id) => id.text !== '');
  if (ids.length > 0) return ids;
  throw new UsageError(`--sites-file: ${name} holds no site id`, { hint: 'write one id a line' });
}

function sourceOf(name: string, line: number): ValueSource {
  return { kind: 'flag', label: `${name}:${line} (--sites-file)` };
}
