import { type Decoding, decodingsOf } from './decodings.ts';

/** Characters of a secret that may be seen before the `…` of a cut. */
const MAX_VISIBLE_CHARS = 3;

/** A shorter secret is replaced only as a token of its own: `x` is, in `key=x`, but not in `exactly`. */
const MIN_CHARS_WITHIN_WORDS = 8;

interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * Replaces each secret in the text by `[key]`: spelled exactly, with JSON escapes, percent-encoding or HTML entities, or cut
 * short by `…`. Takes time linear in the length of the text.
 */
export function redact(text: string, secrets: readonly string[]): string {
  const patterns = secrets.filter((secret) => secret !== '').map(toPattern);
  if (patterns.length === 0) return text;
  const ranges: Range[] = [];
  for (const decoding of decodingsOf(text)) {
    for (const pattern of patterns) for (const range of findAll(pattern, decoding)) ranges.push(range);
  }

  let redacted = '';
  let copied = 0;
  for (const { start, end } of ranges.sort((a, b) => a.start - b.start || b.end - a.end)) {
    if (end <= copied) continue;
    if (start >= copied) redacted += `${text.slice(copied, start)}[key]`;
    copied = end;
  }
  return redacted + text.slice(copied);
}

/** A secret prepared for the search by Knuth, Morris and Pratt. */
interface Pattern {
  readonly secret: string;
  /** For each prefix of the secret, by its length, the longest shorter prefix that it ends with: `abab` → 0, 0, 0, 1, 2. */
  readonly shorter: readonly number[];
}

function toPattern(secret: string): Pattern {
  const shorter = [0, 0];
  for (let length = 1; length < secret.length; length++) {
    shorter.push(extend({ secret, shorter }, shorter[length] ?? 0, secret.charAt(length)));
  }
  return { secret, shorter };
}

/** Returns the length of the longest prefix of the secret that ends with this character. @param length that of the text before */
function extend({ secret, shorter }: Pattern, length: number, character: string): number {
  let longest = length;
  while (longest > 0 && secret[longest] !== character) longest = shorter[longest] ?? 0;
  return secret[longest] === character ? longest + 1 : 0;
}

/** Yields the ranges of the original text that hold the secret, or its start in front of a `…`. */
function* findAll(pattern: Pattern, { text, positions }: Decoding): Iterable<Range> {
  const { secret, shorter } = pattern;
  const isShort = secret.length < MIN_CHARS_WITHIN_WORDS;
  const toRange = (start: number, end: number): Range =>
    positions ? { start: positions[start] ?? 0, end: positions[end] ?? 0 } : { start, end };

  let length = 0;
  for (let end = 1; end <= text.length; end++) {
    length = extend(pattern, length, text.charAt(end - 1));
    if (length === secret.length) {
      if (!isShort || (startsToken(text, end - length) && endsToken(text, end))) yield toRange(end - length, end);
    } else if (text[end] === '…') {
      let cut = length;
      while (isShort && cut > 0 && !startsToken(text, end - cut)) cut = shorter[cut] ?? 0;
      if (cut > MAX_VISIBLE_CHARS) yield toRange(end - cut, end);
    }
  }
}

/** Returns whether the index is neither within a word or number (`exactly`, `127.0.0.1`) nor in an escape such as `\n`, `%2F` or `&amp;`. */
function startsToken(text: string, index: number): boolean {
  return !/[\p{L}\p{N}_\-\\%&#]$|\d[.,]$/u.test(text.slice(Math.max(0, index - 2), index));
}

function endsToken(text: string, index: number): boolean {
  return !/^(?:[\p{L}\p{N}_-]|[.,]\d)/u.test(text.slice(index, index + 2));
}
