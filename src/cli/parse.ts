import { type Command, CommanderError } from 'commander';

import type { BoundCommand, CommandDefinition, FlagSet } from '../commands/command.ts';
import { UsageError } from '../domain/errors.ts';
import { EXIT_CODES } from '../domain/exit-code.ts';
import { VERSION } from '../platform/version.ts';
import { COMMAND_NAMES, createProgram, GROUPS, isInvokedBy, loadInvoked } from './command-tree.ts';
import { hintFor } from './expected-words.ts';

/** The request of a command line: a command to run, or a text to show. */
export type Parsed =
  | { readonly command: BoundCommand; readonly words: readonly string[] }
  | {
      /** @param columns width of the terminal in cells, 0 if there is none */
      readonly text: (columns: number) => Promise<string>;
      readonly stream: 'stdout' | 'stderr';
      readonly exitCode: number;
    };

/**
 * Parses a command line.
 * @param argv without the executable and the script
 * @throws {UsageError} on an unknown flag or command, or a missing or invalid value
 */
export async function parse(argv: readonly string[]): Promise<Parsed> {
  let called: Parsed | undefined;
  let text: (columns: number) => Promise<string> = () => Promise.resolve(`${VERSION}\n`);
  const program = createProgram(await loadInvoked(argv), {
    help(command) {
      text = async (columns) => (await import('./help/render-command.ts')).renderCommand(command, columns);
    },
    call(definition, command) {
      called = { command: bind(definition, command), words: command.args };
    },
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

function bind(definition: CommandDefinition, command: Command): BoundCommand {
  const values: Readonly<Record<string, unknown>> = command.opts();
  const bound = definition.bind(values);
  assertOneStdinReader(definition.flags, bound.flags);
  return bound;
}

/** @throws {UsageError} if several flags read stdin */
function assertOneStdinReader(flags: FlagSet, values: BoundCommand['flags']): void {
  const readers = Object.entries(flags).filter(([name, { readsStdin }]) => readsStdin === true && values[name] === '-');
  if (readers.length < 2) return;
  const names = readers.map(([, { notation }]) => notation.replace(/<.*/, '-')).join(' and ');
  throw new UsageError(`${names}: stdin can be read only once`, { hint: 'give all but one of them a file' });
}

/** Converts commander's error to one line. A value attached to an unknown flag may be a key, so it is left out. */
function usageError(error: CommanderError, argv: readonly string[]): UsageError {
  const message = error.message
    .replace(/^error: /, '')
    .replace(/^(unknown option '--[^=']*)=.*'/s, "$1'")
    .replace(/^(unknown option '-[^-'])[^']*'?.*/s, "$1'")
    .replaceAll('\n', ' ');
  const [, unknown, word = ''] = /^(unknown (?:option|command) '(.*?)')/.exec(message) ?? [];
  const hint = hintFor(word);
  // Without commander's suggestion, which is another flag of a similar name.
  if (unknown !== undefined && hint !== undefined) return new UsageError(unknown, { hint });
  const names = [...COMMAND_NAMES, ...Object.keys(GROUPS)];
  const invoked = names.find((name) => isInvokedBy(argv, name));
  return new UsageError(message, { hint: `see kraken-outages ${invoked === undefined ? '' : `${invoked} `}--help` });
}
