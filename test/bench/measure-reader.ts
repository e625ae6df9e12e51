import { createIdIndex } from '../../src/api/json-reader/id-index.ts';
import { createJsonReader } from '../../src/api/json-reader/json-reader.ts';
import { median } from './measure-command.ts';

/** Chunk size of a response body. */
const CHUNK = 64 * 1024;

/** Returns the speed of the reader relative to `JSON.parse` on the same bytes in memory: the median of several rounds. */
export function measureReader(bytes: Buffer, wanted: readonly string[], rounds: number): number {
  const index = createIdIndex(wanted);
  const parse = (): void => {
    JSON.parse(bytes.toString());
  };
  const read = (): void => {
    readAll(bytes, index);
  };
  const ratios = Array.from({ length: rounds + 1 }, () => time(parse) / time(read));
  // The first round warms up the compiler.
  return median(ratios.slice(1));
}

function readAll(bytes: Buffer, wanted: ReturnType<typeof createIdIndex>): void {
  const reader = createJsonReader({ array: { limit: 1024 * 1024, wanted, element: () => undefined } });
  for (let start = 0; start < bytes.length; start += CHUNK) reader.push(bytes.subarray(start, start + CHUNK));
  reader.end();
}

function time(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}
