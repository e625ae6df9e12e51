import { Buffer } from 'node:buffer';

/** A set of ids that can be asked with the bytes of an id, so that the ids nobody wants are never made strings. */
export interface IdIndex {
  /** Whether the UTF-8 bytes from `start` to `end` are one of the ids. */
  hasBytes(view: DataView, start: number, end: number): boolean;
  has(id: string): boolean;
}

/** Bits of the filter for each id: one stranger in so many passes it. */
const FILTER_BITS = 32;

/**
 * A hash table with open addressing over the ids' bytes, at most a quarter full, behind a filter of bits by a few of an id's
 * bytes: most strangers are known at a glance.
 */
export function createIdIndex(ids: Iterable<string>): IdIndex {
  const set = new Set(ids);
  // All ids in one piece of memory, as there may be a hundred thousand, apart so that halves of a character do not join.
  const bytes = Buffer.from([...set].join('\n'));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const starts = createTable(set.size + 1);
  let size = 16;
  while (size < 4 * set.size) size *= 2;
  const slots = createTable(size); // 1 + which id; 0 is free
  const words = (size * FILTER_BITS) / 4 / 32;
  const filter = createTable(words);
  let which = 0;
  for (const id of set) {
    const start = starts.get(which);
    const end = start + Buffer.byteLength(id);
    starts.set(++which, end + 1);
    let slot = hash(view, start, end) & (size - 1);
    while (slots.get(slot) !== 0) slot = (slot + 1) & (size - 1);
    slots.set(slot, which);
    const seen = glance(view, start, end);
    const word = (seen >>> 5) & (words - 1);
    filter.set(word, filter.get(word) | (1 << (seen & 31)));
  }

  return {
    has: (id) => set.has(id),
    hasBytes(other, start, end) {
      const seen = glance(other, start, end);
      if (((filter.get((seen >>> 5) & (words - 1)) >>> (seen & 31)) & 1) === 0) return false;
      let slot = hash(other, start, end) & (size - 1);
      for (;;) {
        const found = slots.get(slot);
        if (found === 0) return false;
        if (equals(view, starts.get(found - 1), starts.get(found) - 1, other, start, end)) return true;
        slot = (slot + 1) & (size - 1);
      }
    },
  };
}

/** Whole numbers of 32 bits by their index, all 0 at first. */
function createTable(length: number): { get(index: number): number; set(index: number, value: number): void } {
  const view = new DataView(new ArrayBuffer(4 * length));
  return {
    get: (index) => view.getInt32(4 * index, true),
    set(index, value) {
      view.setInt32(4 * index, value, true);
    },
  };
}

function equals(a: DataView, aStart: number, aEnd: number, b: DataView, bStart: number, bEnd: number): boolean {
  if (aEnd - aStart !== bEnd - bStart) return false;
  for (let i = 0; i < aEnd - aStart; i++) {
    if (a.getUint8(aStart + i) !== b.getUint8(bStart + i)) return false;
  }
  return true;
}

/** Of a few bytes: where ids are random, as UUIDs are, or numbered, at their ends, those tell most of them apart. */
function glance(view: DataView, start: number, end: number): number {
  if (end - start < 8) return hash(view, start, end);
  const head = Math.imul(view.getInt32(start, true), 0x01000193) ^ view.getInt32(start + 4, true);
  const value = Math.imul(head, 0x01000193) ^ view.getInt32(end - 4, true);
  return Math.imul(value ^ (value >>> 15), 0x2c1b3c6d) >>> 7;
}

/** FNV-1a over four bytes at a time, then over the rest, with the high bits folded down. */
function hash(view: DataView, start: number, end: number): number {
  let value = 0x811c9dc5;
  let i = start;
  for (; i + 4 <= end; i += 4) value = Math.imul(value ^ view.getInt32(i, true), 0x01000193);
  for (; i < end; i++) value = Math.imul(value ^ view.getUint8(i), 0x01000193);
  return value ^ (value >>> 15);
}
