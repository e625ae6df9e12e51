import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** The measurements of one run. */
export interface Sample {
  /** Wall time in milliseconds. */
  readonly milliseconds: number;
  /** The peak resident set of its largest process, in MiB; 0 without GNU time. */
  readonly mebibytes: number;
}

const GNU_TIME = '/usr/bin/time';

/** Runs a bash command in this directory. @throws Error with its output if it fails */
export async function run(command: string, cwd: string, env: Readonly<Record<string, string>>): Promise<Sample> {
  const start = performance.now();
  const child = spawn(GNU_TIME, ['--format', '%M', 'bash', '-c', `set -o pipefail; ${command}`], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended: Promise<unknown[]> = once(child, 'exit');
  const [said, [code]] = await Promise.all([text(child.stderr), ended]);
  const milliseconds = performance.now() - start;
  if (code !== 0) throw new Error(`${command} failed: ${said}`);
  return { milliseconds, mebibytes: Number(said.trim().split('\n').at(-1)) / 1024 };
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}
