import { type KrakenOutagesError } from '../domain/errors.ts';
import { describeErrno, errorCode } from '../util/errno.ts';

/** Makes the error of a problem, such as "holds no certificate". */
export type Fail = (problem: string, cause?: unknown) => KrakenOutagesError;

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

/** Returns why a file cannot be read, worded to follow its name. */
export function problemOf(error: unknown): string {
  return `cannot be read: ${describeErrno(error) ?? errorCode(error) ?? 'unknown error'}`;
}

/** The line, from 1, that holds bytes which were no UTF-8 (or, just as unwanted, U+FFFD itself); undefined if none. */
export function invalidLine(text: string): number | undefined {
  const index = text.indexOf('\ufffd');
  return index === -1 ? undefined : text.slice(0, index).split('\n').length;
}
