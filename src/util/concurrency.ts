import type { ConcurrencyLimit } from './concurrency-limit.ts';

/** A number of tasks, or a limit that changes while they run. */
export type Concurrency = number | Pick<ConcurrencyLimit, 'current' | 'done'>;

/**
 * Runs the task on every item, at most `concurrency` at once, and yields the results in the order of the items, each as soon
 * as it and all before it are available. When the caller leaves the loop early, no further item is started, and the tasks
 * that are running are awaited. The task must not throw.
 */
export async function* mapConcurrently<Item, Result>(
  items: readonly Item[],
  concurrency: Concurrency,
  task: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const done: ({ readonly result: Result } | undefined)[] = [];
  let wake = (): void => undefined;
  const workers = startWorkers(items, concurrency, async (item, position) => {
    done[position] = { result: await task(item) };
    wake();
  });
  try {
    for (const position of items.keys()) {
      let next = done[position];
      for (; !next; next = done[position]) await new Promise<void>((resolve) => (wake = resolve));
      done[position] = undefined;
      yield next.result;
    }
  } finally {
    await workers.stop();
  }
}

/** Like {@link mapConcurrently}, but yields each result as soon as it is available. */
export async function* mapAsDone<Item, Result>(
  items: readonly Item[],
  concurrency: Concurrency,
  task: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const done: Result[] = [];
  let wake = (): void => undefined;
  const workers = startWorkers(items, concurrency, async (item) => {
    done.push(await task(item));
    wake();
  });
  try {
    for (let yielded = 0; yielded < items.length;) {
      if (done.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      const results = done.splice(0);
      yielded += results.length;
      yield* results;
    }
  } finally {
    await workers.stop();
  }
}

/** Runs the task on the items, at most `concurrency` at once. `stop` starts no more tasks and awaits the running ones. */
function startWorkers<Item>(
  items: readonly Item[],
  concurrency: Concurrency,
  task: (item: Item, position: number) => Promise<void>,
): { stop(): Promise<void> } {
  const limit = typeof concurrency === 'number' ? { current: () => concurrency, done: () => undefined } : concurrency;
  const queue = items.entries();
  const workers = new Set<Promise<void>>();
  let isStopped = false;
  let isEmpty = items.length === 0;

  async function work(): Promise<void> {
    while (!isStopped && workers.size <= limit.current()) {
      const next = queue.next();
      if (next.done === true) {
        isEmpty = true;
        return;
      }
      const [position, item] = next.value;
      await task(item, position);
      limit.done();
      startMore();
    }
  }

  function startMore(): void {
    while (!isEmpty && !isStopped && workers.size < limit.current()) {
      const worker = work();
      workers.add(worker);
      void worker.finally(() => {
        workers.delete(worker);
        // If the limit falls while several tasks end at once, all of their workers stop.
        startMore();
      });
    }
  }

  startMore();
  return {
    async stop() {
      isStopped = true;
      await Promise.all(workers);
    },
  };
}
