import { defineTerms, showExamples, termWidth, wrap } from './layout.ts';
import type { Topic } from './topics.ts';

/** Renders a topic for a terminal. @param width in cells */
export function renderTopic({ summary, sections, examples }: Topic, width: number): string {
  const blocks = sections.flatMap(({ heading, paragraphs = [], list = [] }) => {
    const column = termWidth(list);
    const defined = list.length === 0 ? [] : [defineTerms(list, column, width)];
    const [first = '', ...rest] = [...paragraphs.map((text) => wrap(text, width).join('\n')), ...defined];
    return [heading === undefined ? first : `${heading}\n${first}`, ...rest];
  });
  return `${[wrap(summary, width).join('\n'), ...blocks, showExamples(examples)].join('\n\n')}\n`;
}
