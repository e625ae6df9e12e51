import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

import { type SandboxResponse, errorResponse } from './responses.ts';
import type { Fault } from './faults.ts';

/**
 * Sends the content, with the fault applied.
 * @param disconnected aborted once the connection is closed
 * @throws the signal's reason if that happens while it waits for the client to read
 */
export async function deliver(
  response: ServerResponse,
  content: SandboxResponse,
  fault: Fault | undefined,
  disconnected: AbortSignal,
): Promise<void> {
  if (fault === undefined) {
    await send(response, content, disconnected);
    response.end();
    return;
  }
  switch (fault.kind) {
    case 'reset':
      if (fault.position >= 0.5) await sendPart(response, content, fault.position, disconnected);
      response.socket?.resetAndDestroy();
      return;
    case 'lost':
      response.socket?.resetAndDestroy();
      return;
    case 'truncate':
      await sendPart(response, content, fault.position, disconnected);
      response.socket?.destroy();
      return;
    case 'stall':
      // The connection stays open until the client disconnects or the sandbox closes.
      await sendPart(response, content, fault.position, disconnected);
      return;
    default:
      await send(response, errorResponse(fault.kind), disconnected);
      response.end();
  }
}

async function send(
  response: ServerResponse,
  { status, length, chunks }: SandboxResponse,
  disconnected: AbortSignal,
): Promise<void> {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(length === undefined ? {} : { 'content-length': length }),
  });
  for (const chunk of chunks) {
    disconnected.throwIfAborted();
    if (!response.write(chunk)) await once(response, 'drain', { signal: disconnected });
  }
}

/** Resolves once the part is sent: destroying a socket discards its queue. */
async function sendPart(
  response: ServerResponse,
  content: SandboxResponse,
  position: number,
  disconnected: AbortSignal,
): Promise<void> {
  await send(response, { ...content, chunks: part(content, position) }, disconnected);
  await new Promise<void>((done) => {
    disconnected.addEventListener('abort', () => {
      done();
    });
    response.socket?.write('', () => {
      done();
    });
  });
}

/** Yields at least one byte of the content, but never all of it. */
function* part({ chunks, minLength }: SandboxResponse, position: number): Iterable<Uint8Array> {
  let rest = Math.max(1, Math.floor(position * minLength));
  for (const chunk of chunks) {
    yield chunk.subarray(0, rest);
    rest -= chunk.length;
    if (rest <= 0) return;
  }
}
