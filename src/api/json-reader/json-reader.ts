import { isUtf8 } from 'node:buffer';

import { InvalidDataError, NotJsonError } from '../../domain/errors.ts';
import { quote } from '../../util/text.ts';
import { BEFORE_ID, AFTER_ID, matchCanonical } from './canonical.ts';
import type { IdIndex } from './id-index.ts';
import { classifyRecord, kindOf, repeatedMember, textOf } from './record.ts';
import { createScanner, INCOMPLETE, skipWhitespace } from './scanner.ts';
import { describeMarkup, startOfText } from './start-of-text.ts';

/** One element of an array. Its bytes are the reader's own memory, valid until the callback returns. */
export interface JsonElement {
  /** Index in its array, from 0. */
  readonly position: number;
  readonly bytes: Uint8Array;
  /** Whether it is spelt exactly as the API spells an outage, and so is valid. */
  readonly isCanonical: boolean;
  /** The first of `id`, `begin`, `end` and `name` that is a duplicate key of it. */
  readonly repeated: string | undefined;
}

/** How to read one array. */
export interface ArrayReading {
  /** Maximum size of an element, in bytes. */
  readonly limit: number;
  /** The ids whose records are emitted; undefined: all. A record whose id cannot be read is always emitted. */
  readonly wanted?: IdIndex | undefined;
  element(element: JsonElement): void;
}

/** Where the arrays are: the document is one array, or an object with arrays and other members among its members. */
export type JsonShape =
  | { readonly array: ArrayReading }
  | {
      readonly arrays: ReadonlyMap<string, ArrayReading>;
      /** Called with the JSON of the member of that name, at most once. Other members are only validated. */
      readonly members: ReadonlyMap<string, (json: Uint8Array) => void>;
    };

export interface JsonReader {
  /** Reads the next bytes, cut anywhere. @throws {NotJsonError} {@link InvalidDataError} */
  push(chunk: Uint8Array): void;
  /** @throws {NotJsonError} if the document is incomplete */
  end(): void;
  /** Returns the number of elements read so far, skipped ones included. */
  count(): number;
  /** Returns the number of skipped elements that are not valid outages. */
  invalidSkipped(): number;
}

/** Limit of a member that is not an array, and of a document of the wrong type. */
const MAX_VALUE_BYTES = 1024 * 1024;
const MAX_PUSH_BYTES = 256 * 1024;

/** Stand-ins for the part of a shape that the other kind of shape lacks. */
const NO_OBJECT = { arrays: new Map<string, ArrayReading>(), members: new Map<string, () => void>() };
const NO_ARRAY: ArrayReading = { limit: 0, element: () => undefined };

const COMMA = 0x2c;
const COLON = 0x3a;
const LESS_THAN = 0x3c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** The token that is expected next. */
type State = 'root' | 'first element' | 'element' | 'element or end' | 'first key' | 'key' | 'key or end' | 'end';

/**
 * Creates a reader of a JSON document of any size, in constant memory. It validates every byte strictly (RFC 8259, UTF-8),
 * skipped elements included, but decodes nothing. A byte order mark is skipped.
 */
