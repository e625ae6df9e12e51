import { safeParse } from 'valibot';

import { ConfigurationError, type ErrorDetails, type KrakenOutagesError, UsageError } from '../errors.ts';
import { DEFINITIONS } from './settings.ts';
import type { Definition, Setting, SettingName, Source, TextSettingName } from './settings.ts';

/** A value as somebody wrote it: not checked, its references not resolved. */
export interface Written {
  readonly text: string;
  readonly source: Source;
  /** What the paths in it are relative to; the working directory where it is undefined. */
  readonly directory?: string;
  /** The file that holds nothing but it. */
  readonly path?: string;
}

export interface WrittenList {
  readonly items: readonly Written[];
  /** Of the list as a whole. */
  readonly source: Source;
}

/** What one place says. */
export interface Layer {
  readonly texts: ReadonlyMap<TextSettingName, Written>;
  readonly sites?: WrittenList;
}

/** What is wrong with the value; the class says whether the command line or the configuration is to be corrected. */
export function failure(source: Source, problem: string, details: ErrorDetails = {}): KrakenOutagesError {
  const message = `${source.label}: ${problem}`;
  return source.kind === 'flag' ? new UsageError(message, details) : new ConfigurationError(message, details);
}

/** @throws {UsageError} @throws {ConfigurationError} where the schema refuses the text */
export function check<T>(name: SettingName, definition: Definition<T>, written: Written): Setting<T> {
  const { text, source } = written;
  const result = safeParse(definition.schema, text);
  if (result.success) return { value: result.output, source };
  const hint =
    text === '' && source.kind === 'env'
      ? `give ${source.label} a value, or unset it`
      : (definition.hint?.(text) ?? exampleFor(name, source));
  throw failure(source, result.issues[0].message, { hint });
}

/** How to write the setting at such a place. */
export function exampleFor(name: SettingName, { kind }: Pick<Source, 'kind'>): string {
  const { example, variable, flags } = DEFINITIONS[name];
  if (kind === 'env' && variable !== undefined) return `for example ${variable}=${example}`;
  if (kind === 'file') return `for example ${name}: ${name === 'sites' ? `[${example}]` : example}`;
  return `for example ${flagName(flags[0])} ${example}`;
}

/** `--cutoff` of `--cutoff <time>`. */
export function flagName(flag: string): string {
  return flag.replace(/ .*/, '');
}
