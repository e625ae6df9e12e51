/**
 * Runs the task on every item, so many at once, and hands the results out in the order of the items, each as soon as it and
 * all before it are there. The task must not throw.
 */
export async function* mapConcurrently<Item, Result>(
  items: readonly Item[],
  concurrency: number,
  task: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const queue = items.entries();
  const done = new Map<number, { readonly result: Result }>();
  const taken = new Map<number, (result: Result) => void>();

  async function work(): Promise<void> {
    for (const [position, item] of queue) {
      const result = await task(item);
      const take = taken.get(position);
      if (take) take(result);
      else done.set(position, { result });
    }
  }
  const workers = Array.from({ length: Math.min(concurrency, items.length) }, work);

  for (const position of items.keys()) {
    const early = done.get(position);
    yield early ? early.result : await new Promise<Result>((resolve) => taken.set(position, resolve));
    done.delete(position);
    taken.delete(position);
  }
  await Promise.all(workers);
}

/** The same, but hands each result out as soon as it is there. */
export async function* mapAsDone<Item, Result>(
  items: readonly Item[],
  concurrency: number,
  task: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const queue = items.values();
  const done: Result[] = [];
  let wake = (): void => undefined;

  async function work(): Promise<void> {
    for (const item of queue) {
      done.push(await task(item));
      wake();
    }
  }
  const workers = Array.from({ length: Math.min(concurrency, items.length) }, work);

  for (let handedOut = 0; handedOut < items.length;) {
    if (done.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    const results = done.splice(0);
    handedOut += results.length;
    yield* results;
  }
  await Promise.all(workers);
}
