import { it } from 'mocha';

/** Maximum number of tests that run at once; they mostly wait for other processes. */
const MAX_CONCURRENT_TESTS = 4;

type Tests = Readonly<Record<string, () => Promise<void>>>;

/** Declares independent tests, by title, that run concurrently. */
export function runConcurrently(tests: Tests): void {
  const entries = Object.entries(tests);
  const started = new Map<number, Promise<void>>();
  entries.forEach(([title], index) => {
    it(title, async () => {
      entries.slice(index, index + MAX_CONCURRENT_TESTS).forEach(([, test], offset) => {
        if (started.has(index + offset)) return;
        const running = test();
        // Its own `it` reports a failure.
        running.catch(() => undefined);
        started.set(index + offset, running);
      });
      await started.get(index);
    });
  });
}

/** Like `runConcurrently`; skips the tests if the condition is false, and names the missing requirement in their titles. */
export function runConcurrentlyIf(condition: boolean, requirement: string, tests: Tests): void {
  if (condition) {
    runConcurrently(tests);
    return;
  }
  for (const title of Object.keys(tests)) {
    it(`${title} (skipped: requires ${requirement})`, function () {
      this.skip();
    });
  }
}
