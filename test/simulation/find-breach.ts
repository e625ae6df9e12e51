import { checkEnding, checkExitCode } from './invariants/endings.ts';
import { checkJournal } from './invariants/journal.ts';
import { checkHarmlessness, checkOutput } from './invariants/output.ts';
import { checkRetries } from './invariants/retries.ts';
import { checkPosts, checkSecrecy } from './invariants/posts.ts';
import { checkReceipts } from './invariants/receipts.ts';
import type { Run } from './run-world.ts';
import { type Truth, truthOf } from './truth/truth.ts';

/** Conditions that must be true after every run, whatever its faults. */
const INVARIANTS: Readonly<Record<string, (run: Run, truth: Truth) => Iterable<string>>> = {
  'the program ends and cleans up': checkEnding,
  'every posted list is correct': checkPosts,
  'the key is only in its header': checkSecrecy,
  'each receipt agrees with the requests': checkReceipts,
  'the journal has each receipt': checkJournal,
  'the exit code agrees with the results': checkExitCode,
  'the output is complete or absent': checkOutput,
  'attempts, delays and duration are within their limits': checkRetries,
  'the output has no control characters': checkHarmlessness,
};

export interface Breach {
  readonly invariant: string;
  /** Description of the violation. */
  readonly seen: string;
}

/** Returns the first invariant that the run breaks, if any. */
export function findBreach(run: Run): Breach | undefined {
  const truth = truthOf(run);
  for (const [invariant, check] of Object.entries(INVARIANTS)) {
    for (const seen of check(run, truth)) return { invariant, seen };
  }
  return undefined;
}
