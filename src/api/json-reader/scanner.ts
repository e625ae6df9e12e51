import { Buffer } from 'node:buffer';

import { NotJsonError } from '../../domain/errors.ts';
import { int32Of, skipUnescaped } from './word.ts';

/** Returned by `scan` if the bytes end before the value does. */
export const INCOMPLETE = -1;

/** The position of a member's value, the quotes of a string included. */
export interface Member {
  /** Number of times that the record has the key. */
  count: number;
  start: number;
  end: number;
  /** Whether the value is a string with escapes, so that its bytes are not its text. */
  hasEscape: boolean;
}

/** Scans any JSON value, strictly by RFC 8259, without building it. */
export interface Scanner {
  /**
   * Returns the offset after the value that starts at `start`, or INCOMPLETE if it does not end before `limit`.
   * @throws {NotJsonError} with the offset in `view` of the first invalid byte
   */
  scan(view: DataView, start: number, limit: number): number;
  /** The members of these names in the object that was scanned last. */
  readonly members: Readonly<Record<'id' | 'name' | 'begin' | 'end', Member>>;
  /** Returns whether the value that was scanned last is ASCII. */
  isAscii(): boolean;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const MEMBER_NAMES = ['id', 'name', 'begin', 'end'] as const;
const ID = int32Of('"id"');
const END = { first: int32Of('"end'), last: int32Of('end"') };
const NAME = { first: int32Of('"nam'), last: int32Of('ame"') };
const BEGIN = { first: int32Of('"beg'), last: int32Of('gin"') };
const LITERALS = new Map(['true', 'false', 'null'].map((word) => [word.charCodeAt(0), Buffer.from(word)]));
const SIMPLE_ESCAPES = new Set(Buffer.from('"\\/bfnrt'));

export function createScanner(): Scanner {
  const members = { id: newMember(), name: newMember(), begin: newMember(), end: newMember() };
  // The open brackets around the current value, innermost last. Not the call stack, which deep JSON would overflow.
  let open = new Uint8Array(64);
  let isAscii = true;
  let hasEscape = false;
  let keyEnd = 0;

  function scan(view: DataView, start: number, limit: number): number {
    let depth = 0;
    let i = start;
    let isObject = false;
    let member: Member | undefined;
    isAscii = true;
    members.id.count = members.name.count = members.begin.count = members.end.count = 0;

    for (;;) {
      // A value starts here.
      i = skipWhitespace(view, i, limit);
      if (i >= limit) return INCOMPLETE;
      const byte = view.getUint8(i);
      if (depth === 1 && member) member.start = i;
      let opened = false;
      if (byte === QUOTE) i = scanString(view, i + 1, limit);
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (depth === open.length) open = grown(open);
        open[depth++] = byte;
        isObject = byte === OPEN_BRACE;
        opened = true;
        i++;
      } else if (byte === 0x2d || isDigit(byte)) i = scanNumber(view, i, limit);
      else i = scanLiteral(view, i, limit);
      if (i === INCOMPLETE) return INCOMPLETE;

      // A value, or its opening bracket, ended here: read closing brackets, a comma and a key, up to the next value.
      for (;;) {
        if (!opened) {
          if (depth === 1 && member) {
            member.end = i;
            member.hasEscape = hasEscape;
          }
          if (depth === 0) return i;
        }
        i = skipWhitespace(view, i, limit);
        if (i >= limit) return INCOMPLETE;
        const next = view.getUint8(i);
        if (next === (isObject ? CLOSE_BRACE : CLOSE_BRACKET)) {
          isObject = --depth > 0 && open[depth - 1] === OPEN_BRACE;
          i++;
          opened = false;
          continue;
        }
        if (!opened) {
          if (next !== COMMA) throw new NotJsonError(i, isObject ? 'expected "," or "}"' : 'expected "," or "]"');
          i++;
        }
        if (!isObject) break;
        i = skipWhitespace(view, i, limit);
        const key = i;
        i = scanKey(view, i, limit);
        if (i === INCOMPLETE) return INCOMPLETE;
        if (depth === 1) member = memberAt(view, key);
        i++;
        break;
      }
    }
  }

  /** Returns the offset of the colon after the key. */
  function scanKey(view: DataView, start: number, limit: number): number {
    if (start >= limit) return INCOMPLETE;
    if (view.getUint8(start) !== QUOTE) throw new NotJsonError(start, 'expected a quoted key');
    let i = scanString(view, start + 1, limit);
    if (i === INCOMPLETE) return INCOMPLETE;
    keyEnd = i;
    i = skipWhitespace(view, i, limit);
    if (i >= limit) return INCOMPLETE;
    if (view.getUint8(i) !== COLON) throw new NotJsonError(i, 'expected ":"');
    return i;
  }

  /** Returns the member that the key names, if it is one of `members`. A key may have escapes: `"\u0069d"` is `id`. */
  function memberAt(view: DataView, key: number): Member | undefined {
    const member = hasEscape ? memberEscaped(view, key) : memberUnescaped(view, key);
    if (member) member.count++;
    return member;
  }