export function createJsonReader(shape: JsonShape): JsonReader {
  const scanner = createScanner();
  // Bytes that have arrived and are not yet read, from the start of an element; `base` is their offset in the document.
  let window = new Uint8Array(0);
  let view = new DataView(window.buffer);
  let length = 0;
  let base = 0;
  // An incomplete element is tried again only once there is twice as much of it, so that a slow sender costs no more CPU.
  let tryAt = 3;
  let state: State = 'root';
  const isList = 'array' in shape;
  const { arrays, members } = isList ? NO_OBJECT : shape;
  // The array that is being read, or will be next.
  let array = isList ? shape.array : NO_ARRAY;
  const seen = new Set<string>();
  let position = 0;
  let count = 0;
  let invalidSkipped = 0;
  // Thrown at the end, because only the end shows whether the document is JSON at all (which is worth a retry).
  let invalid: InvalidDataError | undefined;

  const nameOfRecord = (): string => `record ${position}`;

  function push(chunk: Uint8Array): void {
    for (let start = 0; start < chunk.length; start += MAX_PUSH_BYTES) {
      const part = chunk.subarray(start, start + MAX_PUSH_BYTES);
      if (length + part.length > window.length) grow(length + part.length);
      window.set(part, length);
      length += part.length;
      if (length >= tryAt) readOn();
    }
  }

  function end(): void {
    // White space ends a number, and reads what waits for more bytes.
    tryAt = 0;
    push(Uint8Array.of(0x20));
    if (state !== 'end') throw new NotJsonError(base + length - 1, 'unexpected end of data');
    if (invalid) throw invalid;
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
      if (base === 0 && state === 'root') i = startOfText(window.subarray(0, length));
      for (;;) {
        i = skipWhitespace(view, i, length);
        if (i >= length) break;
        const next = readNext(i);
        if (next === INCOMPLETE) break;
        i = next;
      }
    } catch (error) {
      throw error instanceof NotJsonError ? new NotJsonError(base + error.offset, error.problem) : error;
    }
    tryAt = 2 * (length - i);
    window.copyWithin(0, i, length);
    length -= i;
    base += i;
  }

  /** Reads one token, one element or one member. */
  function readNext(i: number): number {
    const byte = view.getUint8(i);
    switch (state) {
      case 'element or end':
        if (byte === COMMA) return transition('element', i + 1);
        if (byte === CLOSE_BRACKET) return endArray(i + 1);
        throw new NotJsonError(i, 'expected "," or "]"');
      case 'root':
        if (byte === OPEN_BRACKET && isList) return transition('first element', i + 1);
        if (byte === OPEN_BRACE && !isList) return transition('first key', i + 1);
        return rejectRoot(i);
      case 'key or end':
        if (byte === COMMA) return transition('key', i + 1);
        if (byte === CLOSE_BRACE) return transition('end', i + 1);
        throw new NotJsonError(i, 'expected "," or "}"');
      case 'first key':
        if (byte === CLOSE_BRACE) return transition('end', i + 1);
        return readMember(i);
      case 'key':
        return readMember(i);
      case 'first element':
      case 'element':
        return readElement(i);
      case 'end':
        throw new NotJsonError(i, 'unexpected data after the JSON value');
    }
  }

  function transition(next: State, i: number): number {
    state = next;
    return i;
  }

  function endArray(i: number): number {
    position = 0;
    return transition(isList ? 'end' : 'key or end', i);
  }

  function readElement(i: number): number {
    if (state === 'first element' && view.getUint8(i) === CLOSE_BRACKET) return endArray(i + 1);
    const canonicalEnd = readCanonical(i);
    if (canonicalEnd !== 0) return transition('element or end', canonicalEnd);
    const end = scanValue(i, array.limit, nameOfRecord);
    if (end === INCOMPLETE) return INCOMPLETE;
    acceptElement(array, i, end);
    position++;
    count++;
    return transition('element or end', end);
  }

  /** Returns the offset after the run of canonical records that starts at `i`, with only a comma between them; 0 for none. */
  function readCanonical(i: number): number {
    const { limit, wanted } = array;
    const [bytes, stop] = [view, length];
    let end = 0;
    for (let start = i; ; start = end + 1) {
      const next = matchCanonical(bytes, start, Math.min(stop, start + limit));
      if (next === 0) break;
      end = next;
      if (!wanted || wanted.hasBytes(bytes, start + BEFORE_ID, end - AFTER_ID)) emit(array, start, end, true);
      position++;
      count++;
      if (end >= stop || bytes.getUint8(end) !== COMMA) break;
    }
    return end;
  }

  function acceptElement(reading: ArrayReading, start: number, end: number): void {
    const { members: found } = scanner;
    const isObject = view.getUint8(start) === OPEN_BRACE;
    const kind = isObject ? classifyRecord(view, found, reading.wanted) : 'wanted';
    if (kind === 'invalid') invalidSkipped++;
    if (kind === 'wanted') emit(reading, start, end, false, isObject ? repeatedMember(found) : undefined);
  }

  function emit(reading: ArrayReading, start: number, end: number, isCanonical: boolean, repeated?: string): void {
    reading.element({ position, bytes: window.subarray(start, end), isCanonical, repeated });
  }

  /** Returns the offset after a valid value, or INCOMPLETE. */
  function scanValue(i: number, limit: number, name: () => string): number {
    const end = scanner.scan(view, i, Math.min(length, i + limit));
    if (end === INCOMPLETE) {
      if (length - i > limit) throw new InvalidDataError(`${name()}: larger than ${limit} bytes`);
      return INCOMPLETE;
    }
    if (!scanner.isAscii() && !isUtf8(window.subarray(i, end))) throw new NotJsonError(i, `invalid UTF-8 in ${name()}`);
    return end;
  }

  /** Reads a key of the root object, its colon, and its value: to its end, or to the first element of an array. */
  function readMember(i: number): number {
    if (view.getUint8(i) !== 0x22) throw new NotJsonError(i, 'expected a quoted key');
    const keyEnd = scanValue(i, MAX_VALUE_BYTES, () => 'a key');
    if (keyEnd === INCOMPLETE) return INCOMPLETE;
    const colon = skipWhitespace(view, keyEnd, length);
    if (colon >= length) return INCOMPLETE;
    if (view.getUint8(colon) !== COLON) throw new NotJsonError(colon, 'expected ":"');
    const start = skipWhitespace(view, colon + 1, length);
    if (start >= length) return INCOMPLETE;
    const key = textOf(view, { start: i, end: keyEnd });
    const reading = arrays.get(key);
    const handle = members.get(key);
    const isRepeated = seen.has(key);
    if (isRepeated) invalid ??= new InvalidDataError(`duplicate key "${key}"`);

    const byte = view.getUint8(start);
    if (reading && byte === OPEN_BRACKET) {
      array = reading;
      seen.add(key);
      return transition('first element', start + 1);
    }
    const end = scanValue(start, MAX_VALUE_BYTES, () => quote(key));
    if (end === INCOMPLETE) return INCOMPLETE;
    // Only the keys of the shape are remembered: a document may have millions of others.
    if (reading ?? handle) seen.add(key);
    if (reading) invalid ??= new InvalidDataError(`${key}: expected an array, received ${kindOf(byte)}`);
    else if (!isRepeated) handle?.(window.subarray(start, end));
    return transition('key or end', end);
  }

  function rejectRoot(i: number): number {
    const byte = view.getUint8(i);
    if (byte === LESS_THAN) throw new NotJsonError(i, describeMarkup(window.subarray(i, length)));
    const end = scanValue(i, MAX_VALUE_BYTES, () => 'the document');
    if (end === INCOMPLETE) return INCOMPLETE;
    invalid = new InvalidDataError(`expected ${isList ? 'an array' : 'an object'}, received ${kindOf(byte)}`);
    return transition('end', end);
  }

  return { push, end, count: () => count, invalidSkipped: () => invalidSkipped };
}
