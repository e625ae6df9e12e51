import { getEventListeners } from 'node:events';

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { abortable, abortableChunks, createAbortController, onAbort } from '../../src/util/abort.ts';
import { rejectionOf } from '../support/thrown.ts';
import '../support/unhandled.ts';

const ONE = Uint8Array.of(1);
const TWO = Uint8Array.of(2);

/** Yields two chunks and then ends as requested; `state` says whether it was closed. */
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
  it('settles like the work, and removes its listener', async () => {
    const { signal } = new AbortController();
    const broken = new Error('broken');
    expect(await abortable(Promise.resolve(1), signal)).to.equal(1);
    expect(await rejectionOf(abortable(Promise.reject(broken), signal))).to.equal(broken);
    expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
  });

  for (const reason of [new Error('stop'), 'stop', undefined]) {
    it(`rejects with the reason of the signal (${String(reason)}) if the work does not end`, async () => {
      const controller = new AbortController();
      const never = abortable(new Promise(() => undefined), controller.signal);
      controller.abort(reason);
      expect(await rejectionOf(never)).to.equal(controller.signal.reason);
    });
  }

  it('rejects if the signal is already aborted, and ignores a later rejection of the work', async () => {
    const reason = new Error('stop');
    let fail: (error: Error) => void = () => undefined;
    const work = new Promise<never>((_, reject) => (fail = reject));
    expect(await rejectionOf(abortable(work, AbortSignal.abort(reason)))).to.equal(reason);
    fail(new Error('nobody hears this'));
    await new Promise((resolve) => setImmediate(resolve));
  });

  it('keeps a result that came before the abort', async () => {
    const controller = new AbortController();
    const work = abortable(Promise.resolve(1), controller.signal);
    await Promise.resolve();
    controller.abort(new Error('stop'));
    expect(await work).to.equal(1);
  });
});

describe('abortableChunks', () => {
  it('passes all chunks through, and removes its listener', async () => {
    const { signal } = new AbortController();
    const { chunks } = createSource('end');
    expect(await collect(abortableChunks(chunks, signal))).to.deep.equal([ONE, TWO]);
    expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
  });

  it('stops waiting for a chunk that never comes', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const { chunks, state } = createSource('silence');
    const reason = new Error('stop');
    const all = collect(abortableChunks(chunks, signal), (chunk) => {
      // The abort comes while the third chunk is awaited.
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

  it('yields nothing after the abort', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const { chunks, state } = createSource('end');
    const seen: Uint8Array[] = [];
    const reason = new Error('stop');
    const all = collect(abortableChunks(chunks, signal), (chunk) => {
      seen.push(chunk);
      controller.abort(reason);
    });
    expect(await rejectionOf(all)).to.equal(reason);
    expect(seen).to.deep.equal([ONE]);
    expect(state.isClosed).to.equal(true);
  });

  it('reads nothing if the signal is already aborted', async () => {
    const reason = new Error('stop');
    const { chunks } = createSource('end');
    expect(await rejectionOf(collect(abortableChunks(chunks, AbortSignal.abort(reason))))).to.equal(reason);
    expect(await collect(chunks)).to.deep.equal([ONE, TWO]);
  });

  it('passes on an error of the source', async () => {
    const broken = new Error('broken');
    const { signal } = new AbortController();
    expect(await rejectionOf(collect(abortableChunks(createSource(broken).chunks, signal)))).to.equal(broken);
    expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
  });

  it('closes the source when the reader stops', async () => {
    const { signal } = new AbortController();
    const { chunks, state } = createSource('silence');
    for await (const chunk of abortableChunks(chunks, signal)) {
      expect(chunk).to.equal(ONE);
      break;
    }
    expect(state.isClosed).to.equal(true);
    expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
  });
});

describe('createAbortController', () => {
  it('aborts its signal once, with the first reason', () => {
    const controller = createAbortController();
    const { signal } = controller;
    const calls: unknown[] = [];
    signal.addEventListener('abort', () => calls.push(signal.reason));
    signal.throwIfAborted();
    const reason = new Error('first');
    controller.abort(reason);
    controller.abort(new Error('second'));
    expect({ aborted: signal.aborted, calls }).to.deep.equal({ aborted: true, calls: [reason] });
    expect(() => {
      signal.throwIfAborted();
    }).to.throw(reason);
  });
});

describe('onAbort', () => {
  it('calls everybody who still listens, once, with one listener on the signal', () => {
    const controller = new AbortController();
    const calls: number[] = [];
    const stops = Array.from({ length: 6 }, (_, listener) => onAbort(controller.signal, () => calls.push(listener)));
    for (const stopped of [0, 3, 5, 3, 5]) stops[stopped]?.();
    expect(getEventListeners(controller.signal, 'abort')).to.have.length(1);
    controller.abort();
    expect(calls.sort()).to.deep.equal([1, 2, 4]);
  });

  it('calls the others if one of them stops listening meanwhile', () => {
    const controller = new AbortController();
    const calls: string[] = [];
    const stop = onAbort(controller.signal, () => {
      calls.push('first');
      stop();
    });
    onAbort(controller.signal, () => calls.push('second'));
    controller.abort();
    expect(calls).to.deep.equal(['first', 'second']);
  });
});
