/** Four bytes at a time: a word is what `DataView.getInt32` reads, little-endian, so that the first byte is the lowest. */

export const HIGH_BITS = 0x80808080 | 0;
const ONES = 0x01010101;
const BACKSLASHES = int32Of('\\\\\\\\');
/** Turns a quote into a space and back, and what is below a space into another such. */
const SWAP = int32Of('""""') ^ int32Of('    ');
const ABOVE_SPACES = int32Of('!!!!');

/** The word that these four characters of ASCII make. */
export function int32Of(text: string): number {
  return text.charCodeAt(0) | (text.charCodeAt(1) << 8) | (text.charCodeAt(2) << 16) | (text.charCodeAt(3) << 24);
}

/** The offset of the first byte that does not stand for itself in a string, a quote among them; at most `limit`. */
export function skipUnescaped(view: DataView, start: number, limit: number): number {
  let i = start;
  for (; i + 4 <= limit; i += 4) {
    const found = special(view.getInt32(i, true)) & HIGH_BITS;
    if (found !== 0) return i + ((31 - Math.clz32(found & -found)) >>> 3);
  }
  while (i < limit && (special(view.getUint8(i)) & 0x80) === 0) i++;
  return i;
}

/**
 * Has a high bit where a byte is a quote, a backslash, below a space or beyond ASCII. What is borrowed may show in the bytes
 * behind the first such one as well.
 */
function special(four: number): number {
  return four | ((four ^ SWAP) - ABOVE_SPACES) | ((four ^ BACKSLASHES) - ONES);
}
