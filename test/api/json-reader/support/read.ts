import { createIdIndex } from '../../../../src/api/json-reader/id-index.ts';
import { createJsonReader, type JsonElement } from '../../../../src/api/json-reader/json-reader.ts';
import { InvalidDataError, NotJsonError } from '../../../../src/domain/errors.ts';

export interface ReadResult {
  readonly emitted: readonly {
    readonly position: number;
    readonly text: string;
    readonly isCanonical: boolean;
    readonly repeated: string | undefined;
  }[];
  readonly count: number;
  readonly invalidSkipped: number;
}

/** Reads a body; returns 'not JSON' or 'invalid' if the reader rejects it. */
export function read(
  bytes: Uint8Array,
  cuts: readonly number[],
  wanted: readonly string[] | undefined,
  limit = 1024 * 1024,
): ReadResult | string {
  const emitted: ReadResult['emitted'][number][] = [];
  const collect = ({ bytes: record, ...element }: JsonElement): void => {
    emitted.push({ ...element, text: Buffer.from(record).toString() });
  };
  const reader = createJsonReader({ array: { limit, wanted: wanted && createIdIndex(wanted), element: collect } });
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  try {
    for (const [index, place] of places.entries()) reader.push(bytes.subarray(place, places[index + 1] ?? place));
    reader.end();
  } catch (error) {
    if (error instanceof NotJsonError) return 'not JSON';
    if (error instanceof InvalidDataError) return 'invalid';
    throw error;
  }
  return { emitted, count: reader.count(), invalidSkipped: reader.invalidSkipped() };
}

/** Returns whether `JSON.parse` accepts it, after a byte order mark. */
export function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return true;
  } catch {
    return false;
  }
}
