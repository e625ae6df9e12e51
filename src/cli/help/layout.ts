/** A term of a list with its explanation, and facts about it, which are never broken across lines. */
export interface HelpEntry {
  readonly term: string;
  readonly text: string;
  readonly facts?: readonly string[];
}

const INDENT = '  ';
/** With less room than this beside the term, the text goes below it. */
const MIN_TEXT_COLUMNS = 40;

/** Wraps text at words; a longer word gets a line to itself. @param width in characters */
export function wrap(text: string, width: number): readonly string[] {
  return fill(text.split(' '), width);
}

/** Returns the width of the column of terms. */
export function termWidth(definitions: readonly HelpEntry[]): number {
  return Math.max(0, ...definitions.map(({ term }) => term.length));
}

/** Lays out terms with their texts beside them, or below if there is no room. @param column width of the terms */
export function defineTerms(definitions: readonly HelpEntry[], column: number, width: number): string {
  const beside = INDENT.length * 2 + column;
  const isBelow = width - beside < MIN_TEXT_COLUMNS;
  const start = isBelow ? INDENT.repeat(3) : ' '.repeat(beside);
  const lines = definitions.flatMap(({ term, text, facts = [] }) => {
    const [first = '', ...rest] = withFacts(wrap(text, width - start.length), facts, width - start.length);
    const head = isBelow ? [INDENT + term, start + first] : [`${INDENT}${term.padEnd(column)}${INDENT}${first}`];
    return [...head, ...rest.map((line) => start + line)];
  });
  return lines.join('\n');
}

/** Returns `[env KRAKEN_CUTOFF, key cutoff]` as pieces that may be wrapped. */
export function spellFacts(facts: readonly string[]): readonly string[] {
  return facts.map((fact, index) => `${index === 0 ? '[' : ''}${fact}${index === facts.length - 1 ? ']' : ','}`);
}

/** Appends the facts to the last line if they fit, else on lines of their own. */
function withFacts(lines: readonly string[], facts: readonly string[], width: number): readonly string[] {
  if (facts.length === 0) return lines;
  const spelt = spellFacts(facts);
  const joined = [lines.at(-1), ...spelt].join(' ');
  return joined.length <= width ? [...lines.slice(0, -1), joined] : [...lines, ...fill(spelt, width)];
}

function fill(words: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width) lines.splice(-1, 1, `${line} ${word}`);
    else lines.push(word);
  }
  return lines;
}

/** Lists commands that can be pasted; they are never wrapped. @param examples without the program's name */
export function showExamples(examples: readonly string[]): string {
  return ['Examples:', ...examples.map((line) => `  kraken-outages ${line}`)].join('\n');
}
