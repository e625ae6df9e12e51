/**
 * A text after decoding escapes, with the position in the original that each of its characters came from. For `a%2Fb`, the
 * text is `a/b` and the positions are 0, 1, 4, 5.
 */
export interface Decoding {
  readonly text: string;
  /** One per character, and the length of the original at the end. Absent if the text is the original. */
  readonly positions?: readonly number[];
}

interface Encoding {
  /** The character that each escape begins with. */
  readonly lead: RegExp;
  /** Matches an escape, or a truncated one before `…`. */
  readonly escape: RegExp;
  /** Returns the code unit of an escape: empty for a truncated one, undefined for an unknown one. */
  readonly decode: (escape: string, isBeforeCut: boolean) => string | undefined;
}

const JSON_ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** HTML entities of ASCII characters. */
const ENTITIES = new Map(
  [
    ...['excl !', 'quot "', 'QUOT "', 'num #', 'dollar $', 'percnt %', 'amp &', 'AMP &', "apos '", 'lpar (', 'rpar )'],
    ...['ast *', 'midast *', 'plus +', 'comma ,', 'period .', 'sol /', 'colon :', 'semi ;', 'lt <', 'LT <', 'equals ='],
    ...['gt >', 'GT >', 'quest ?', 'commat @', 'lsqb [', 'lbrack [', 'bsol \\', 'rsqb ]', 'rbrack ]', 'Hat ^'],
    ...['lowbar _', 'UnderBar _', 'grave `', 'DiacriticalGrave `', 'lcub {', 'lbrace {', 'verbar |', 'vert |'],
    ...['VerticalLine |', 'rcub }', 'rbrace }'],
  ].map((entity) => [entity.slice(0, -2), entity.slice(-1)]),
);

const JSON_STRING: Encoding = {
  lead: /\\/,
  escape: /\\(?:u[\dA-Fa-f]{4}|["\\/bfnrt]|(?:u[\dA-Fa-f]{0,3})?(?=…))/g,
  decode: (escape) => {
    const kind = escape.charAt(1);
    if (kind === 'u') return escape.length === 6 ? fromHex(escape.slice(2)) : '';
    return JSON_ESCAPES[kind] ?? kind;
  },
};

const PERCENT: Encoding = {
  lead: /%/,
  escape: /%(?:[\dA-Fa-f]{2}|[\dA-Fa-f]?(?=…))/g,
  decode: (escape) => (escape.length === 3 ? fromHex(escape.slice(1)) : ''),
};

const HTML: Encoding = {
  lead: /&/,
  escape: /&(?:(?:#(?:[Xx][\dA-Fa-f]*|\d*)|[A-Za-z]*)(?=…)|#[Xx][\dA-Fa-f]+;?|#\d+;?|[A-Za-z]+;)/g,
  decode: (escape, isBeforeCut) => {
    if (isBeforeCut && !escape.endsWith(';')) return '';
    const [, hex, decimal, name] = /^&(?:#x([\da-f]+)|#(\d+)|([a-z]+);)/i.exec(escape) ?? [];
    if (name !== undefined) return ENTITIES.get(name);
    const code = hex === undefined ? Number(decimal) : parseInt(hex, 16);
    return code <= 0xffff ? String.fromCharCode(code) : undefined;
  },
};

const SINGLE = [JSON_STRING, PERCENT, HTML];

/** For text that mixes several encodings. */
const MIXED: Encoding = {
  lead: /[\\%&]/,
  escape: new RegExp(SINGLE.map(({ escape }) => escape.source).join('|'), 'g'),
  decode: (escape, isBeforeCut) => SINGLE.find(({ lead }) => lead.test(escape))?.decode(escape, isBeforeCut),
};

/** Yields the text, and the text with JSON escapes, percent-encoding and HTML entities decoded, also if they are nested. */
export function* decodingsOf(text: string): Iterable<Decoding> {
  const seen = new Set([text]);
  const decodeNew = (encoding: Encoding, decoding: Decoding): readonly Decoding[] => {
    const decoded = decodeEscapes(encoding, decoding);
    if (!decoded || seen.has(decoded.text)) return [];
    seen.add(decoded.text);
    return [decoded];
  };
  const original = { text };
  yield original;
  for (const outer of [...SINGLE, MIXED]) {
    for (const decoded of decodeNew(outer, original)) {
      yield decoded;
      for (const inner of new Set([outer, MIXED])) yield* decodeNew(inner, decoded);
    }
  }
}

/** Decodes the escapes of one encoding. Returns undefined if there are none. */
function decodeEscapes({ lead, escape, decode }: Encoding, { text, positions }: Decoding): Decoding | undefined {
  if (!lead.test(text)) return undefined;
  const positionOf = (index: number): number => (positions ? (positions[index] ?? 0) : index);
  const decoded: number[] = [];
  let result = '';
  let copied = 0;
  const copyUntil = (end: number): void => {
    result += text.slice(copied, end);
    for (; copied < end; copied++) decoded.push(positionOf(copied));
  };
  for (const match of text.matchAll(escape)) {
    const end = match.index + match[0].length;
    const character = decode(match[0], text[end] === '…');
    if (character === undefined) continue;
    copyUntil(match.index);
    result += character;
    if (character !== '') decoded.push(positionOf(match.index));
    copied = end;
  }
  if (copied === 0) return undefined;
  copyUntil(text.length);
  decoded.push(positionOf(text.length));
  return { text: result, positions: decoded };
}

function fromHex(digits: string): string {
  return String.fromCharCode(parseInt(digits, 16));
}
