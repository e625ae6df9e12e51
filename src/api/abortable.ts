/**
 * The same chunks, given up as soon as the signal is aborted, even where the next chunk never comes.
 * @throws the signal's reason
 */
export async function* abortable(chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncIterable<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  let giveUp: () => void = () => undefined;
  const abort = (): void => {
    giveUp();
  };
  signal.addEventListener('abort', abort);
  try {
    for (;;) {
      signal.throwIfAborted();
      const next = await new Promise<IteratorResult<Uint8Array> | undefined>((resolve, reject) => {
        giveUp = () => {
          resolve(undefined);
        };
        iterator.next().then(resolve, reject);
      });
      signal.throwIfAborted();
      if (!next || next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', abort);
    // Not waited for: what never comes never ends either.
    iterator.return?.().catch(() => undefined);
  }
}
