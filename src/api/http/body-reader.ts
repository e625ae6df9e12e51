import type { Socket } from 'node:net';
import { finished, type Readable } from 'node:stream';
import type { MessagePort } from 'node:worker_threads';

/** Bytes of a body that may wait for their reader. */
const READ_AHEAD_LIMIT_BYTES = 512 * 1024;
/** Bytes of a body that are left to the garbage collector: it would take longer to load what frees them. */
const UNRELEASED_BYTES = 64 * 1024;

/** Reads a body chunk by chunk, as it arrives. */
export interface BodyReader {
  /** Returns every chunk that has arrived, or else waits for the next ones; none at the end. One call at a time. */
  read(): Promise<readonly Uint8Array[]>;
  /** Ends a pending read, and closes the connection if more was to come. */
  cancel(): void;
  /** Closes the connection, so that it serves no other request. */
  closeConnection(): void;
}

/** Buffers of chunks that were handed out, each of which has a buffer of its own. */
const ownBuffers = new WeakSet<ArrayBufferLike>();
let sink: MessagePort | undefined;

/**
 * Frees the memory of chunks of a large body; they are empty afterwards. Left to the garbage collector, it takes three times
 * as long and twice the memory. Chunks that do not come from our fetch are left alone.
 *
 * For example, a chunk of 64 KiB was read: `releaseBuffers([chunk])` transfers its buffer to a port that is closed, so that
 * `chunk.length` is 0 and its 64 KiB are free before the next chunk arrives.
 */
export function releaseBuffers(chunks: readonly Uint8Array[]): void {
  const own = chunks.map(({ buffer }) => buffer).filter((buffer) => buffer instanceof ArrayBuffer);
  const buffers = own.filter((buffer) => ownBuffers.delete(buffer));
  if (buffers.length === 0) return;
  sink ??= closedPort();
  // A transfer detaches the buffers here, and nobody is at the other end to receive them: the memory is freed at once.
  sink.postMessage(undefined, buffers);
}

function closedPort(): MessagePort {
  const { port1 } = new MessageChannel();
  port1.close();
  return port1;
}

/** Returns a reader of the stream that lets the sender wait while nobody reads. */
export function toBodyReader(stream: Readable, socket: Pick<Socket, 'destroy'>): BodyReader {
  let arrived: Uint8Array[] = [];
  let arrivedBytes = 0;
  let totalBytes = 0;
  let end: { readonly error: Error | null | undefined } | undefined;
  let wake: () => void = () => undefined;
  stream.on('data', (chunk: Uint8Array) => {
    totalBytes += chunk.length;
    if (totalBytes > UNRELEASED_BYTES && chunk.length === chunk.buffer.byteLength) ownBuffers.add(chunk.buffer);
    // Wakes the reader once for all chunks of one turn of the event loop.
    if (arrived.length === 0) {
      setImmediate(() => {
        wake();
      });
    }
    arrived.push(chunk);
    arrivedBytes += chunk.length;
    if (arrivedBytes >= READ_AHEAD_LIMIT_BYTES) stream.pause();
  });
  stream.pause();
  finished(stream, (error) => {
    end ??= { error };
    wake();
  });
  return {
    async read() {
      // It may wake for chunks that an earlier read has returned already.
      while (arrived.length === 0 && !end) {
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        stream.resume();
        await woken;
      }
      if (arrived.length === 0 && end?.error) throw end.error;
      const chunks = arrived;
      arrived = [];
      arrivedBytes = 0;
      return chunks;
    },
    cancel() {
      arrived = [];
      end = { error: undefined };
      wake();
      stream.destroy();
    },
    closeConnection: () => socket.destroy(),
  };
}

/** Returns the body as a web stream, for callers that use the platform's `Response`. */
export function toWebStream(body: BodyReader): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      async pull(controller) {
        const chunks = await body.read();
        for (const chunk of chunks) controller.enqueue(chunk);
        if (chunks.length === 0) controller.close();
      },
      cancel() {
        body.cancel();
      },
    },
    { highWaterMark: 0 },
  );
}
