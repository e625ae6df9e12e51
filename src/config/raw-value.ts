import { safeParse } from 'valibot';

import { ConfigurationError, type ErrorDetails, type KrakenOutagesError, UsageError } from '../domain/errors.ts';
import { SETTINGS } from './settings.ts';
import type { SettingDefinition, Setting, SettingName, ValueSource, TextSettingName } from './settings.ts';

/** A value as somebody wrote it: not checked, its references not resolved. */
export interface RawValue {
  readonly text: string;
  readonly source: ValueSource;
  /** What the paths in it are relative to; the working directory where it is undefined. */
  readonly directory?: string;
  /** The file that holds nothing but it. */
  readonly path?: string;
}

export interface RawList {
  readonly items: readonly RawValue[];
  /** Of the list as a whole. */
  readonly source: ValueSource;
}

/** What one place says. */
export interface Layer {
  readonly texts: ReadonlyMap<TextSettingName, RawValue>;
  readonly sites?: RawList;
}

/** What is wrong with the value; the class says whether the command line or the configuration is to be corrected. */
export function settingError(source: ValueSource, problem: string, details: ErrorDetails = {}): KrakenOutagesError {
  const message = `${source.label}: ${problem}`;
  return source.kind === 'flag' ? new UsageError(message, details) : new ConfigurationError(message, details);
}

/** @throws {UsageError} @throws {ConfigurationError} where the schema refuses the text */
export function check<T>(name: SettingName, definition: SettingDefinition<T>, written: RawValue): Setting<T> {
  const { text, source } = written;
  const result = safeParse(definition.schema, text);
  if (result.success) return { value: result.output, source };
  const hint =
    text === '' && source.kind === 'env'
      ? `give ${source.label} a value, or unset it`
      : (definition.hint?.(text) ?? exampleFor(name, source));
  throw settingError(source, result.issues[0].message, { hint });
}

/** How to write the setting at such a place. */
export function exampleFor(name: SettingName, { kind }: Pick<ValueSource, 'kind'>): string {
  const { example, variable, flags } = SETTINGS[name];
  if (kind === 'env' && variable !== undefined) return `for example ${variable}=${example}`;
  if (kind === 'file') return `for example ${name}: ${name === 'sites' ? `[${example}]` : example}`;
  return `for example ${flagName(flags[0])} ${example}`;
}

/** `--cutoff` of `--cutoff <time>`. */
export function flagName(flag: string): string {
  return flag.replace(/ .*/, '');
}
