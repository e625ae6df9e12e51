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
