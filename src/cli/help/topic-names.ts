/** What the commands themselves need of help, before anybody asks for it. */

export const TOPIC_NAMES = ['exit-codes', 'config', 'faults'] as const;

/** Lines that can be pasted, which are never wrapped. @param examples without the program's name */
export function showExamples(examples: readonly string[]): string {
  return ['Examples:', ...examples.map((line) => `  kraken-outages ${line}`)].join('\n');
}
