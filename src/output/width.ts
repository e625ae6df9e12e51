import stringWidth from 'string-width';

/** Returns the width of a text without control characters, in terminal cells. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** Cuts a text to a width in cells, the ellipsis included, without splitting a grapheme. */
export function truncate(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  if (width < 1) return '';
  let kept = '';
  let used = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += stringWidth(segment);
    if (used >= width) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Cuts or pads a text to exactly this width in cells. */
export function align(text: string, width: number, side: 'left' | 'right'): string {
  const fitted = truncate(text, width);
  const space = ' '.repeat(Math.max(0, width - stringWidth(fitted)));
  return side === 'left' ? fitted + space : space + fitted;
}

/**
 * Wraps a text without control characters at words; a word that is too long gets a line to itself.
 * @param width in cells; 0 for no limit
 * @param indent begins each line but the first
 */
export function wrap(text: string, width: number, indent = ''): readonly string[] {
  if (width === 0 || stringWidth(text) <= width) return [text];
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && stringWidth(`${line} ${word}`) <= width) lines.splice(-1, 1, `${line} ${word}`);
    else lines.push(line === undefined ? word : indent + word);
  }
  return lines;
}
