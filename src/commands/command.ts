import * as v from 'valibot';

import type { Reporter } from '../output/reporter.ts';
import type { RunDeadline } from '../pipeline/run-deadline.ts';
import type { Environment } from '../platform/environment.ts';

/** One flag of a command, and the schema of its value as commander hands it over. */
export interface Flag<Schema extends v.GenericSchema = v.GenericSchema> {
  /** The heading that help lists it under. */
  readonly group: string;
  /** In commander's notation, such as `--sites-file <file>` or `-v, --verbose`. */
  readonly notation: string;
  readonly description: string;
  readonly schema: Schema;
  /** All values that it takes, checked while the command line is parsed. */
  readonly choices?: readonly string[];
  /** All values that it takes, checked later: the configuration may give them as well. */
  readonly suggestions?: readonly string[];
  /** The default, shown in help. */
  readonly fallback?: string;
  /** Attribute names of flags that cannot be given together with it. */
  readonly conflicts?: readonly string[];
  /** Whether it may be given more than once. */
  readonly isRepeatable?: boolean;
  /** Whether help leaves it out. */
  readonly isHidden?: boolean;
  /** Whether `-` means stdin, which only one flag can read. */
  readonly readsStdin?: boolean;
}

/** The flags of a command by attribute name: `sitesFile` for `--sites-file`. */
export type FlagSet = Readonly<Record<string, Flag>>;

/** The values of such flags. */
export type FlagValues<Flags extends FlagSet> = {
  readonly [Name in keyof Flags]: v.InferOutput<Flags[Name]['schema']>;
};

/** The one word, or words, that a command takes beside its flags. */
export interface Positional {
  /** In commander's notation, such as `[shell]`. */
  readonly notation: string;
  readonly description: string;
  readonly choices?: readonly string[];
  /** Values that completion offers; others are allowed. */
  readonly suggestions?: readonly string[];
}

/** The parts of the command line that describe the program itself. */
export interface CommandLine {
  /**
   * Returns the help of a command or topic.
   * @param columns width of the terminal in cells, 0 if there is none
   * @throws {UsageError} if there is no such command or topic
   */
  help(names: readonly string[], columns: number): Promise<string>;
  /** Returns the completion script of a shell. */
  completionScript(shell: 'bash' | 'zsh' | 'fish' | 'powershell'): Promise<string>;
}

/** Everything a command works with, beside its flags. */
export interface Context {
  readonly environment: Environment;
  readonly reporter: Reporter;
  /** The run's; it has no limit until the command sets one. */
  readonly deadline: RunDeadline;
  readonly commandLine: CommandLine;
  /** The words beside the flags. */
  readonly words: readonly string[];
  /** Keeps a secret out of everything the reporter writes and `redact` returns from now on. */
  registerSecret(secret: string): void;
  readonly redact: (text: string) => string;
}

/**
 * Runs a command and returns the exit code.
 * @throws {KrakenOutagesError} if the whole run fails; failures of single sites are reported and counted instead
 */
export type CommandHandler<Flags extends FlagSet> = (flags: FlagValues<Flags>, context: Context) => Promise<number>;

/** A command as it is declared: all that parsing, help, man page and completion need, and its handler. */
export interface CommandDeclaration<Flags extends FlagSet> {
  /** Its own word, after that of its group: `config show`. */
  readonly name: string;
  readonly summary: string;
  /** Without the program's name. */
  readonly examples: readonly string[];
  readonly positional?: Positional;
  /** In the order of help. */
  readonly flags: Flags;
  readonly run: CommandHandler<Flags>;
}

/** A declared command whose flags are checked by their schemas before its handler runs. */
export interface CommandDefinition extends Omit<CommandDeclaration<FlagSet>, 'run'> {
  /** Checks the values that commander parsed. */
  bind(values: Readonly<Record<string, unknown>>): BoundCommand;
}

/** A command with its flags, ready to run. */
export interface BoundCommand {
  readonly flags: Readonly<Record<string, unknown>>;
  run(context: Context): Promise<number>;
}

/** Defines a command from its declaration. */
export function defineCommand<const Flags extends FlagSet>(declaration: CommandDeclaration<Flags>): CommandDefinition {
  return {
    ...declaration,
    bind(values) {
      const flags = parseFlags(declaration.flags, values);
      return { flags, run: (context) => declaration.run(flags, context) };
    },
  };
}

/** Returns the values of these flags; others are left out. */
export function parseFlags<Flags extends FlagSet>(
  flags: Flags,
  values: Readonly<Record<string, unknown>>,
): FlagValues<Flags> {
  const parsed: Readonly<Record<string, unknown>> = Object.fromEntries(
    Object.entries(flags).map(([name, { schema }]) => [name, v.parse(schema, values[name])]),
  );
  if (!areValuesOf(flags, parsed)) throw new TypeError('a schema of a flag refuses its own result');
  return parsed;
}

function areValuesOf<Flags extends FlagSet>(
  flags: Flags,
  values: Readonly<Record<string, unknown>>,
): values is FlagValues<Flags> {
  return Object.entries(flags).every(([name, { schema }]) => v.is(schema, values[name]));
}
