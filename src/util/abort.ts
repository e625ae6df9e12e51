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
