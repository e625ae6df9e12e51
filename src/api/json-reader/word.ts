/** Four bytes at a time: an int32 is read by `DataView.getInt32`, little-endian, so that the first byte is the lowest. */

export const HIGH_BITS = 0x80808080 | 0;
const ONES = 0x01010101;
const BACKSLASHES = int32Of('\\\\\\\\');
/** XOR turns a quote into a space and a space into a quote; control characters stay control characters. */
const SWAP_QUOTE_AND_SPACE = int32Of('""""') ^ int32Of('    ');
const ABOVE_SPACES = int32Of('!!!!');

/** Returns four ASCII characters as an int32. */
export function int32Of(text: string): number {
  return text.charCodeAt(0) | (text.charCodeAt(1) << 8) | (text.charCodeAt(2) << 16) | (text.charCodeAt(3) << 24);
}

/** Returns the offset of the first quote, backslash, control character or byte beyond ASCII; `limit` if there is none. */
export function skipUnescaped(view: DataView, start: number, limit: number): number {
  let i = start;
  for (; i + 4 <= limit; i += 4) {
    const marks = markSpecial(view.getInt32(i, true)) & HIGH_BITS;
    // `marks & -marks` is the lowest set bit, which marks the first such byte.
    if (marks !== 0) return i + ((31 - Math.clz32(marks & -marks)) >>> 3);
  }
  while (i < limit && (markSpecial(view.getUint8(i)) & 0x80) === 0) i++;
  return i;
}

/**
 * Sets the high bit of each of the four bytes that is a quote, a backslash, a control character or beyond ASCII. A borrow may
 * also set it in bytes after the first of them.
 *
 * For example, the bytes of `9"},` are 39 22 7d 2c. XOR with SWAP_QUOTE_AND_SPACE (02 in each byte) gives 3b 20 7f 2e; minus
 * 21 in each byte: 1a, then 20 − 21 borrows and gives ff, then 7f − 21 − 1 = 5d and 2e − 21 = 0d. Only the second byte has its
 * high bit: the quote. A backslash is found likewise: XOR gives 00, and 00 − 01 borrows.
 */
function markSpecial(four: number): number {
  return four | ((four ^ SWAP_QUOTE_AND_SPACE) - ABOVE_SPACES) | ((four ^ BACKSLASHES) - ONES);
}
