import type { Command as Program } from 'commander';

import { closestMatch } from '../util/closest-match.ts';
import { UsageError } from '../domain/errors.ts';
import { EXIT_CODES } from '../domain/exit-code.ts';
import { helpWidth, renderCommand } from '../cli/help/render-command.ts';
import { renderTopic } from '../cli/help/render-topic.ts';
import { TOPICS } from '../cli/help/topics.ts';
import { quote } from '../util/text.ts';
import type { CommandHandler } from './command.ts';

/** Shows the help of what is named: a command, a topic, or both in one where they share the name. */
export function createHelp(program: Program): CommandHandler {
  return async ({ words = [] }, { environment }) => {
    const command = findCommand(program, words);
    const topic = TOPICS.find(({ name }) => name === words.join(' '));
    if (!command && !topic) throw unknownName(program, words.join(' '));
    const { columns } = environment.stdout;
    const texts = [
      ...(command ? [renderCommand(command, columns)] : []),
      ...(topic ? [renderTopic(topic, helpWidth(columns))] : []),
    ];
    await environment.stdout.write(texts.join('\n'));
    return EXIT_CODES.ok.code;
  };
}

function findCommand(program: Program, words: readonly string[]): Program | undefined {
  return words.reduce<Program | undefined>(
    (command, word) => command?.commands.find((candidate) => candidate.name() === word),
    program,
  );
}

function unknownName(program: Program, name: string): UsageError {
  const known = [...program.commands.map((command) => command.name()), ...TOPICS.map((topic) => topic.name)];
  const meant = closestMatch(name, known);
  const near = meant === undefined ? '' : ` (Did you mean ${meant}?)`;
  return new UsageError(`there is no help on ${quote(name)}${near}`, { hint: 'see kraken-outages --help' });
}
