import type { TrackedInit } from '../../src/api/http/transport-state.ts';

/** Returns a fetch that hands over the body of the response as the program's own does: as a reader, besides the response. */
export function trackedFetch(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (input, init?: TrackedInit) => {
    const response = await fetch(input, init);
    if (!init?.transport || !response.body) return response;
    const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
    init.transport.body = {
      async read() {
        const { done, value } = await reader.read();
        return done ? [] : [value];
      },
      cancel() {
        reader.cancel().catch(() => undefined);
      },
      closeConnection: () => undefined,
    };
    return response;
  };
}
