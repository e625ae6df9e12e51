/** Text on a terminal, in lines of so many cells; all of it is this program's own, and ASCII but for punctuation. */

/** What a term of a list means, and facts about it, none of which is broken. */
export interface HelpEntry {
  readonly term: string;
  readonly text: string;
  readonly facts?: readonly string[];
}

const INDENT = '  ';
/** Narrower than this, text is not wrapped beside its term but below it. */
const NARROWEST_TEXT = 40;

/** The words of the text in lines of so many characters; one that is longer has a line to itself. */
export function wrap(text: string, width: number): readonly string[] {
  return fill(text.split(' '), width);
}

/** The width of the column of terms. */
export function termWidth(definitions: readonly HelpEntry[]): number {
  return Math.max(0, ...definitions.map(({ term }) => term.length));
}

/** Each term with its text beside it, or below it where there is no room. @param column width of the terms */
export function defineTerms(definitions: readonly HelpEntry[], column: number, width: number): string {
  const beside = INDENT.length * 2 + column;
  const isBelow = width - beside < NARROWEST_TEXT;
  const start = isBelow ? INDENT.repeat(3) : ' '.repeat(beside);
  const lines = definitions.flatMap(({ term, text, facts = [] }) => {
    const [first = '', ...rest] = withFacts(wrap(text, width - start.length), facts, width - start.length);
    const head = isBelow ? [INDENT + term, start + first] : [`${INDENT}${term.padEnd(column)}${INDENT}${first}`];
    return [...head, ...rest.map((line) => start + line)];
  });
  return lines.join('\n');
}

/** `[env KRAKEN_CUTOFF, key cutoff]`, in pieces that may stand on lines of their own; nothing where there are no facts. */
export function spellFacts(facts: readonly string[]): readonly string[] {
  return facts.map((fact, index) => `${index === 0 ? '[' : ''}${fact}${index === facts.length - 1 ? ']' : ','}`);
}

/** The facts on the last line, or else from the next one on. */
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
