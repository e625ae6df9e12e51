import { type ChildProcess, fork } from 'node:child_process';

import { bundleWorker } from './bundle-worker.ts';
import type { Answer, Finding, Task } from './simulation-worker.ts';

export interface Simulation {
  readonly first: number;
  readonly runs: number;
  readonly processes: number;
  /** Whether the story of each run is wanted. */
  readonly isTold: boolean;
}

export interface Result {
  /** Of the worlds that broke an invariant, the one with the lowest seed; no later ones were waited for. */
  readonly finding: Finding | undefined;
  readonly stories: readonly string[];
}

const CHUNK = 250;

/**
 * Runs worlds of one seed after another in several processes.
 * @param progress told of the runs that are done, now and then
 */
export async function simulate(simulation: Simulation, progress: (done: number) => void): Promise<Result> {
  const { runs, processes, isTold } = simulation;
  const end = simulation.first + runs;
  const stories: string[] = [];
  const findings: Finding[] = [];
  let next = simulation.first;
  let done = 0;

  async function work(worker: ChildProcess): Promise<void> {
    while (next < end && findings.length === 0) {
      const task = { first: next, count: Math.min(CHUNK, end - next), isTold };
      next += task.count;
      const answer = await ask(worker, task);
      stories.push(...answer.stories);
      if (answer.finding) findings.push(answer.finding);
      done += task.count;
      progress(done);
    }
  }

  const bundle = await bundleWorker();
  const workers = Array.from({ length: Math.min(processes, Math.ceil(runs / CHUNK)) }, () =>
    fork(bundle.path, { execArgv: [], serialization: 'advanced' }),
  );
  try {
    await Promise.all(workers.map(work));
  } finally {
    for (const worker of workers) worker.kill();
    await bundle.remove();
  }
  return { finding: findings.sort((a, b) => a.seed - b.seed)[0], stories };
}

function ask(worker: ChildProcess, task: Task): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const fail = (): void => {
      reject(new Error(`a worker ended among the worlds from ${task.first} to ${task.first + task.count - 1}`));
    };
    worker.once('exit', fail);
    worker.once('message', (answer: Answer) => {
      worker.off('exit', fail);
      resolve(answer);
    });
    worker.send(task);
  });
}
