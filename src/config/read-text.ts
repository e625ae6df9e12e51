import { type KrakenOutagesError } from '../domain/errors.ts';

/** Makes the error of a problem, such as "does not exist". */
export type Fail = (problem: string, cause?: unknown) => KrakenOutagesError;

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist: a part of its path is no directory',
  EACCES: 'may not be read (permission denied)',
  EPERM: 'may not be read (permission denied)',
  EISDIR: 'is a directory, not a file',
};

/**
 * The whole text, without a byte order mark. Bytes that are no UTF-8 become U+FFFD: see `invalidLine`.
 * @param limit bytes
 * @throws what `fail` makes, where there are more bytes than `limit`, or they cannot be read
 */
export async function readText(chunks: AsyncIterable<Uint8Array>, limit: number, fail: Fail): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > limit) break;
      text += decoder.decode(chunk, { stream: true });
    }
  } catch (error) {
    throw fail(problemOf(error), error);
  }
  if (bytes > limit) throw fail(`is larger than ${limit / 1024} KiB`);
  return text + decoder.decode();
}

/** What is wrong with a file, to be read after its name. */
export function problemOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return PROBLEMS[code] ?? `cannot be read (${code})`;
}

/** The line, from 1, that holds bytes which were no UTF-8 (or, just as unwanted, U+FFFD itself); undefined if none. */
export function invalidLine(text: string): number | undefined {
  const index = text.indexOf('\ufffd');
  return index === -1 ? undefined : text.slice(0, index).split('\n').length;
}
