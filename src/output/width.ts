import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter();

/** How many cells of a terminal the text takes; it holds no control characters. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** The text, or as much of it as fits into so many cells with an ellipsis behind it; no grapheme is split. */
export function truncate(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  if (width < 1) return '';
  let kept = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += stringWidth(segment);
    if (used >= width) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** The text in a column of so many cells. */
export function align(text: string, width: number, side: 'left' | 'right'): string {
  const fitted = truncate(text, width);
  const space = ' '.repeat(Math.max(0, width - stringWidth(fitted)));
  return side === 'left' ? fitted + space : space + fitted;
}
