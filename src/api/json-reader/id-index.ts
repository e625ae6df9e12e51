import { Buffer } from 'node:buffer';

/** A set of ids that can be looked up by their bytes, so that the ids of other sites' devices never become strings. */
export interface IdIndex {
  /** Returns whether the UTF-8 bytes from `start` to `end` are one of the ids. */
  hasBytes(view: DataView, start: number, end: number): boolean;
  has(id: string): boolean;
}

/** A `Set` of ids, or a `Map` by id. */
export type IdSet = Pick<ReadonlySet<string>, 'has' | 'keys' | 'size'>;

/** Bloom-filter bits per id (at most 1 in 64 false positives). */
const FILTER_BITS_PER_ID = 32;

/**
 * Creates an index of the ids: the set itself, whose hash is seeded by the platform, behind a Bloom filter. The filter is a
 * table of 32-bit words; the hash of an id selects a word and two bits of it.
 *
 * For example, "dev-0001" selects bits 22 and 26 of word 6, which are set when the index is made. The bytes of "dev-0107"
 * select bits 4 and 26 of word 6: bit 4 is not set, so it is not an id, and no string was made. "dev-5267" selects bits 22 and
 * 26 of word 6: it may be an id, so it becomes a string and the set decides. Ids made to collide cost that string, no more.
 */
export function createIdIndex(idsOrList: IdSet | readonly string[]): IdIndex {
  const ids = 'has' in idsOrList ? idsOrList : new Set(idsOrList);
  let words = 16;
  while (32 * words < FILTER_BITS_PER_ID * ids.size) words *= 2;
  const filter = new DataView(new ArrayBuffer(4 * words));
  for (const id of ids.keys()) {
    const bytes = Buffer.from(id);
    const hash = filterHash(new DataView(bytes.buffer, bytes.byteOffset), 0, bytes.length);
    const offset = wordOffset(hash);
    filter.setInt32(offset, filter.getInt32(offset, true) | bitsOf(hash), true);
  }

  function wordOffset(hash: number): number {
    return 4 * ((hash >>> 10) & (words - 1));
  }

  // The reader's memory, as a Buffer: it seldom changes, and making a Buffer takes longer than a lookup.
  let memory: Buffer = Buffer.alloc(0);

  return {
    has: (id) => ids.has(id),
    hasBytes(view, start, end) {
      const hash = filterHash(view, start, end);
      const bits = bitsOf(hash);
      if ((filter.getInt32(wordOffset(hash), true) & bits) !== bits) return false;
      if (memory.buffer !== view.buffer) memory = Buffer.from(view.buffer);
      return ids.has(memory.toString('utf8', view.byteOffset + start, view.byteOffset + end));
    },
  };
}

function bitsOf(hash: number): number {
  return (1 << (hash & 31)) | (1 << ((hash >>> 5) & 31));
}

/** Hashes the first 8 and the last 4 bytes of an id, which differ between UUIDs and between numbered ids. */
function filterHash(view: DataView, start: number, end: number): number {
  if (end - start < 8) return hashBytes(view, start, end);
  const head = Math.imul(view.getInt32(start, true), 0x01000193) ^ view.getInt32(start + 4, true);
  const value = Math.imul(head, 0x01000193) ^ view.getInt32(end - 4, true);
  const mixed = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return mixed ^ (mixed >>> 13);
}

/** FNV-1a, with the high bits folded down. */
function hashBytes(view: DataView, start: number, end: number): number {
  let value = 0x811c9dc5;
  for (let i = start; i < end; i++) value = Math.imul(value ^ view.getUint8(i), 0x01000193);
  return value ^ (value >>> 15);
}
