import type { Command } from 'commander';

import { UsageError } from '../../domain/errors.ts';
import { closestMatch } from '../../util/closest-match.ts';
import { quote } from '../../util/text.ts';
import { createProgram, loadCommands } from '../command-tree.ts';
import { helpWidth, renderCommand } from './render-command.ts';
import { renderTopic } from './render-topic.ts';
import { TOPICS } from './topics.ts';

/** Returns the help of a command or topic. @throws {UsageError} if there is no such command or topic */
export async function helpFor(names: readonly string[], columns: number): Promise<string> {
  const program = createProgram(await loadCommands());
  const command = findCommand(program, names);
  const topic = TOPICS.find(({ name }) => name === names.join(' '));
  if (!command && !topic) throw unknownName(program, names.join(' '));
  const texts = [
    ...(command ? [renderCommand(command, columns)] : []),
    ...(topic ? [renderTopic(topic, helpWidth(columns))] : []),
  ];
  return texts.join('\n');
}

function findCommand(program: Command, names: readonly string[]): Command | undefined {
  return names.reduce<Command | undefined>(
    (command, name) => command?.commands.find((candidate) => candidate.name() === name),
    program,
  );
}

function unknownName(program: Command, name: string): UsageError {
  const known = [...program.commands.map((command) => command.name()), ...TOPICS.map((topic) => topic.name)];
  const match = closestMatch(name, known);
  const suggestion = match === undefined ? '' : ` (Did you mean ${match}?)`;
  return new UsageError(`no help for ${quote(name)}${suggestion}`, { hint: 'see kraken-outages --help' });
}
