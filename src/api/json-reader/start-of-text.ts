import { Buffer } from 'node:buffer';

import { NotJsonError } from '../../domain/errors.ts';
import { quote } from '../../util/text.ts';

/** The title of a web page is within its first bytes, or is not shown. */
const MAX_TITLE_OFFSET_BYTES = 4096;

/**
 * Returns the offset after a UTF-8 byte order mark, or 0.
 * @param bytes the first bytes of a document: at least three, or all
 * @throws {NotJsonError} for UTF-16, with or without a byte order mark
 */
export function startOfText(bytes: Uint8Array): number {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return 3;
  const hasMark = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  // An ASCII character is followed or preceded by a zero byte.
  if (hasMark || first === 0 || second === 0) throw new NotJsonError(0, 'saved as UTF-16; save as UTF-8');
  return 0;
}

/** Describes a document that starts with `<`: `received an HTML page instead of JSON: "Sign in"`. */
export function describeMarkup(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, MAX_TITLE_OFFSET_BYTES)).toString();
  if (/^<\?xml/i.test(start)) return 'received XML instead of JSON';
  const title = /<title[^>]*>\s*([^<]*?)\s*<\/title>/i.exec(start)?.[1] ?? '';
  return `received an HTML page instead of JSON${title && `: ${quote(title)}`}`;
}
