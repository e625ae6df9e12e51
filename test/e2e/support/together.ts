import { it } from 'mocha';

/** How many tests go on at once: what they wait for is mostly another process. */
const WIDTH = 4;

/** Declares tests that do not depend on one another, by their titles: while one is waited for, the next ones begin. */
export function together(tests: Readonly<Record<string, () => Promise<void>>>): void {
  const entries = Object.entries(tests);
  const started = new Map<number, Promise<void>>();
  entries.forEach(([title], index) => {
    it(title, async () => {
      entries.slice(index, index + WIDTH).forEach(([, test], offset) => {
        if (started.has(index + offset)) return;
        const running = test();
        // Mocha hears of a failure when the test's turn comes.
        running.catch(() => undefined);
        started.set(index + offset, running);
      });
      await started.get(index);
    });
  });
}

/** Declares tests where what they need is there; where it is not, their titles say so. */
export function togetherWhere(isThere: boolean, what: string, tests: Parameters<typeof together>[0]): void {
  if (isThere) {
    together(tests);
    return;
  }
  for (const title of Object.keys(tests)) {
    it(`${title} (not run: there is no ${what} here)`, function () {
      this.skip();
    });
  }
}
