import { createIdSample } from './id-sample.ts';
import { createJsonReader } from './json-reader/json-reader.ts';
import { MAX_OUTAGE_BYTES } from './response-schemas.ts';
import type { OutageCounts, OutageVisitor } from './source.ts';

/**
 * Emits the outages of a response to a visitor.
 * @param progress called after each chunk
 * @throws {NotJsonError} {@link InvalidDataError} and whatever the chunks throw
 */
export async function readOutages(
  chunks: AsyncIterable<Uint8Array>,
  visitor: OutageVisitor,
  progress: (soFar: { readonly bytes: number; readonly records: number }) => void,
): Promise<OutageCounts> {
  const { wanted } = visitor;
  const element = visitor.element.bind(visitor);
  const reader = createJsonReader({ array: { limit: MAX_OUTAGE_BYTES, wanted, element } });
  const sample = createIdSample();
  let bytes = 0;
  for await (const chunk of chunks) {
    reader.push(chunk);
    sample.add(chunk);
    bytes += chunk.length;
    progress({ bytes, records: reader.count() });
    if (visitor.pause) await visitor.pause();
  }
  reader.end();
  if (visitor.pause) await visitor.pause();
  return { records: reader.count(), invalidSkipped: reader.invalidSkipped(), sampleIds: () => sample.ids() };
}
