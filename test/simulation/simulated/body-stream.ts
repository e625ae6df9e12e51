import type { Piece } from './body-chunks.ts';
import type { VirtualTime } from './virtual-time.ts';

/**
 * How a request ended.
 * - `whole`: the body was read to its end.
 * - `failed`: the network broke it off, before the headers or in the body.
 * - `given up`: the program ended it with a reason: a timeout, the deadline, a signal.
 * - `dropped`: the program had no use for the rest of the body.
 */
export type Ending = 'pending' | 'whole' | 'failed' | 'given up' | 'dropped';

/** A body as `fetch` hands it out: its pieces arrive in time, and it breaks off where the signal is aborted. */
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
          // A copy, as those that come from a socket are the program's own.
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

/** Whether the program has only closed what it needs no more. */
function isReasonless({ reason }: AbortSignal): boolean {
  return reason instanceof DOMException && reason.name === 'AbortError';
}

export function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason : new Error('aborted without a reason');
}
