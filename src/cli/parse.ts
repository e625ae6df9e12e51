import { CommanderError } from 'commander';
import * as v from 'valibot';

import { COMMANDS, createProgram, GROUPS, isCalledBy } from './command-tree.ts';
import type { CommandHandler } from '../commands/command.ts';
import { type Flags, flagsSchema } from '../commands/flags.ts';
import { UsageError } from '../domain/errors.ts';
import { EXIT_CODES } from '../domain/exit-code.ts';
import { VERSION } from '../platform/version.ts';

/** What the command line asks for: a command to run, or a text to show. */
export type Parsed =
  | { readonly flags: Flags; readonly load: () => Promise<CommandHandler> }
  | {
      /** @param columns of the terminal that it is shown on; 0 where there is none */
      readonly text: (columns: number) => Promise<string>;
      readonly stream: 'stdout' | 'stderr';
      readonly exitCode: number;
    };

/** Flags that may read stdin, which only one can. */
const STDIN_FLAGS = { sitesFile: '--sites-file', apiKeyFile: '--api-key-file', snapshot: '--snapshot' } as const;

/**
 * @param argv without the executable and the script
 * @throws {UsageError} on an unknown flag or command, a missing or a bad value
 */
export function parse(argv: readonly string[]): Parsed {
  let called: Parsed | undefined;
  let text: (columns: number) => Promise<string> = () => Promise.resolve(`${VERSION}\n`);
  const program = createProgram({
    help(command) {
      text = async (columns) => (await import('./help/render-command.ts')).renderCommand(command, columns);
    },
    call({ argument, load }, command) {
      const words = argument && { words: command.args };
      const flags = checkStdin(v.parse(flagsSchema, { ...command.opts(), ...words }));
      called = { flags, load };
    },
    words: argv,
  });

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
  const called = names.find((name) => isCalledBy(argv, name));
  return new UsageError(message, { hint: `see kraken-outages ${called === undefined ? '' : `${called} `}--help` });
}
