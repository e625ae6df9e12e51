/** A measured figure and its goal. */
export interface Figure {
  readonly figure: string;
  readonly value: number;
  readonly goal: number;
  readonly better: 'less' | 'more';
}

/** Returns the tables of docs/performance.md, as Markdown. */
export function toTable(
  figures: readonly Figure[],
  medians: ReadonlyMap<string, { readonly ms: number; readonly mib: number }>,
  caption: string,
): string {
  const goals = figures.map(({ figure, value, goal, better }) => {
    const isMet = better === 'less' ? value <= goal : value >= goal;
    return `| ${figure} | ${value.toPrecision(3)} | ${better === 'less' ? '≤' : '≥'} ${goal} | ${isMet ? '✓' : '✗'} |`;
  });
  const runs = [...medians].map(
    ([name, { ms, mib }]) => `| ${name} | ${(ms / 1000).toFixed(2)} s | ${mib.toFixed(0)} MiB |`,
  );
  return [
    caption,
    '',
    '| figure | measured | goal | |',
    '|---|---|---|---|',
    ...goals,
    '',
    '| run | wall time | peak memory |',
    '|---|---|---|',
    ...runs,
  ].join('\n');
}
