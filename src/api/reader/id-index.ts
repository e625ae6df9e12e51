import { Buffer } from 'node:buffer';

/** A set of ids that can be asked with the bytes of an id, so that the ids nobody wants are never made strings. */
export interface IdIndex {
  /** Whether the UTF-8 bytes from `start` to `end` are one of the ids. */
  hasBytes(view: DataView, start: number, end: number): boolean;
  has(id: string): boolean;
}

/** A hash table with open addressing over the ids' bytes, at most a quarter full: most strangers fail at the first look. */
export function createIdIndex(ids: Iterable<string>): IdIndex {
  const set = new Set(ids);
  const all = [...set].map((id) => Buffer.from(id));
  let size = 16;
  while (size < 4 * all.length) size *= 2;
  const slots = new Int32Array(size); // 1 + which id; 0 is free
  for (const [which, bytes] of all.entries()) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let slot = hash(view, 0, bytes.length) & (size - 1);
    while (slots[slot] !== 0) slot = (slot + 1) & (size - 1);
    slots[slot] = which + 1;
  }

  return {
    has: (id) => set.has(id),
    hasBytes(view, start, end) {
      let slot = hash(view, start, end) & (size - 1);
      for (;;) {
        const which = slots[slot] ?? 0;
        if (which === 0) return false;
        if (equals(all[which - 1], view, start, end)) return true;
        slot = (slot + 1) & (size - 1);
      }
    },
  };
}

function equals(id: Buffer | undefined, view: DataView, start: number, end: number): boolean {
  if (id?.length !== end - start) return false;
  for (let i = 0; i < id.length; i++) {
    if (id[i] !== view.getUint8(start + i)) return false;
  }
  return true;
}

/** FNV-1a over four bytes at a time, then over the rest, with the high bits folded down. */
function hash(view: DataView, start: number, end: number): number {
  let value = 0x811c9dc5;
  let i = start;
  for (; i + 4 <= end; i += 4) value = Math.imul(value ^ view.getInt32(i, true), 0x01000193);
  for (; i < end; i++) value = Math.imul(value ^ view.getUint8(i), 0x01000193);
  return value ^ (value >>> 15);
}
