import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

import { type SandboxResponse, errorResponse } from './responses.ts';
import type { Fault } from './faults.ts';

/**
 * Sends the answer, or what the fault leaves of it. The signal is to be aborted once the connection has gone.
 * @throws the signal's reason where that happens while it waits for the client to read
 */
export async function deliver(
  response: ServerResponse,
  answer: SandboxResponse,
  fault: Fault | undefined,
  gone: AbortSignal,
): Promise<void> {
  if (fault === undefined) {
    await send(response, answer, gone);
    response.end();
    return;
  }
  switch (fault.kind) {
    case 'reset':
      if (fault.position >= 0.5) await sendPart(response, answer, fault.position, gone);
      response.socket?.resetAndDestroy();
      return;
    case 'lost':
      response.socket?.resetAndDestroy();
      return;
    case 'truncate':
      await sendPart(response, answer, fault.position, gone);
      response.socket?.destroy();
      return;
    case 'stall':
      // The connection stays open until the client leaves or the sandbox closes.
      await sendPart(response, answer, fault.position, gone);
      return;
    default:
      await send(response, errorResponse(fault.kind), gone);
      response.end();
  }
}

async function send(
  response: ServerResponse,
  { status, length, chunks }: SandboxResponse,
  gone: AbortSignal,
): Promise<void> {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(length === undefined ? {} : { 'content-length': length }),
  });
  for (const chunk of chunks) {
    gone.throwIfAborted();
    if (!response.write(chunk)) await once(response, 'drain', { signal: gone });
  }
}

/** Resolves once that part has left this process: what is queued when a socket is destroyed is never sent. */
async function sendPart(
  response: ServerResponse,
  answer: SandboxResponse,
  position: number,
  gone: AbortSignal,
): Promise<void> {
  await send(response, { ...answer, chunks: part(answer, position) }, gone);
  await new Promise<void>((done) => {
    gone.addEventListener('abort', () => {
      done();
    });
    response.socket?.write('', () => {
      done();
    });
  });
}

/** At least one byte of the answer, and never all of them. */
function* part({ chunks, least }: SandboxResponse, position: number): Iterable<Uint8Array> {
  let rest = Math.max(1, Math.floor(position * least));
  for (const chunk of chunks) {
    yield chunk.subarray(0, rest);
    rest -= chunk.length;
    if (rest <= 0) return;
  }
}
