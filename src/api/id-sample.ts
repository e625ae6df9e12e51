import { createJsonReader, type JsonShape } from './json-reader/json-reader.ts';
import { decodeOutage, MAX_OUTAGE_BYTES } from './response-schemas.ts';

const MAX_SAMPLE_BYTES = 4 * 1024 * 1024;

/**
 * The start of a response, kept for a second look: if no outage belongs to the requested sites, the ids in it may tell why.
 * Copying bytes costs the first look nothing; collecting ids from it would.
 */
export interface IdSample {
  add(chunk: Uint8Array): void;
  /** Returns the ids of the outages. */
  ids(): Iterable<string>;
}

/** @param member the key of the array of outages; undefined if the document is the array */
export function createIdSample(member?: string): IdSample {
  const chunks: Uint8Array[] = [];
  let length = 0;
  return {
    add(chunk) {
      if (length >= MAX_SAMPLE_BYTES) return;
      chunks.push(new Uint8Array(chunk.subarray(0, MAX_SAMPLE_BYTES - length)));
      length += chunk.length;
    },
    ids() {
      const ids = new Set<string>();
      const reading: JsonShape = shapeOf(member, (id) => ids.add(id));
      const reader = createJsonReader(reading);
      // Not ended: the last record may be cut.
      for (const chunk of chunks) reader.push(chunk);
      return ids;
    },
  };
}

function shapeOf(member: string | undefined, add: (id: string) => void): JsonShape {
  const array = {
    limit: MAX_OUTAGE_BYTES,
    element(element: Parameters<typeof decodeOutage>[0]) {
      const decoded = decodeOutage(element);
      const id = 'outage' in decoded ? decoded.outage.id : decoded.id;
      if (id !== undefined) add(id);
    },
  };
  return member === undefined ? { array } : { arrays: new Map([[member, array]]), members: new Map() };
}
