import { Command as Program, CommanderError } from 'commander';
import * as v from 'valibot';

import type { Command } from './commands/command.ts';
import { type Flags, flagsSchema } from './commands/flags.ts';
import { UsageError } from './errors.ts';
import { EXIT_CODES } from './exit-code.ts';
import { addOptions, type OptionGroup } from './options.ts';
import { VERSION } from './version.ts';

/** What the command line asks for: a command to run, or a text to show. */
export type Parsed =
  | { readonly flags: Flags; readonly load: () => Promise<Command> }
  | { readonly text: string; readonly stream: 'stdout' | 'stderr'; readonly exitCode: number };

interface Entry {
  /** One word, or that of its group and its own. */
  readonly name: string;
  readonly summary: string;
  readonly examples: readonly string[];
  readonly options: readonly OptionGroup[];
  /** Commands are loaded when they are called. */
  readonly load: () => Promise<Command>;
}

const COMMANDS: readonly Entry[] = [
  {
    name: 'fetch',
    summary: 'Print what the API holds, checked and untransformed: {"outages":[…],"sites":[…]}.',
    examples: ['fetch --site norwich-pear-tree --output snapshot.json', "fetch --sandbox | jq '.outages | length'"],
    options: ['sites', 'live', 'output', 'api', 'configuration', 'voice'],
    load: async () => (await import('./commands/fetch.ts')).fetch,
  },
  {
    name: 'preview',
    summary: 'Print what submit would send, and send nothing.',
    examples: ['preview --site norwich-pear-tree --sandbox | jq', 'preview --site A --site B --format table'],
    options: ['sites', 'snapshot', 'lists', 'api', 'configuration', 'voice'],
    load: async () => (await import('./commands/preview.ts')).preview,
  },
  {
    name: 'submit',
    summary: 'Send each site its list of outages, and print a receipt for each.',
    examples: ['submit --site norwich-pear-tree --sandbox', 'submit --sites-file sites.txt --format json'],
    options: ['sites', 'snapshot', 'receipts', 'api', 'configuration', 'voice'],
    load: async () => (await import('./commands/submit.ts')).submit,
  },
  {
    name: 'sandbox',
    summary: 'Serve a local API that behaves like the real one, until Ctrl-C.',
    examples: ['sandbox', 'sandbox --faults 500:0.2,reset:0.05 --latency 200'],
    options: ['server', 'cutoff', 'configuration', 'voice'],
    load: async () => (await import('./commands/sandbox.ts')).sandbox,
  },
  {
    name: 'config show',
    summary: 'Print every setting, its value and where it came from; never the key.',
    examples: ['config show', 'config show --profile staging --format json | jq .apiUrl'],
    options: ['sites', 'report', 'api', 'configuration', 'voice'],
    load: async () => (await import('./commands/config-show.ts')).configShow,
  },
  {
    name: 'config check',
    summary: 'Try each step on the way to the API, and say what to do about the one that fails; sends nothing.',
    examples: ['config check', 'config check --site norwich-pear-tree --profile staging', 'config check --sandbox'],
    options: ['sites', 'live', 'report', 'api', 'configuration', 'voice'],
    load: async () => (await import('./commands/config-check.ts')).configCheck,
  },
  {
    name: 'config init',
    summary: 'Write a commented .kraken-outagesrc: asks at a terminal, takes flags elsewhere.',
    examples: ['config init', 'config init --api-url https://api.example.com/v1 --api-key-file ~/.kraken-key'],
    options: ['file', 'sites', 'api', 'voice'],
    load: async () => (await import('./commands/config-init.ts')).configInit,
  },
  {
    name: 'config trust',
    summary: 'Obey the project file that is found here, as it is now, also in where the API and its key are.',
    examples: ['config trust', 'config trust --remove'],
    options: ['trust', 'voice'],
    load: async () => (await import('./commands/config-trust.ts')).configTrust,
  },
];

/** The first words of the commands that have two. */
const GROUPS: Readonly<Record<string, string>> = {
  config: 'What is in force, where it came from, and whether it works.',
};

/** Flags that may read stdin, which only one can. */
const STDIN_FLAGS = { sitesFile: '--sites-file', apiKeyFile: '--api-key-file', snapshot: '--snapshot' } as const;

/**
 * @param argv without the executable and the script
 * @param columns of the terminal that help is shown on; 0 where there is none
 * @throws {UsageError} on an unknown flag or command, a missing or a bad value
 */
export function parse(argv: readonly string[], columns: number): Parsed {
  let called: { readonly flags: Flags; readonly load: () => Promise<Command> } | undefined;
  let text = '';
  const write = (more: string): void => {
    text += more;
  };
  const program = new Program('kraken-outages');
  // Commands inherit what stands here, as they are made by `.command()`, after it.
  program
    .configureOutput({
      writeOut: write,
      writeErr: write,
      outputError: () => undefined,
      getOutHelpWidth: () => columns || 100,
      getErrHelpWidth: () => columns || 100,
    })
    .exitOverride()
    .description('Report the outages of battery sites to the Kraken API.')
    .version(VERSION, '-V, --version', 'print the version')
    .addHelpText('after', `\nExit codes:\n${exitCodes()}`);

  const groups = new Map<string, Program>();
  for (const { name, summary, examples, options, load } of COMMANDS) {
    const [word = '', group] = name.split(' ').reverse();
    const command = (group === undefined ? program : groupOf(group, program, groups))
      .command(word)
      .summary(summary)
      .description([summary, '', 'Examples:', ...examples.map((line) => `  kraken-outages ${line}`)].join('\n'))
      .action(() => {
        called = { flags: checkStdin(v.parse(flagsSchema, command.opts())), load };
      });
    addOptions(command, options);
  }

  try {
    program.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { text, stream: 'stdout', exitCode: EXIT_CODES.ok.code };
    if (error.code === 'commander.help') return { text, stream: 'stderr', exitCode: EXIT_CODES.usage.code };
    throw usageError(error, argv);
  }
  if (!called) throw new UsageError('no command was given', { hint: 'see kraken-outages --help' });
  return called;
}

/** The command that holds those of the group; alone, it shows its help. */
function groupOf(name: string, program: Program, groups: Map<string, Program>): Program {
  const group = groups.get(name) ?? program.command(name).description(GROUPS[name] ?? '');
  groups.set(name, group);
  return group;
}

function checkStdin(flags: Flags): Flags {
  const readers = (['sitesFile', 'apiKeyFile', 'snapshot'] as const).filter((name) => flags[name] === '-');
  if (readers.length < 2) return flags;
  const names = readers.map((name) => `${STDIN_FLAGS[name]} -`).join(' and ');
  throw new UsageError(`${names}: stdin can be read only once`, { hint: 'give all but one of them a file' });
}

/** commander's message without its prefix, on one line; without the value of an unknown option, which may be a key. */
function usageError(error: CommanderError, argv: readonly string[]): UsageError {
  const message = error.message
    .replace(/^error: /, '')
    .replace(/^(unknown option '[^=']*)=.*'/s, "$1'")
    .replaceAll('\n', ' ');
  const names = [...COMMANDS.map(({ name }) => name), ...Object.keys(GROUPS)];
  const called = names.find((name) => name.split(' ').every((word) => argv.includes(word)));
  return new UsageError(message, { hint: `see kraken-outages ${called === undefined ? '' : `${called} `}--help` });
}

function exitCodes(): string {
  return Object.values(EXIT_CODES)
    .map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`)
    .join('\n');
}
