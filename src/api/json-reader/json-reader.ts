import { isUtf8 } from 'node:buffer';

import { InvalidDataError, NotJsonError } from '../../domain/errors.ts';
import { BEFORE_ID, BEHIND_ID, matchCanonical } from './canonical.ts';
import type { IdIndex } from './id-index.ts';
import { kindOf, repeatedMember, classifyRecord, textOf } from './record.ts';
import { createScanner, INCOMPLETE, skipWhitespace } from './scanner.ts';

/** One element of an array that is read, for as long as the call lasts: the bytes are the reader's own. */
export interface FoundElement {
  /** From 0, in its array. */
  readonly position: number;
  readonly bytes: Uint8Array;
  /** Whether it is spelt exactly as the API spells an outage, and so fits the schema. */
  readonly isCanonical: boolean;
  /** Which of `id`, `begin`, `end` and `name` stands in it more than once, so that nobody can say which one counts. */
  readonly repeated: string | undefined;
}

/** How one array is read. */
export interface ArrayReading {
  /** Of one element, in bytes. */
  readonly limit: number;
  /** The ids whose records are handed out; undefined: all are. Records whose id cannot be read are handed out always. */
  readonly wanted?: IdIndex | undefined;
  element(found: FoundElement): void;
}

/** Where the arrays are: the whole body is one, or all are members of one object, whose other members are handed out. */
export type JsonShape =
  | { readonly array: ArrayReading }
  | {
      readonly arrays: ReadonlyMap<string, ArrayReading>;
      readonly member: (name: string, bytes: Uint8Array) => void;
    };

export interface JsonReader {
  /** Takes the next bytes, cut anywhere. @throws {NotJsonError} {@link InvalidDataError} */
  push(chunk: Uint8Array): void;
  /** @throws {NotJsonError} where the body is not whole */
  end(): void;
  /** Elements met so far, those that nobody wants included. */
  count(): number;
  /** Elements that nobody wants and that do not fit the schema. */
  invalidSkipped(): number;
}

/** Of a member that is no array, and of a body that is not what it should be. */
const VALUE_LIMIT = 1024 * 1024;
const PIECE = 256 * 1024;

/** Of a body that is an array, and of one that is an object, before its first array. */
const NO_OBJECT = { arrays: new Map<string, ArrayReading>(), member: () => undefined };
const NO_ARRAY: ArrayReading = { limit: 0, element: () => undefined };

const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** What is expected next. */
type State = 'root' | 'first element' | 'element' | 'element or end' | 'first key' | 'key' | 'key or end' | 'nothing';

/**
 * Reads a body of any size in constant memory: strict JSON (RFC 8259) and UTF-8 on every byte, however it is cut into
 * chunks, the elements that nobody wants included. Those are never decoded, only checked.
 */
