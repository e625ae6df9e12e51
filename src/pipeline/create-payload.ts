import type { Payload } from '../api/submission.ts';
import type { SiteOutage } from '../transform/outage.ts';
import { serialize } from '../transform/serialize.ts';
import { createPacer } from '../util/pacer.ts';
import { createSha256 } from '../platform/sha256.ts';

/** Bytes that are hashed before timers and signals run. */
const BYTES_PER_TURN = 4 * 1024 * 1024;

/**
 * Creates the body of a submission. The list is serialized once to hash and measure it, and again for each attempt, so that a
 * large one is never whole in memory.
 * @throws the signal's reason
 */
export async function createPayload(outages: readonly SiteOutage[], signal: AbortSignal): Promise<Payload> {
  const hash = createSha256();
  const pace = createPacer(BYTES_PER_TURN);
  let length = 0;
  for (const chunk of chunksOf(outages)) {
    hash.update(chunk);
    length += chunk.length;
    const turn = pace(chunk.length);
    if (!turn) continue;
    await turn;
    signal.throwIfAborted();
  }
  return { sha256: hash.digest('hex'), length, chunks: () => chunksOf(outages) };
}

function* chunksOf(outages: readonly SiteOutage[]): Iterable<Uint8Array<ArrayBuffer>> {
  for (const text of serialize(outages)) yield Buffer.from(text);
}
