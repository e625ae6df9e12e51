import { expect } from 'chai';
import { describe, it } from 'mocha';

import { mapAsDone, mapConcurrently } from '../../src/util/concurrency.ts';
import '../support/unhandled.ts';

/** Creates tasks that the test ends. */
function createTasks() {
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const task = (item: string): Promise<string> =>
    new Promise((resolve) => {
      started.push(item);
      ends.set(item, () => {
        ends.delete(item);
        resolve(item.toUpperCase());
      });
    });
  return { started, task, running: () => [...ends.keys()], end: (item: string) => ends.get(item)?.() };
}

/** Waits for all pending promise callbacks. */
function flushPromises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function collect<T>(results: AsyncIterable<T>, into: T[] = []): Promise<T[]> {
  for await (const result of results) into.push(result);
  return into;
}

describe('mapConcurrently', () => {
  it('runs each item once, and at most `concurrency` at a time', async () => {
    const { task, started, running, end } = createTasks();
    const all = collect(mapConcurrently(['a', 'b', 'c', 'd'], 2, task));
    await flushPromises();
    expect(running()).to.deep.equal(['a', 'b']);
    end('b');
    await flushPromises();
    expect(running()).to.deep.equal(['a', 'c']);
    end('c');
    await flushPromises();
    end('d');
    end('a');
    expect(await all).to.deep.equal(['A', 'B', 'C', 'D']);
    expect(started).to.deep.equal(['a', 'b', 'c', 'd']);
  });

  it('yields each result once it and all earlier results are available', async () => {
    const { task, end } = createTasks();
    const results: string[] = [];
    const all = collect(mapConcurrently(['a', 'b', 'c'], 3, task), results);
    await flushPromises();
    end('b');
    await flushPromises();
    expect(results).to.deep.equal([]);
    end('a');
    await flushPromises();
    expect(results).to.deep.equal(['A', 'B']);
    end('c');
    expect(await all).to.deep.equal(['A', 'B', 'C']);
  });

  it('continues while the results are not consumed', async () => {
    const { task, started, end } = createTasks();
    const results = mapConcurrently(['a', 'b', 'c'], 1, task);
    const first = results.next();
    await flushPromises();
    end('a');
    expect((await first).value).to.equal('A');
    await flushPromises();
    end('b');
    await flushPromises();
    expect(started).to.deep.equal(['a', 'b', 'c']);
    end('c');
    expect(await collect(results)).to.deep.equal(['B', 'C']);
  });

  it('accepts any number of items and any concurrency', async () => {
    const items = Array.from({ length: 1000 }, (_, i) => i);
    for (const concurrency of [1, 7, 1000, 5000]) {
      let running = 0;
      let most = 0;
      const double = async (item: number): Promise<number> => {
        most = Math.max(most, ++running);
        for (let turns = 1 + (item % 5); turns > 0; turns--) await Promise.resolve();
        running--;
        return 2 * item;
      };
      expect(await collect(mapConcurrently(items, concurrency, double))).to.deep.equal(items.map((item) => 2 * item));
      expect(most).to.equal(Math.min(concurrency, 1000));
    }
    expect(await collect(mapConcurrently([], 3, () => Promise.resolve(1)))).to.deep.equal([]);
  });

  it('distinguishes an undefined result from a missing one', async () => {
    // The first result is taken after the others are done.
    const results = mapConcurrently([1, 2, 3], 3, (item) => Promise.resolve(item === 2 ? undefined : item));
    const first = await results.next();
    await flushPromises();
    const second = await Promise.race([results.next(), flushPromises().then(() => 'nothing came')]);
    expect([first, second]).to.deep.equal([
      { value: 1, done: false },
      { value: undefined, done: false },
    ]);
  });
});

describe('mapAsDone', () => {
  it('yields each result once it is available, and runs at most `concurrency` at a time', async () => {
    const { task, running, end } = createTasks();
    const results: string[] = [];
    const all = collect(mapAsDone(['a', 'b', 'c', 'd'], 2, task), results);
    await flushPromises();
    expect(running()).to.deep.equal(['a', 'b']);
    end('b');
    await flushPromises();
    expect({ results, running: running() }).to.deep.equal({ results: ['B'], running: ['a', 'c'] });
    end('c');
    end('a');
    await flushPromises();
    expect(results).to.deep.equal(['B', 'C', 'A']);
    end('d');
    expect(await all).to.deep.equal(['B', 'C', 'A', 'D']);
  });

  it('continues while the results are not consumed', async () => {
    const { task, started, end } = createTasks();
    const results = mapAsDone(['a', 'b', 'c'], 1, task);
    const first = results.next();
    await flushPromises();
    for (const item of ['a', 'b', 'c']) {
      end(item);
      await flushPromises();
    }
    expect(started).to.deep.equal(['a', 'b', 'c']);
    expect([(await first).value, ...(await collect(results))]).to.deep.equal(['A', 'B', 'C']);
  });

  it('yields no results for no items', async () => {
    expect(await collect(mapAsDone([], 3, () => Promise.resolve(1)))).to.deep.equal([]);
  });
});

for (const map of [mapConcurrently, mapAsDone]) {
  it(`${map.name} starts no item after the caller leaves the loop, and awaits the running ones`, async () => {
    const { task, started, running, end } = createTasks();
    let hasLeft = false;
    const loop = (async () => {
      for await (const result of map(['a', 'b', 'c', 'd'], 2, task)) {
        expect(result).to.equal('A');
        break;
      }
      hasLeft = true;
    })();
    await flushPromises();
    end('a');
    await flushPromises();
    expect({ started, running: running(), hasLeft }).to.deep.equal({
      started: ['a', 'b', 'c'],
      running: ['b', 'c'],
      hasLeft: false,
    });
    end('b');
    end('c');
    await loop;
    expect(started).to.deep.equal(['a', 'b', 'c']);
  });
}

describe('a concurrency limit that falls while all tasks end at once', () => {
  it('does not stop the rest of the items', async () => {
    let limit = 4;
    let release = (): void => undefined;
    const together = new Promise<void>((resolve) => (release = resolve));
    const results: number[] = [];
    let started = 0;
    const items = [1, 2, 3, 4, 5, 6];
    for await (const result of mapAsDone(items, { current: () => limit, done: () => undefined }, async (item) => {
      started++;
      if (started === 4) {
        limit = 2;
        release();
      }
      await together;
      return item;
    })) {
      results.push(result);
    }
    expect(results.sort()).to.deep.equal(items);
  });
});
