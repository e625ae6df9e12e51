import { checkEnding, checkExitCode } from './invariants/endings.ts';
import { checkJournal } from './invariants/journal.ts';
import { checkHarmlessness, checkOutput } from './invariants/output.ts';
import { checkPatience } from './invariants/patience.ts';
import { checkPosts, checkSecrecy } from './invariants/posts.ts';
import { checkReceipts } from './invariants/receipts.ts';
import type { Run } from './run-world.ts';
import { type Truth, truthOf } from './truth/truth.ts';

/** What has to hold after every run, whatever went wrong in it. */
const INVARIANTS: Readonly<Record<string, (run: Run, truth: Truth) => Iterable<string>>> = {
  'the program ends and leaves nothing behind': checkEnding,
  'every list that is sent is the right one': checkPosts,
  'the key is nowhere but in its header': checkSecrecy,
  'each receipt says what the API has seen': checkReceipts,
  'the journal has each receipt': checkJournal,
  'the exit code says what has happened': checkExitCode,
  'the output is whole or not there': checkOutput,
  'attempts, waits and time keep within bounds': checkPatience,
  'nothing harmful reaches a terminal': checkHarmlessness,
};

export interface Breach {
  readonly invariant: string;
  /** What was seen. */
  readonly seen: string;
}

/** The first invariant that the run breaks, if any. */
export function findBreach(run: Run): Breach | undefined {
  const truth = truthOf(run);
  for (const [invariant, check] of Object.entries(INVARIANTS)) {
    for (const seen of check(run, truth)) return { invariant, seen };
  }
  return undefined;
}
