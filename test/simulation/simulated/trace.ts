import type { VirtualTime } from './virtual-time.ts';

/** What happens in a run, line by line, for whoever wants to read it. */
export interface Story {
  tell(line: () => string): void;
  readonly lines: readonly string[];
}

/** @param isTold else nothing is written down, which is faster */
export function createStory(time: VirtualTime, isTold: boolean): Story {
  const lines: string[] = [];
  return {
    lines,
    tell(line) {
      if (isTold) lines.push(`${time.elapsed().toFixed(0).padStart(8)} ms  ${line()}`);
    },
  };
}
