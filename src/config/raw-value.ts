import { safeParse } from 'valibot';

import { ConfigurationError, type ErrorDetails, type KrakenOutagesError, UsageError } from '../domain/errors.ts';
import { DEFAULT, DEFINITIONS, SETTINGS } from './settings.ts';
import type { Setting, SettingDefinition, SettingName, Values, ValueSource } from './settings.ts';

/** A text from one source, unchecked and with unresolved references. */
export interface RawValue {
  readonly text: string;
  readonly source: ValueSource;
  /** Base of relative paths in the text; by default the working directory. */
  readonly directory?: string;
  /** The file that contains only this text. */
  readonly path?: string;
}

/** A setting from one source: one text, or any number of them if it is a list. */
export interface RawSetting {
  readonly items: readonly RawValue[];
  readonly source: ValueSource;
}

/** The settings of one source: the command line, the environment, a file or a profile in it. */
export type Layer = ReadonlyMap<SettingName, RawSetting>;

export function toRawSetting(raw: RawValue): RawSetting {
  return { items: [raw], source: raw.source };
}

/** Returns a usage error for a flag, else a configuration error. The message begins with the source. */
export function settingError(source: ValueSource, problem: string, details: ErrorDetails = {}): KrakenOutagesError {
  const message = `${source.label}: ${problem}`;
  return source.kind === 'flag' ? new UsageError(message, details) : new ConfigurationError(message, details);
}

/**
 * Checks a setting and freezes it.
 * @param raw undefined for the default
 * @throws {UsageError} if a flag is invalid
 * @throws {ConfigurationError} if another source is
 */
export function checkSetting<Name extends SettingName>(name: Name, raw: RawSetting | undefined): Setting<Values[Name]> {
  const definition = DEFINITIONS[name];
  const items = (raw?.items ?? []).map((item) => check(name, definition, item).value);
  return Object.freeze({ value: definition.toValue(items), source: Object.freeze(raw?.source ?? DEFAULT) });
}

/** Checks one text. @throws {UsageError} if a flag is invalid @throws {ConfigurationError} if another source is */
export function check<Item>(
  name: SettingName,
  definition: Pick<SettingDefinition<Item>, 'schema' | 'hint'>,
  { text, source }: RawValue,
): Setting<Item> {
  const result = safeParse(definition.schema, text);
  if (result.success) return { value: result.output, source };
  const unquoted = /^(["'])(.*)\1$/.exec(text)?.[2];
  const hint =
    text === '' && source.kind === 'env'
      ? `give ${source.label} a value, or unset it`
      : unquoted !== undefined && safeParse(definition.schema, unquoted).success
        ? 'remove the quotes'
        : (definition.hint?.(text) ?? exampleFor(name, source));
  throw settingError(source, result.issues[0].message, { hint });
}

/** Returns an example of the setting in the syntax of this kind of source. */
export function exampleFor(name: SettingName, { kind }: Pick<ValueSource, 'kind'>): string {
  const { kind: settingKind, example, variable, flags } = SETTINGS[name];
  if (kind === 'env') return `for example ${variable}=${example}`;
  if (kind === 'file') return `for example ${name}: ${settingKind === 'list' ? `[${example}]` : example}`;
  return `for example ${flagName(flags[0])} ${example}`;
}

/** Returns the name of a flag: `--cutoff` for the notation `--cutoff <time>`. */
export function flagName(flag: string): string {
  return flag.replace(/ .*/, '');
}