export function createJsonReader(shape: JsonShape): JsonReader {
  const scanner = createScanner();
  // What has arrived and is not yet read: from an element's start on. `base` is its place in the body.
  let window = new Uint8Array(0);
  let view = new DataView(window.buffer);
  let length = 0;
  let base = 0;
  // An element that was not whole is tried again only when there is twice as much of it, so that a drip costs no more.
  let tryAt = 0;
  let state: State = 'root';
  const isList = 'array' in shape;
  const { arrays, member } = isList ? NO_OBJECT : shape;
  // The one that is being read, or will be.
  let array = isList ? shape.array : NO_ARRAY;
  const seen = new Set<string>();
  let position = 0;
  let count = 0;
  let misfits = 0;
  // JSON of another shape does not fit, but only the end shows whether it is JSON.
  let misfit: InvalidDataError | undefined;

  const nameOfRecord = (): string => `record ${position}`;

  function push(chunk: Uint8Array): void {
    for (let start = 0; start < chunk.length; start += PIECE) {
      const piece = chunk.subarray(start, start + PIECE);
      if (length + piece.length > window.length) grow(length + piece.length);
      window.set(piece, length);
      length += piece.length;
      if (length >= tryAt) readOn();
    }
  }

  function end(): void {
    // White space ends a number, and is the chance of what waits for more bytes.
    tryAt = 0;
    push(Uint8Array.of(0x20));
    if (state !== 'nothing') throw new NotJsonError(base + length - 1, 'more: the body ends too early');
    if (misfit) throw misfit;
    const missing = [...arrays.keys()].find((name) => !seen.has(name));
    if (missing !== undefined) throw new InvalidDataError(`${missing}: expected an array, received nothing`);
  }

  function grow(needed: number): void {
    const larger = new Uint8Array(2 * needed);
    larger.set(window.subarray(0, length));
    window = larger;
    view = new DataView(window.buffer);
  }

  function readOn(): void {
    let i = 0;
    try {
      for (;;) {
        i = skipWhitespace(view, i, length);
        if (i >= length) break;
        const next = readNext(i);
        if (next === INCOMPLETE) break;
        i = next;
      }
    } catch (error) {
      throw error instanceof NotJsonError ? new NotJsonError(base + error.offset, error.expected) : error;
    }
    tryAt = 2 * (length - i);
    window.copyWithin(0, i, length);
    length -= i;
    base += i;
  }

  /** One token, one element or one member. */
  function readNext(i: number): number {
    const byte = view.getUint8(i);
    switch (state) {
      case 'element or end':
        if (byte === COMMA) return to('element', i + 1);
        if (byte === CLOSE_BRACKET) return endArray(i + 1);
        throw new NotJsonError(i, '"," or "]"');
      case 'root':
        if (byte === OPEN_BRACKET && isList) return to('first element', i + 1);
        if (byte === OPEN_BRACE && !isList) return to('first key', i + 1);
        return refuseRoot(i);
      case 'key or end':
        if (byte === COMMA) return to('key', i + 1);
        if (byte === CLOSE_BRACE) return to('nothing', i + 1);
        throw new NotJsonError(i, '"," or "}"');
      case 'first key':
        if (byte === CLOSE_BRACE) return to('nothing', i + 1);
        return readMember(i);
      case 'key':
        return readMember(i);
      case 'first element':
      case 'element':
        return readElement(i);
      case 'nothing':
        throw new NotJsonError(i, 'nothing more');
    }
  }

  function to(next: State, i: number): number {
    state = next;
    return i;
  }

  function endArray(i: number): number {
    position = 0;
    return to(isList ? 'nothing' : 'key or end', i);
  }

  function readElement(i: number): number {
    if (state === 'first element' && view.getUint8(i) === CLOSE_BRACKET) return endArray(i + 1);
    const behind = readCanonical(i);
    if (behind !== 0) return to('element or end', behind);
    const end = scanValue(i, array.limit, nameOfRecord);
    if (end === INCOMPLETE) return INCOMPLETE;
    meet(array, i, end);
    position++;
    count++;
    return to('element or end', end);
  }

  /** The offset after the canonical records that follow each other from `i` on, with but a comma between them; 0 for none. */
  function readCanonical(i: number): number {
    const { limit, wanted } = array;
    const [bytes, stop] = [view, length];
    let end = 0;
    for (let start = i; ; start = end + 1) {
      const next = matchCanonical(bytes, start, Math.min(stop, start + limit));
      if (next === 0) break;
      end = next;
      if (!wanted || wanted.hasBytes(bytes, start + BEFORE_ID, end - BEHIND_ID)) handOut(array, start, end, true);
      position++;
      count++;
      if (end >= stop || bytes.getUint8(end) !== COMMA) break;
    }
    return end;
  }

  /** An element that was read in the general way. */
  function meet(reading: ArrayReading, start: number, end: number): void {
    const { members } = scanner;
    const isObject = view.getUint8(start) === OPEN_BRACE;
    const kind = isObject ? classifyRecord(view, members, reading.wanted) : 'wanted';
    if (kind === 'misfit') misfits++;
    if (kind === 'wanted') handOut(reading, start, end, false, isObject ? repeatedMember(members) : undefined);
  }

  function handOut(reading: ArrayReading, start: number, end: number, isCanonical: boolean, repeated?: string): void {
    reading.element({ position, bytes: window.subarray(start, end), isCanonical, repeated });
  }

  /** The offset after a value that is checked in every byte, or INCOMPLETE. */
  function scanValue(i: number, limit: number, name: () => string): number {
    const end = scanner.scan(view, i, Math.min(length, i + limit));
    if (end === INCOMPLETE) {
      if (length - i > limit) throw new InvalidDataError(`${name()}: larger than ${limit} bytes`);
      return INCOMPLETE;
    }
    if (!scanner.isAscii() && !isUtf8(window.subarray(i, end))) throw new NotJsonError(i, `UTF-8 in ${name()}`);
    return end;
  }

  /** A key of the object at the root, its colon, and its value up to the end, or up to the start of its first element. */
  function readMember(i: number): number {
    if (view.getUint8(i) !== 0x22) throw new NotJsonError(i, 'a key in quotes');
    const keyEnd = scanValue(i, VALUE_LIMIT, () => 'a key');
    if (keyEnd === INCOMPLETE) return INCOMPLETE;
    const colon = skipWhitespace(view, keyEnd, length);
    if (colon >= length) return INCOMPLETE;
    if (view.getUint8(colon) !== COLON) throw new NotJsonError(colon, '":"');
    const start = skipWhitespace(view, colon + 1, length);
    if (start >= length) return INCOMPLETE;
    const key = textOf(view, { start: i, end: keyEnd });
    const isRepeated = seen.has(key);
    if (isRepeated) misfit ??= new InvalidDataError(`"${key}" stands there twice`);

    const byte = view.getUint8(start);
    const reading = arrays.get(key);
    if (reading && byte === OPEN_BRACKET) {
      array = reading;
      seen.add(key);
      return to('first element', start + 1);
    }
    const end = scanValue(start, VALUE_LIMIT, () => `"${key}"`);
    if (end === INCOMPLETE) return INCOMPLETE;
    seen.add(key);
    if (reading) misfit ??= new InvalidDataError(`${key}: expected an array, received ${kindOf(byte)}`);
    else if (!isRepeated) member(key, window.subarray(start, end));
    return to('key or end', end);
  }

  function refuseRoot(i: number): number {
    const end = scanValue(i, VALUE_LIMIT, () => 'the body');
    if (end === INCOMPLETE) return INCOMPLETE;
    misfit = new InvalidDataError(
      `expected ${isList ? 'an array' : 'an object'}, received ${kindOf(view.getUint8(i))}`,
    );
    return to('nothing', end);
  }

  return { push, end, count: () => count, invalidSkipped: () => misfits };
}
