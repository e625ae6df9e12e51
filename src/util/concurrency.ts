/**
 * Runs the task on every item, at most `concurrency` at once, and yields the results in the order of the items, each as soon
 * as it and all before it are available. When the caller leaves the loop early, no further item is started, and the tasks
 * that are running are awaited. The task must not throw.
 */
export async function* mapConcurrently<Item, Result>(
  items: readonly Item[],
  concurrency: number,
  task: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const done = new Map<number, { readonly result: Result }>();
  const waiting = new Map<number, (result: Result) => void>();
  const workers = startWorkers(items, concurrency, async (item, position) => {
    const result = await task(item);
    const resolve = waiting.get(position);
    if (resolve) resolve(result);
    else done.set(position, { result });
  });
  try {
    for (const position of items.keys()) {
      const early = done.get(position);
      yield early ? early.result : await new Promise<Result>((resolve) => waiting.set(position, resolve));
      done.delete(position);
      waiting.delete(position);
    }
  } finally {
    await workers.stop();
  }
}

/** The same, but yields each result as soon as it is available. */
export async function* mapAsDone<Item, Result>(
  items: readonly Item[],
  concurrency: number,
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

/** Runs the task on the items, at most `concurrency` at once. `stop` starts no more of them and awaits those that run. */
function startWorkers<Item>(
  items: readonly Item[],
  concurrency: number,
  task: (item: Item, position: number) => Promise<void>,
): { stop(): Promise<void> } {
  const queue = items.entries();
  let isStopped = false;
  async function work(): Promise<void> {
    for (const [position, item] of queue) {
      await task(item, position);
      if (isStopped) return;
    }
  }
  const workers = Array.from({ length: Math.min(concurrency, items.length) }, work);
  return {
    async stop() {
      isStopped = true;
      await Promise.all(workers);
    },
  };
}
