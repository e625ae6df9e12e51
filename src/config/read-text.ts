import { KrakenOutagesError } from '../domain/errors.ts';
import { describeErrno, errorCode } from '../util/errno.ts';

/** Creates the error for a problem: a phrase that follows the file name, such as "contains no certificate". */
export type Fail = (problem: string, cause?: unknown, hint?: string) => KrakenOutagesError;

/**
 * Reads the whole text, without its byte order mark. Invalid UTF-8 becomes U+FFFD: see `invalidLine`.
 * @param limit bytes
 * @throws the error of `fail` if there are more bytes than `limit`, they cannot be read, or they are UTF-16; the reason of an
 * aborted run
 */
export async function readText(chunks: AsyncIterable<Uint8Array>, limit: number, fail: Fail): Promise<string> {
  const { text, isWhole } = await readStart(chunks, limit, fail);
  if (!isWhole) throw fail(`is larger than ${limit / 1024} KiB`, undefined, 'make it smaller, or name another file');
  return text;
}

/** Like `readText`, but stops after the chunk that exceeds `limit`. */
export async function readStart(
  chunks: AsyncIterable<Uint8Array>,
  limit: number,
  fail: Fail,
): Promise<{ readonly text: string; readonly isWhole: boolean }> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      text += decoder.decode(chunk, { stream: true });
      if (bytes > limit) break;
    }
  } catch (error) {
    // The run was aborted.
    if (error instanceof KrakenOutagesError) throw error;
    throw fail(problemOf(error), error);
  }
  text += decoder.decode();
  if (isUtf16(text)) throw fail('is saved as UTF-16', undefined, SAVE_AS_UTF8);
  return { text, isWhole: bytes <= limit };
}

export const SAVE_AS_UTF8 = 'save it as UTF-8';

/** Returns whether UTF-16 was decoded as UTF-8: its byte order mark becomes two U+FFFD, and ASCII characters get a NUL each. */
export function isUtf16(text: string): boolean {
  return /^(?:\ufffd\ufffd$|(?:\ufffd\ufffd)?(?:[\t\n\r -~]\0|\0[\t\n\r -~]))/.test(text);
}

/** Returns why a file cannot be read, as a phrase that follows its name. */
export function problemOf(error: unknown): string {
  return `cannot be read: ${describeErrno(error) ?? errorCode(error) ?? 'unknown error'}`;
}

/** Returns the line, from 1, of the first U+FFFD, which stands for invalid UTF-8; undefined if there is none. */
export function invalidLine(text: string): number | undefined {
  const index = text.indexOf('\ufffd');
  return index === -1 ? undefined : text.slice(0, index).split('\n').length;
}
