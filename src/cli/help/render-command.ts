import type { Command, Help, Option } from 'commander';

import { SELECTORS, type SettingDefinition as SettingDefinition, SETTINGS } from '../../config/settings.ts';
import { type HelpEntry, defineTerms, termWidth, wrap } from './layout.ts';
import { TOPICS } from './topics.ts';

/** Used without a terminal as well; longer lines are hard to read. */
const MAX_COLUMNS = 100;

export function helpWidth(columns: number): number {
  return Math.min(columns || MAX_COLUMNS, MAX_COLUMNS);
}

/**
 * Renders the help of a command: summary, examples, usage, subcommands and flags in groups.
 * @param columns width of the terminal in cells, 0 if there is none
 */
export function renderCommand(command: Command, columns: number): string {
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

/** Returns the summary of a command. */
export function summaryOf(command: Command): string {
  return command.description().replace(/\n.*/s, '');
}

/** Returns the examples of a command, each with the program's name. */
export function examplesOf(command: Command): readonly string[] {
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

/** Returns the lists in the help of a command. */
export function sectionsOf(command: Command, help: Help): readonly Section[] {
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

function defineCommand(command: Command): HelpEntry {
  return { term: command.name(), text: summaryOf(command) };
}

function defineOption(option: Option): HelpEntry {
  return { term: option.flags, text: option.description, facts: factsOf(option) };
}

function choicesOf({ argChoices }: Pick<Option, 'argChoices'>): readonly string[] {
  return argChoices === undefined ? [] : [argChoices.join('|')];
}

/** Returns choices, environment variable, configuration key and default of a flag. */
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
