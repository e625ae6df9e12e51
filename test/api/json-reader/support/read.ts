import { createIdIndex } from '../../../../src/api/json-reader/id-index.ts';
import { createJsonReader, type FoundElement } from '../../../../src/api/json-reader/json-reader.ts';
import { InvalidDataError, NotJsonError } from '../../../../src/domain/errors.ts';

export interface Seen {
  readonly handedOut: readonly {
    readonly position: number;
    readonly text: string;
    readonly isCanonical: boolean;
    readonly repeated: string | undefined;
  }[];
  readonly count: number;
  readonly misfits: number;
}

/** What the reader makes of a body; 'not JSON' or 'misfit' where it refuses it. */
export function read(
  bytes: Uint8Array,
  cuts: readonly number[],
  wanted: readonly string[] | undefined,
  limit = 1024 * 1024,
): Seen | string {
  const handedOut: Seen['handedOut'][number][] = [];
  const element = ({ bytes: record, ...found }: FoundElement): void => {
    handedOut.push({ ...found, text: Buffer.from(record).toString() });
  };
  const reader = createJsonReader({ array: { limit, wanted: wanted && createIdIndex(wanted), element } });
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  try {
    for (const [index, place] of places.entries()) reader.push(bytes.subarray(place, places[index + 1] ?? place));
    reader.end();
  } catch (error) {
    if (error instanceof NotJsonError) return 'not JSON';
    if (error instanceof InvalidDataError) return 'misfit';
    throw error;
  }
  return { handedOut, count: reader.count(), misfits: reader.invalidSkipped() };
}

/** Whether it is JSON, by the platform's own means. */
export function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
    return true;
  } catch {
    return false;
  }
}
