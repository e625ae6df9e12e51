const MANY_SITES = 1000;
/** From so many sites, the size of the heap matters more than the time to collect it. */
const LARGE_HEAP_SITES = 20_000;

/**
 * Prepares the heap for thousands of requests. From what a few requests leave behind, V8 may conclude that some of their
 * objects live long, and create those of all later requests among the old ones. There they keep whole requests in memory until
 * a full collection: half of all runs would take three times the memory. No effect on what is already there.
 */
export async function prepareForManyRequests(sites: number): Promise<void> {
  if (sites < MANY_SITES) return;
  const { setFlagsFromString } = await import('node:v8');
  setFlagsFromString('--no-allocation-site-pretenuring');
  // Otherwise it is three times as large as its content before it is collected.
  if (sites > LARGE_HEAP_SITES) setFlagsFromString('--heap-growing-percent=30');
}
