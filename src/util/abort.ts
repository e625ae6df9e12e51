/** The parts of the platform's `AbortSignal` that Node.js and this program use. */
class LightAbortSignal extends EventTarget implements AbortSignal {
  aborted = false;
  declare reason: unknown;
  declare readonly onabort: null;

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }
}

/**
 * Creates an `AbortController` for one request. With the platform's, Node.js 20 keeps each signal, and with it all of the request,
 * until a full collection: thousands of requests take twice the memory.
 */
export function createAbortController(): AbortController {
  const signal = new LightAbortSignal();
  return {
    signal,
    abort(reason: unknown) {
      if (signal.aborted) return;
      signal.aborted = true;
      signal.reason = reason;
      signal.dispatchEvent(new Event('abort'));
    },
  };
}

/** Whom to call when a signal is aborted, and their places in the list. */
interface Listener {
  readonly call: () => void;
  index: number;
}

const listeners = new WeakMap<AbortSignal, Listener[]>();

/**
 * Calls back once the signal is aborted, and returns a function that prevents that. It is for a signal to which thousands of
 * requests listen, one after another. A removed listener of the platform's refers to its neighbours, and an old table of a `Set`
 * to what was in it, so that requests would stay in memory until a full collection; a place in an array is overwritten.
 */
export function onAbort(signal: AbortSignal, call: () => void): () => void {
  const present = listeners.get(signal);
  const all = present ?? [];
  if (!present) {
    listeners.set(signal, all);
    signal.addEventListener('abort', () => {
      for (const each of [...all]) each.call();
    });
  }
  const listener = { call, index: all.length };
  all.push(listener);
  return () => {
    if (all[listener.index] !== listener) return;
    const last = all.pop();
    if (!last || last === listener) return;
    last.index = listener.index;
    all[last.index] = last;
  };
}

/**
 * Settles like `work`, or rejects with the signal's reason if that comes first. It does not stop the work itself: a
 * later result or rejection of it is ignored.
 */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort = (): void => undefined;
  const aborted = new Promise<undefined>((resolve) => {
    abort = () => {
      resolve(undefined);
    };
  });
  signal.addEventListener('abort', abort);
  try {
    if (signal.aborted) abort();
    const first = await Promise.race([aborted, work.then((value) => ({ value }))]);
    return first ? first.value : throwReason(signal);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/**
 * Yields the same chunks until the signal is aborted, even if the next chunk never comes.
 * @throws the signal's reason
 */
export async function* abortableChunks<T>(chunks: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T, void> {
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      signal.throwIfAborted();
      const next = await abortable(iterator.next(), signal);
      // The signal may have been aborted since the chunk arrived.
      signal.throwIfAborted();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    // Not awaited: a source whose next chunk never comes may never return either.
    iterator.return?.().catch(() => undefined);
  }
}

/** @throws the signal's reason */
function throwReason(signal: AbortSignal): never {
  signal.throwIfAborted();
  throw new TypeError('the signal is not aborted');
}
