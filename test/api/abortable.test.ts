import { getEventListeners } from 'node:events';

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { abortable } from '../../src/api/abortable.ts';
import { rejectionOf } from '../support/thrown.ts';
import '../support/unhandled.ts';

const ONE = Uint8Array.of(1);
const TWO = Uint8Array.of(2);

/** Chunks, and then nothing ever again, or an error, or the end; whether it was told that nobody reads any more. */
function createSource(ending: 'silence' | 'end' | Error) {
  const state = { isClosed: false };
  const values = [ONE, TWO];
  const chunks: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        const value = values.shift();
        if (value) return Promise.resolve({ value });
        if (ending === 'end') return Promise.resolve({ done: true, value: undefined });
        return ending === 'silence' ? new Promise(() => undefined) : Promise.reject(ending);
      },
      return: () => {
        state.isClosed = true;
        return Promise.reject(new Error('nobody hears this'));
      },
    }),
  };
  return { chunks, state };
}

async function collect(chunks: AsyncIterable<Uint8Array>, each: (chunk: Uint8Array) => void = () => undefined) {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) {
    all.push(chunk);
    each(chunk);
  }
  return all;
}

describe('abortable', () => {
  it('passes chunks through up to their end, and listens no longer', async () => {
    const { signal } = new AbortController();
    const { chunks } = createSource('end');
    expect(await collect(abortable(chunks, signal))).to.deep.equal([ONE, TWO]);
    expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
  });

  it('gives up where the next chunk never comes', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const { chunks, state } = createSource('silence');
    const reason = new Error('stop');
    const all = collect(abortable(chunks, signal), (chunk) => {
      // Behind the second chunk there is silence; the abort comes once it is being waited for.
      if (chunk === TWO) {
        setImmediate(() => {
          controller.abort(reason);
        });
      }
    });
    expect(await rejectionOf(all)).to.equal(reason);
    expect(state.isClosed).to.equal(true);
    expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
  });

  it('hands nothing out after the abort', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const { chunks, state } = createSource('end');
    const seen: Uint8Array[] = [];
    const reason = new Error('stop');
    const all = collect(abortable(chunks, signal), (chunk) => {
      seen.push(chunk);
      controller.abort(reason);
    });
    expect(await rejectionOf(all)).to.equal(reason);
    expect(seen).to.deep.equal([ONE]);
    expect(state.isClosed).to.equal(true);
  });

  it('reads nothing where the signal was aborted before', async () => {
    const reason = new Error('stop');
    const { chunks } = createSource('end');
    expect(await rejectionOf(collect(abortable(chunks, AbortSignal.abort(reason))))).to.equal(reason);
    expect(await collect(chunks)).to.deep.equal([ONE, TWO]);
  });

  it('passes on what the chunks throw', async () => {
    const broken = new Error('broken');
    const { signal } = new AbortController();
    expect(await rejectionOf(collect(abortable(createSource(broken).chunks, signal)))).to.equal(broken);
    expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
  });

  it('closes what nobody reads any more', async () => {
    const { signal } = new AbortController();
    const { chunks, state } = createSource('silence');
    for await (const chunk of abortable(chunks, signal)) {
      expect(chunk).to.equal(ONE);
      break;
    }
    expect(state.isClosed).to.equal(true);
    expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
  });
});
