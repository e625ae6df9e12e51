import type { IdIndex } from './json-reader/id-index.ts';
import { createJsonReader } from './json-reader/json-reader.ts';
import { OUTAGE_LIMIT } from './response-schemas.ts';
import type { OutageVisitor, OutageCounts } from './source.ts';

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
): Promise<OutageCounts> {
  const reader = createJsonReader({
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
  return { records: reader.count(), invalidSkipped: reader.invalidSkipped() };
}