  function memberUnescaped(view: DataView, key: number): Member | undefined {
    switch (keyEnd - key) {
      case '"id"'.length:
        return view.getInt32(key, true) === ID ? members.id : undefined;
      case '"end"'.length:
        return matches(view, key, keyEnd, END) ? members.end : undefined;
      case '"name"'.length:
        return matches(view, key, keyEnd, NAME) ? members.name : undefined;
      case '"begin"'.length:
        return matches(view, key, keyEnd, BEGIN) ? members.begin : undefined;
      default:
        return undefined;
    }
  }

  function memberEscaped(view: DataView, key: number): Member | undefined {
    const bytes = Buffer.from(view.buffer, view.byteOffset + key, keyEnd - key);
    const text: unknown = JSON.parse(bytes.toString('latin1'));
    const name = MEMBER_NAMES.find((each) => each === text);
    return name && members[name];
  }

  /** Returns the offset after the closing quote. @param start after the opening quote */
  function scanString(view: DataView, start: number, limit: number): number {
    hasEscape = false;
    const i = skipUnescaped(view, start, limit);
    return i < limit && view.getUint8(i) === QUOTE ? i + 1 : scanRest(view, i, limit);
  }

  /** Scans the rest of a string, from a quote, a byte beyond ASCII, an escape or a control character. */
  function scanRest(view: DataView, start: number, limit: number): number {
    for (let i = start; i < limit; i = skipUnescaped(view, i + 1, limit)) {
      const byte = view.getUint8(i);
      if (byte === QUOTE) return i + 1;
      if (byte >= 0x80) isAscii = false;
      else if (byte === BACKSLASH) {
        hasEscape = true;
        i = scanEscape(view, i + 1, limit);
        if (i === INCOMPLETE) return INCOMPLETE;
      } else throw new NotJsonError(i, 'unescaped control character in a string');
    }
    return INCOMPLETE;
  }

  return { scan, members, isAscii: () => isAscii };
}

function newMember(): Member {
  return { count: 0, start: 0, end: 0, hasEscape: false };
}

function grown(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(2 * bytes.length);
  larger.set(bytes);
  return larger;
}

/** Returns whether the bytes are the name, of 5 to 8 bytes, by its first and its last four. */
function matches(view: DataView, start: number, end: number, name: { readonly first: number; readonly last: number }) {
  return view.getInt32(start, true) === name.first && view.getInt32(end - 4, true) === name.last;
}

/** Returns the offset of the first byte that is not JSON white space, at most `limit`. */
export function skipWhitespace(view: DataView, start: number, limit: number): number {
  return start < limit && view.getUint8(start) <= 0x20 ? skipBlanks(view, start, limit) : start;
}

function skipBlanks(view: DataView, start: number, limit: number): number {
  let i = start;
  while (i < limit && isBlank(view.getUint8(i))) i++;
  return i;
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Returns the offset of the escape's last byte. @param start after the backslash */
function scanEscape(view: DataView, start: number, limit: number): number {
  if (start >= limit) return INCOMPLETE;
  const byte = view.getUint8(start);
  if (SIMPLE_ESCAPES.has(byte)) return start;
  if (byte !== 0x75) throw new NotJsonError(start, 'invalid escape sequence');
  for (let i = start + 1; i <= start + 4; i++) {
    if (i >= limit) return INCOMPLETE;
    const digit = view.getUint8(i) | 0x20;
    if (!isDigit(view.getUint8(i)) && !(digit >= 0x61 && digit <= 0x66))
      throw new NotJsonError(i, 'expected a hexadecimal digit');
  }
  return start + 4;
}

function scanNumber(view: DataView, start: number, limit: number): number {
  let i = start;
  if (view.getUint8(i) === 0x2d) i++;
  if (i < limit && view.getUint8(i) === 0x30) i++;
  else i = scanDigits(view, i, limit);
  if (i !== INCOMPLETE && i < limit && view.getUint8(i) === 0x2e) i = scanDigits(view, i + 1, limit);
  if (i !== INCOMPLETE && i < limit && (view.getUint8(i) | 0x20) === 0x65) {
    i++;
    if (i < limit && (view.getUint8(i) === 0x2b || view.getUint8(i) === 0x2d)) i++;
    i = scanDigits(view, i, limit);
  }
  // A number that ends at the limit may continue after it.
  return i < limit ? i : INCOMPLETE;
}

/** Scans one digit or more. */
function scanDigits(view: DataView, start: number, limit: number): number {
  let i = start;
  while (i < limit && isDigit(view.getUint8(i))) i++;
  if (i >= limit) return INCOMPLETE;
  if (i === start) throw new NotJsonError(i, 'expected a digit');
  return i;
}

function scanLiteral(view: DataView, start: number, limit: number): number {
  const word = LITERALS.get(view.getUint8(start));
  if (!word) throw new NotJsonError(start, 'expected a value');
  for (const [offset, byte] of word.entries()) {
    if (start + offset >= limit) return INCOMPLETE;
    if (view.getUint8(start + offset) !== byte) throw new NotJsonError(start + offset, `expected ${word.toString()}`);
  }
  return start + word.length;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
