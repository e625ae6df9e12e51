import type { Environment } from '../platform/environment.ts';
import { UsageError } from '../domain/errors.ts';
import { visible } from '../util/text.ts';
import { invalidLine, readText } from './read-text.ts';
import type { RawValue } from './raw-value.ts';
import type { ValueSource } from './settings.ts';

/** Enough for several hundred thousand ids. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;
const HINT = 'name a file with one site id per line, or - for stdin';

/**
 * Reads the site ids of `--sites-file`, one per line; blank lines and lines that start with `#` are skipped.
 * @param path `-` is stdin
 * @throws {UsageError} if it cannot be read, is not UTF-8, or contains none
 */
export async function readSitesFile(path: string, { files, stdin }: Environment): Promise<readonly RawValue[]> {
  if (path === '') throw new UsageError('--sites-file: expected a file name', { hint: HINT });
  const name = path === '-' ? 'stdin' : visible(path);
  const chunks = path === '-' ? stdin.chunks() : files.chunks(path);
  const text = await readText(chunks, MAX_FILE_BYTES, (problem, cause, hint = HINT) => {
    return new UsageError(`--sites-file: ${name} ${problem}`, { cause, hint });
  });
  const badLine = invalidLine(text);
  if (badLine !== undefined)
    throw new UsageError(`${name}:${badLine}: invalid UTF-8`, { hint: 'save the file as UTF-8' });
  const ids = text
    .split('\n')
    .map((line, index) => ({ text: line.trim(), source: sourceOf(name, index + 1) }))
    .filter((id) => id.text !== '' && !id.text.startsWith('#'));
  if (ids.length > 0) return ids;
  throw new UsageError(`--sites-file: ${name} contains no site id`, { hint: 'write one id per line' });
}

function sourceOf(name: string, line: number): ValueSource {
  return { kind: 'flag', label: `${name}:${line} (--sites-file)` };
}
