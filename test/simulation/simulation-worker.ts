/** A process that runs worlds for `pool.ts`: one task a message, one answer a task. */
import { type Breach, findBreach } from './find-breach.ts';
import { runWorld } from './run-world.ts';
import { describeWorld } from './describe-world.ts';

export interface Task {
  readonly first: number;
  readonly count: number;
  /** Whether the story of each run is wanted. */
  readonly isTold: boolean;
}

export interface Finding extends Breach {
  readonly seed: number;
  readonly world: string;
}

export interface Answer {
  /** The first in the task that breaks an invariant; nothing behind it was run. */
  readonly finding: Finding | undefined;
  readonly stories: readonly string[];
}

async function perform({ first, count, isTold }: Task): Promise<Answer> {
  const stories: string[] = [];
  for (let seed = first; seed < first + count; seed++) {
    const run = await runWorld(seed, isTold);
    if (isTold) stories.push([describeWorld(run), ...run.story].join('\n'));
    const breach = findBreach(run);
    if (breach) return { finding: { seed, ...breach, world: describeWorld(run) }, stories };
  }
  return { finding: undefined, stories };
}

// A rejection that nobody handles ends the process, as Node has it, and the pool tells of that.
process.on('message', (task: Task) => {
  void perform(task).then((answer) => process.send?.(answer));
});
