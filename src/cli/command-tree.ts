import { Argument, Command as Program } from 'commander';

import type { CommandHandler } from '../commands/command.ts';
import { SHELLS } from './completion/shells.ts';
import { showExamples, TOPIC_NAMES } from './help/topic-names.ts';
import { addFlagGroups, type OptionGroup } from './options.ts';
import { VERSION } from '../platform/version.ts';

interface Entry {
  /** One word, or that of its group and its own. */
  readonly name: string;
  readonly summary: string;
  readonly examples: readonly string[];
  /** What stands beside the flags. */
  readonly argument?: () => Argument;
  readonly options: readonly OptionGroup[];
  /** Commands are loaded when they are called, and make the tree where they tell of it. */
  readonly load: () => Promise<CommandHandler>;
}

export const COMMANDS: readonly Entry[] = [
  {
    name: 'fetch',
    summary: 'Print what the API holds, checked and untransformed: {"outages":[…],"sites":[…]}.',
    examples: ['fetch --site norwich-pear-tree --output snapshot.json', "fetch --sandbox | jq '.outages | length'"],
    options: ['sites', 'live', 'output', 'api', 'configuration', 'voice'],
    load: async () => (await import('../commands/fetch.ts')).fetch,
  },
  {
    name: 'preview',
    summary: 'Print what submit would send, and send nothing.',
    examples: [
      'preview --site norwich-pear-tree --sandbox | jq',
      'preview --site norwich-pear-tree --site norwich-pear --format table --sandbox',
    ],
    options: ['sites', 'snapshot', 'lists', 'api', 'configuration', 'voice'],
    load: async () => (await import('../commands/preview.ts')).preview,
  },
  {
    name: 'submit',
    summary: 'Send each site its list of outages, and print a receipt for each.',
    examples: ['submit --site norwich-pear-tree --sandbox', 'submit --sites-file sites.txt --format json'],
    options: ['sites', 'snapshot', 'receipts', 'api', 'configuration', 'voice'],
    load: async () => (await import('../commands/submit.ts')).submit,
  },
  {
    name: 'sandbox',
    summary: 'Serve a local API that behaves like the real one, until Ctrl-C.',
    examples: ['sandbox', 'sandbox --faults 500:0.2,reset:0.05 --latency 200'],
    options: ['server', 'cutoff', 'configuration', 'voice'],
    load: async () => (await import('../commands/sandbox.ts')).sandbox,
  },
  {
    name: 'config show',
    summary: 'Print every setting, its value and where it came from; never the key.',
    examples: ['config show', 'config show --profile staging --format json | jq .apiUrl'],
    options: ['sites', 'report', 'api', 'configuration', 'voice'],
    load: async () => (await import('../commands/config-show.ts')).configShow,
  },
  {
    name: 'config check',
    summary: 'Try each step on the way to the API, and say what to do about the one that fails; sends nothing.',
    examples: ['config check', 'config check --site norwich-pear-tree --profile staging', 'config check --sandbox'],
    options: ['sites', 'live', 'report', 'api', 'configuration', 'voice'],
    load: async () => (await import('../commands/config-check.ts')).configCheck,
  },
  {
    name: 'config init',
    summary: 'Write a commented .kraken-outagesrc: asks at a terminal, takes flags elsewhere.',
    examples: ['config init', 'config init --api-url https://api.example.com/v1 --api-key-file ~/.kraken-key'],
    options: ['file', 'sites', 'api', 'voice'],
    load: async () => (await import('../commands/config-init.ts')).configInit,
  },
  {
    name: 'config trust',
    summary: 'Obey the project file that is found here, as it is now, also in where the API and its key are.',
    examples: ['config trust', 'config trust --remove'],
    options: ['trust', 'voice'],
    load: async () => (await import('../commands/config-trust.ts')).configTrust,
  },
  {
    name: 'completion',
    summary: 'Print the completion script of a shell, or install it for you.',
    examples: ['completion bash', 'completion --install --yes'],
    argument: () =>
      new Argument('[shell]', 'whose script; --install takes that of $SHELL').choices(Object.keys(SHELLS)),
    options: ['completion', 'voice'],
    load: async () => (await import('../commands/completion.ts')).createCompletion(createProgram()),
  },
  {
    name: 'help',
    summary: 'Show the help of a command, or of a topic.',
    examples: ['help submit', ...TOPIC_NAMES.map((name) => `help ${name}`)],
    argument: helpArgument,
    options: [],
    load: async () => (await import('../commands/help.ts')).createHelp(createProgram()),
  },
];

/** Of the program as a whole. */
export const EXAMPLES = [
  'submit --site norwich-pear-tree --sandbox',
  'preview --site norwich-pear-tree --sandbox | jq',
];

/** The first words of the commands that have two. */
export const GROUPS: Readonly<Record<string, Pick<Entry, 'summary' | 'examples'>>> = {
  config: {
    summary: 'What is in force, where it came from, and whether it works.',
    examples: ['config show', 'config check --sandbox'],
  },
};

interface ProgramHooks {
  /** What happens where the help of a command is asked for, which is loaded then. */
  readonly help?: (command: Program) => void;
  /** What happens where a command of the tree is called. */
  readonly call?: (entry: Entry, command: Program) => void;
  /** The words that are typed, where only the command that they call is to have its flags. */
  readonly words?: readonly string[];
}

/** The tree of the commands with their flags: the one source of parsing, help, manual page and completion. */
export function createProgram({ help = () => undefined, call = () => undefined, words }: ProgramHooks = {}): Program {
  const program = new Program('kraken-outages');
  // Commands inherit what stands here, as they are made by `.command()`, after it.
  program
    .configureOutput({ writeOut: () => undefined, writeErr: () => undefined, outputError: () => undefined })
    .configureHelp({
      formatHelp(command) {
        help(command);
        return '';
      },
    })
    .exitOverride()
    .helpCommand(false)
    .helpOption('-h, --help', 'show this')
    .description(describe('Report the outages of battery sites to the Kraken API.', EXAMPLES))
    .version(VERSION, '-V, --version', 'print the version');

  const groups = new Map<string, Program>();
  for (const entry of COMMANDS) {
    const { name, summary, examples, argument, options } = entry;
    const [word = '', group] = name.split(' ').reverse();
    const command = (group === undefined ? program : groupOf(group, program, groups))
      .command(word)
      .summary(summary)
      .description(describe(summary, examples))
      .action(() => {
        call(entry, command);
      });
    if (argument) command.addArgument(argument());
    if (!words || isCalledBy(words, name)) addFlagGroups(command, options);
  }
  return program;
}

/** Whether the words may call the command or group of this name. */
export function isCalledBy(words: readonly string[], name: string): boolean {
  return name.split(' ').every((word) => words.includes(word));
}

/** The command that holds those of the group; alone, it shows its help. */
function groupOf(name: string, program: Program, groups: Map<string, Program>): Program {
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

/** Any name is taken: the command says which one is near. */
function helpArgument(): Argument {
  const argument = new Argument('[name...]', 'of which command or topic');
  argument.argChoices = [...new Set([...COMMANDS.map(({ name }) => name.replace(/ .*/, '')), ...TOPIC_NAMES])];
  return argument;
}
