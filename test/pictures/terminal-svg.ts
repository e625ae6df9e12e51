import stringWidth from 'string-width';

/** The colours of the escape codes that the program uses. */
const COLORS: Readonly<Record<number, string>> = { 31: '#f47067', 36: '#6cb6d9' };
const [PAPER, INK, PROMPT] = ['#1d2125', '#dfe3e8', '#8fbf7f'];

/** The size of a cell in pixels. */
const [WIDTH, HEIGHT] = [8.4, 18];
const PADDING = 16;

interface Style {
  readonly color: string;
  readonly isInverse: boolean;
  readonly isBold: boolean;
  readonly isDim: boolean;
}

interface Run extends Style {
  readonly text: string;
}

const PLAIN: Style = { color: INK, isInverse: false, isBold: false, isDim: false };

/** Draws a terminal as SVG: the command and its output. @param output with its escape codes */
export function toSvg(command: string, output: string): string {
  const prompt: readonly Run[] = [
    { ...PLAIN, color: PROMPT, text: '$ ' },
    { ...PLAIN, text: command },
  ];
  const lines = [prompt, ...output.trimEnd().split('\n').map(toRuns)];
  const columns = Math.max(...lines.map((line) => line.reduce((sum, { text }) => sum + stringWidth(text), 0)));
  const [width, height] = [columns * WIDTH + 2 * PADDING, lines.length * HEIGHT + 2 * PADDING];
  const rows = lines.map((line, index) => toRow(line, PADDING + index * HEIGHT));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    '<style>text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre}</style>',
    `<rect width="100%" height="100%" rx="8" fill="${PAPER}"/>`,
    ...rows,
    '</svg>',
    '',
  ].join('\n');
}

/** Splits the line into runs of one style. */
function toRuns(line: string): readonly Run[] {
  let style = PLAIN;
  return line.split(/(\u001b\[\d+m)/).flatMap((piece) => {
    const code = /^\u001b\[(\d+)m$/.exec(piece)?.[1];
    if (code === undefined) return piece === '' ? [] : [{ ...style, text: piece }];
    style = apply(style, Number(code));
    return [];
  });
}

/** @throws Error for an unknown escape code */
function apply(style: Style, code: number): Style {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...style, isBold: true };
  if (code === 2) return { ...style, isDim: true };
  if (code === 7) return { ...style, isInverse: true };
  if (code === 22) return { ...style, isBold: false, isDim: false };
  if (code === 27) return { ...style, isInverse: false };
  const color = code === 39 ? INK : COLORS[code];
  if (color === undefined) throw new Error(`no colour is known for the code ${code}`);
  return { ...style, color };
}

function toRow(runs: readonly Run[], y: number): string {
  let x = PADDING;
  return runs
    .map((run) => {
      const left = x;
      x += stringWidth(run.text) * WIDTH;
      return toShapes(run, left, y);
    })
    .join('');
}

function toShapes({ text, color, isInverse, isBold, isDim }: Run, x: number, y: number): string {
  const width = stringWidth(text) * WIDTH;
  const paper = isInverse ? rectangle(x, y, width, HEIGHT, color) : '';
  const ink = isInverse ? PAPER : color;
  if (text.trim() === '') return paper;
  // Block characters are drawn as rectangles, as in terminals, because fonts leave gaps.
  if (/^[▄▖▗]+$/.test(text)) {
    const half = WIDTH / 2;
    const blocks = Array.from(text, (block, index) => {
      const left = x + index * WIDTH + (block === '▗' ? half : 0);
      return rectangle(left, y + HEIGHT / 2, block === '▄' ? WIDTH : half, HEIGHT / 2, ink);
    });
    return blocks.join('');
  }
  const attributes = [
    `x="${round(x)}" y="${round(y + 0.75 * HEIGHT)}" textLength="${round(width)}" fill="${ink}"`,
    ...(isBold ? ['font-weight="bold"'] : []),
    ...(isDim ? ['opacity="0.55"'] : []),
  ];
  return `${paper}<text ${attributes.join(' ')}>${escape(text)}</text>`;
}

function rectangle(x: number, y: number, width: number, height: number, color: string): string {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" fill="${color}"/>`;
}

function round(pixels: number): number {
  return Math.round(pixels * 100) / 100;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
