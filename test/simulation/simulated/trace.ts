import type { VirtualTime } from './virtual-time.ts';

/** The log of a run. */
export interface Trace {
  log(line: () => string): void;
  readonly lines: readonly string[];
}

/** @param isVerbose if false, nothing is recorded, which is faster */
export function createTrace(time: VirtualTime, isVerbose: boolean): Trace {
  const lines: string[] = [];
  return {
    lines,
    log(line) {
      if (isVerbose) lines.push(`${time.elapsed().toFixed(0).padStart(8)} ms  ${line()}`);
    },
  };
}
