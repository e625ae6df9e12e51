import type { IdIndex } from './reader/id-index.ts';
import { createReader } from './reader/reader.ts';
import { OUTAGE_LIMIT } from './schemas.ts';
import type { OutageVisitor, Tally } from './source.ts';

/**
 * Shows a visitor the outages of a body that is one array of them.
 * @param progress told after each chunk
 * @throws {NotJsonError} {@link InvalidDataError} and whatever the chunks throw
 */
export async function readOutages(
  chunks: AsyncIterable<Uint8Array>,
  wanted: IdIndex | undefined,
  visitor: OutageVisitor,
  progress: (soFar: { readonly bytes: number; readonly records: number }) => void,
): Promise<Tally> {
  const reader = createReader({
    array: {
      limit: OUTAGE_LIMIT,
      wanted,
      element(found) {
        visitor.element(found);
      },
    },
  });
  let bytes = 0;
  for await (const chunk of chunks) {
    reader.push(chunk);
    bytes += chunk.length;
    progress({ bytes, records: reader.count() });
    if (visitor.pause) await visitor.pause();
  }
  reader.end();
  if (visitor.pause) await visitor.pause();
  return { records: reader.count(), misfits: reader.misfits() };
}
