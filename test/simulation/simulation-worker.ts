/** A process that runs worlds for `simulate.ts`: receives tasks and sends an answer for each. */
import { type Breach, findBreach } from './find-breach.ts';
import { runWorld } from './run-world.ts';
import { describeWorld } from './describe-world.ts';

export interface Task {
  readonly first: number;
  readonly count: number;
  /** Whether to return the trace of each run. */
  readonly isVerbose: boolean;
}

export interface Finding extends Breach {
  readonly seed: number;
  readonly world: string;
}

export interface Answer {
  /** The first world of the task that breaks an invariant; later ones were not run. */
  readonly finding: Finding | undefined;
  readonly traces: readonly string[];
}

async function perform({ first, count, isVerbose }: Task): Promise<Answer> {
  const traces: string[] = [];
  for (let seed = first; seed < first + count; seed++) {
    const run = await runWorld(seed, isVerbose);
    if (isVerbose) traces.push([describeWorld(run), ...run.trace].join('\n'));
    const breach = findBreach(run);
    if (breach) return { finding: { seed, ...breach, world: describeWorld(run) }, traces };
  }
  return { finding: undefined, traces };
}

// An unhandled rejection ends the process, which `simulate` reports.
process.on('message', (task: Task) => {
  void perform(task).then((answer) => process.send?.(answer));
});
