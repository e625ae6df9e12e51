import { type ChildProcess, fork } from 'node:child_process';

import { bundleWorker } from './bundle-worker.ts';
import type { Answer, Finding, Task } from './simulation-worker.ts';

export interface Simulation {
  readonly first: number;
  readonly runs: number;
  readonly processes: number;
  /** Whether to return the trace of each run. */
  readonly isVerbose: boolean;
}

export interface Result {
  /** The violation with the lowest seed, if any. */
  readonly finding: Finding | undefined;
  readonly traces: readonly string[];
}

const CHUNK = 250;

/**
 * Runs worlds of one seed after another in several processes.
 * @param progress called with the number of finished runs after each task
 */
export async function simulate(simulation: Simulation, progress: (done: number) => void): Promise<Result> {
  const { runs, processes, isVerbose } = simulation;
  const end = simulation.first + runs;
  const traces: string[] = [];
  const findings: Finding[] = [];
  let next = simulation.first;
  let done = 0;

  async function work(worker: ChildProcess): Promise<void> {
    while (next < end && findings.length === 0) {
      const task = { first: next, count: Math.min(CHUNK, end - next), isVerbose };
      next += task.count;
      const answer = await ask(worker, task);
      traces.push(...answer.traces);
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
  return { finding: findings.sort((a, b) => a.seed - b.seed)[0], traces };
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
