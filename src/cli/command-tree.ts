import { Argument, Command, Option } from 'commander';

import type { CommandDefinition, Flag, Positional } from '../commands/command.ts';
import { VERSION } from '../platform/version.ts';
import { showExamples } from './help/layout.ts';

/** Loads each command by its name, in the order of help: a run loads only the command it invokes. */
const COMMANDS: Readonly<Record<string, () => Promise<CommandDefinition>>> = {
  fetch: async () => (await import('../commands/fetch.ts')).fetch,
  preview: async () => (await import('../commands/preview.ts')).preview,
  submit: async () => (await import('../commands/submit.ts')).submit,
  worker: async () => (await import('../commands/worker.ts')).worker,
  runs: async () => (await import('../commands/runs.ts')).runs,
  sandbox: async () => (await import('../commands/sandbox.ts')).sandbox,
  'config show': async () => (await import('../commands/config-show.ts')).configShow,
  'config check': async () => (await import('../commands/config-check.ts')).configCheck,
  'config init': async () => (await import('../commands/config-init.ts')).configInit,
  'config trust': async () => (await import('../commands/config-trust.ts')).configTrust,
  completion: async () => (await import('../commands/completion.ts')).completion,
  help: async () => (await import('../commands/help.ts')).help,
};

export const COMMAND_NAMES: readonly string[] = Object.keys(COMMANDS);

const EXAMPLES = ['submit --site norwich-pear-tree --sandbox', 'preview --site norwich-pear-tree --sandbox | jq'];

/** The first words of commands that have two. */
export const GROUPS: Readonly<Record<string, Pick<CommandDefinition, 'summary' | 'examples'>>> = {
  config: {
    summary: 'View, create and test the configuration.',
    examples: ['config show', 'config check --sandbox'],
  },
};

interface ProgramHooks {
  /** Called when the help of a command is asked for. */
  readonly help?: (command: Command) => void;
  /** Called when a command is invoked. */
  readonly call?: (definition: CommandDefinition, command: Command) => void;
}

/** Loads every command. */
export function loadCommands(): Promise<readonly CommandDefinition[]> {
  return Promise.all(Object.values(COMMANDS).map((load) => load()));
}

/** Loads the commands that this command line can invoke, and only the names of the others; all if it invokes none. */
export function loadInvoked(words: readonly string[]): Promise<readonly CommandDefinition[]> {
  const invoked = COMMAND_NAMES.filter((name) => isInvokedBy(words, name));
  if (invoked.length === 0 || words[0]?.startsWith('-') !== false) return loadCommands();
  return Promise.all(
    Object.entries(COMMANDS).map(([name, load]) =>
      invoked.includes(name) ? load() : Promise.resolve({ ...NAME_ONLY, name }),
    ),
  );
}

const NAME_ONLY = { summary: '', examples: [], flags: {}, bind: () => ({ flags: {}, run: () => Promise.resolve(0) }) };

/** Builds commander's tree of commands and flags, from which come parsing, help, man page and completion. */
export function createProgram(definitions: readonly CommandDefinition[], hooks: ProgramHooks = {}): Command {
  const program = new Command('kraken-outages');
  // Commands inherit these settings when `.command()` creates them.
  program
    .configureOutput({ writeOut: () => undefined, writeErr: () => undefined, outputError: () => undefined })
    .configureHelp({
      formatHelp(command) {
        hooks.help?.(command);
        return '';
      },
    })
    .exitOverride()
    .helpCommand(false)
    .helpOption('-h, --help', 'show help')
    .description(describe('Report the outages of battery sites to the Kraken API.', EXAMPLES))
    .version(VERSION, '-V, --version', 'show the version');

  const groups = new Map<string, Command>();
  for (const definition of definitions) {
    const { name, summary, examples, positional, flags } = definition;
    const [word = '', group] = name.split(' ').reverse();
    const command = (group === undefined ? program : groupOf(group, program, groups))
      .command(word)
      .summary(summary)
      .description(describe(summary, examples))
      .action(() => {
        hooks.call?.(definition, command);
      });
    if (positional) command.addArgument(toArgument(positional));
    for (const flag of Object.values(flags)) command.addOption(toOption(flag));
  }
  return program;
}

/** Whether these words may invoke the command or group of this name. */
export function isInvokedBy(words: readonly string[], name: string): boolean {
  return name.split(' ').every((word) => words.includes(word));
}

/** Returns the command that holds the group's commands; on its own it shows its help. */
function groupOf(name: string, program: Command, groups: Map<string, Command>): Command {
  const known = groups.get(name);
  if (known) return known;
  const { summary = '', examples = [] } = GROUPS[name] ?? {};
  const group = program.command(name).helpCommand(false).summary(summary).description(describe(summary, examples));
  groups.set(name, group);
  return group;
}

function describe(summary: string, examples: readonly string[]): string {
  return `${summary}\n\n${showExamples(examples)}`;
}

function toArgument({ notation, description, choices, suggestions }: Positional): Argument {
  const argument = new Argument(notation, description);
  if (choices) argument.choices(choices);
  if (suggestions) argument.argChoices = [...suggestions];
  return argument;
}

function toOption(flag: Flag): Option {
  const { notation, description, choices, suggestions, fallback, conflicts = [], isRepeatable, isHidden } = flag;
  const option = new Option(notation, description).helpGroup(flag.group).conflicts([...conflicts]);
  if (choices) option.choices(choices);
  // Unlike choices(), this does not check the value.
  if (suggestions) option.argChoices = [...suggestions];
  // The schema applies the default; commander only shows it.
  if (fallback !== undefined) option.default(undefined, fallback);
  if (isRepeatable === true) option.argParser(collect);
  return option.hideHelp(isHidden ?? false);
}

function collect(value: string, others: readonly string[] | undefined): readonly string[] {
  return [...(others ?? []), value];
}
