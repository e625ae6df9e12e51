import type { Piece } from './body-chunks.ts';
import type { VirtualTime } from './virtual-time.ts';

/**
 * How a request ended.
 * - `whole`: the body was read completely.
 * - `failed`: the connection failed before the headers or in the body.
 * - `given up`: the program aborted it because of a timeout, the deadline or a signal.
 * - `dropped`: the program did not need the rest of the body.
 */
export type Ending = 'pending' | 'whole' | 'failed' | 'given up' | 'dropped';

/** Creates a response body whose chunks arrive over virtual time; aborting the signal ends it. */
export function streamOf(
  pieces: readonly Piece[],
  ending: 'end' | 'silence' | Error,
  signal: AbortSignal,
  time: VirtualTime,
  end: (ending: Ending) => void,
): ReadableStream<Uint8Array> {
  const rest = pieces.values();
  let isOver = false;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        signal.addEventListener('abort', () => {
          if (isOver) return;
          isOver = true;
          end(isReasonless(signal) ? 'dropped' : 'given up');
          controller.error(reasonOf(signal));
        });
      },
      async pull(controller) {
        for (let next = rest.next(); ; next = rest.next()) {
          if (next.done === true) break;
          if (next.value.wait > 0) await time.wait(next.value.wait);
          if (isOver) return;
          if (next.value.bytes.length === 0) continue;
          // A copy, because the program may transfer or overwrite the buffer.
          controller.enqueue(next.value.bytes.slice());
          return;
        }
        if (ending === 'silence') return new Promise(() => undefined);
        isOver = true;
        end(ending === 'end' ? 'whole' : 'failed');
        if (ending === 'end') controller.close();
        else controller.error(ending);
      },
      cancel() {
        isOver = true;
        end('dropped');
      },
    },
    { highWaterMark: 0 },
  );
}

/** Returns whether the program aborted without an error, because it no longer needs the body. */
function isReasonless({ reason }: AbortSignal): boolean {
  return reason instanceof DOMException && reason.name === 'AbortError';
}

export function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason : new Error('aborted without a reason');
}
