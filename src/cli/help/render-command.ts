import type { Command as Program, Help, Option } from 'commander';

import { SELECTORS, type SettingDefinition as SettingDefinition, SETTINGS } from '../../config/settings.ts';
import { type HelpEntry, defineTerms, termWidth, wrap } from './layout.ts';
import { TOPICS } from './topics.ts';

/** Columns where there is no terminal, and the most that are used of one: longer lines are hard to read. */
const WIDEST = 100;

export function helpWidth(columns: number): number {
  return Math.min(columns || WIDEST, WIDEST);
}

/**
 * The help of a command: one line, examples, flags in groups, and what there is below it.
 * @param columns of the terminal; 0 where there is none
 */
export function renderCommand(command: Program, columns: number): string {
  const width = helpWidth(columns);
  const help = command.createHelp();
  const sections = sectionsOf(command, help);
  const column = termWidth(sections.flatMap(({ list }) => list));
  const [, ...examples] = command.description().split('\n');
  const blocks = [
    [...wrap(summaryOf(command), width), ...examples].join('\n'),
    `Usage: ${help.commandUsage(command)}`,
    ...sections.map(({ heading, list }) => `${heading}\n${defineTerms(list, column, width)}`),
  ];
  return `${blocks.join('\n\n')}\n`;
}

/** The one line that says what the command does. */
export function summaryOf(command: Program): string {
  return command.description().replace(/\n.*/s, '');
}

/** What can be pasted, each with the program's name. */
export function examplesOf(command: Program): readonly string[] {
  return command
    .description()
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('kraken-outages '));
}

interface Section {
  readonly heading: string;
  readonly list: readonly HelpEntry[];
}

/** What is listed in the help of a command. */
export function sectionsOf(command: Program, help: Help): readonly Section[] {
  const options = help.visibleOptions(command);
  const headings = [...new Set(options.map(({ helpGroupHeading = 'Options:' }) => helpGroupHeading))];
  const isRoot = command.parent === null;
  const sections: readonly Section[] = [
    { heading: 'Commands:', list: help.visibleCommands(command).map(defineCommand) },
    {
      heading: 'Topics:',
      list: isRoot ? TOPICS.map(({ name, summary }) => ({ term: `help ${name}`, text: summary })) : [],
    },
    {
      heading: 'Arguments:',
      list: help.visibleArguments(command).map((argument) => ({
        term: argument.name(),
        text: argument.description,
        facts: choicesOf(argument),
      })),
    },
    ...headings.map((heading) => ({
      heading,
      list: options.filter(({ helpGroupHeading = 'Options:' }) => helpGroupHeading === heading).map(defineOption),
    })),
  ];
  return sections.filter(({ list }) => list.length > 0);
}

function defineCommand(command: Program): HelpEntry {
  return { term: command.name(), text: summaryOf(command) };
}

function defineOption(option: Option): HelpEntry {
  return { term: option.flags, text: option.description, facts: factsOf(option) };
}

function choicesOf({ argChoices }: Pick<Option, 'argChoices'>): readonly string[] {
  return argChoices === undefined ? [] : [argChoices.join('|')];
}

/** What can be given, where else, and what it is otherwise. */
function factsOf(option: Option): readonly string[] {
  const { flags, defaultValueDescription } = option;
  const defaultValue: unknown = option.defaultValue;
  const [key, setting] =
    Object.entries<SettingDefinition<unknown>>(SETTINGS).find(([, known]) => known.flags.includes(flags)) ?? [];
  const variable = setting?.variable ?? Object.values(SELECTORS).find(({ flag }) => flag === flags)?.variable;
  const fallback =
    defaultValueDescription ?? setting?.fallback ?? (typeof defaultValue === 'string' ? defaultValue : undefined);
  return [
    ...choicesOf(option),
    ...(variable === undefined ? [] : [`env ${variable}`]),
    ...(key === undefined ? [] : [`key ${key}`]),
    ...(fallback === undefined || fallback === 'false' ? [] : [`default ${fallback}`]),
  ];
}
