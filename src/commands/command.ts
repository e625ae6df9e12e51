import type { Environment } from '../platform/environment.ts';
import type { Reporter } from '../output/reporter.ts';
import type { Flags } from './flags.ts';

/** What a command works with, beside its flags. */
export interface Context {
  readonly environment: Environment;
  readonly reporter: Reporter;
  /** From now on the secret never shows in what the reporter says, and `redact` takes it out of a text. */
  registerSecret(secret: string): void;
  readonly redact: (text: string) => string;
}

/**
 * Flags in, exit code out.
 * @throws {KrakenOutagesError} what ends the whole run; failures of single sites are reported and counted instead
 */
export type CommandHandler = (flags: Flags, context: Context) => Promise<number>;
