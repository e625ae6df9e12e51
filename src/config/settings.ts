/**
 * Every setting, declared once: its type, flag, variable, default, help, README row, JSON Schema and example file follow
 * from its entry in `SETTINGS` (and from its flag in `SETTING_FLAGS` below it).
 */
import * as v from 'valibot';

import { MAX_CONCURRENCY } from '../util/concurrency-limit.ts';
import {
  apiKeyForm,
  apiUrlForm,
  automaticDurationForm,
  automaticForm,
  cutoffForm,
  durationForm,
  queueForm,
  siteIdForm,
  switchForm,
  wholeNumberForm,
} from './json-forms.ts';
import type { JsonSchema } from './json-forms.ts';
import {
  apiKeySchema,
  apiUrlSchema,
  automaticSchema,
  cutoffSchema,
  deadlineSchema,
  durationSchema,
  keyHint,
  guessTime,
  queueSchema,
  RETRY_POST,
  retryPostSchema,
  siteIdSchema,
  switchSchema,
  wholeNumberSchema,
} from './value-schemas.ts';

/** The place a value came from. */
export interface ValueSource {
  /** For a reference, the kind of place it leads to. */
  readonly kind: 'flag' | 'env' | 'file' | 'ssm' | 'terminal' | 'default';
  /** Shown in messages: `--cutoff`, `KRAKEN_CUTOFF`, `.kraken-outagesrc:3 (cutoff)`, `default`. */
  readonly label: string;
}

export const DEFAULT: ValueSource = Object.freeze({ kind: 'default', label: 'default' });

export interface Setting<Value> {
  readonly value: Value;
  readonly source: ValueSource;
}

/** Properties that all kinds of settings share. */
interface Description<Item> {
  /** Turns text into a value. Its messages are shown to people and never contain a secret. */
  readonly schema: v.GenericSchema<string, Item>;
  readonly description: string;
  /** Describes the allowed texts, unless the description does. */
  readonly values?: string;
  /** The default, as text. */
  readonly fallback?: string;
  /** The environment variable. A list is separated by commas or white space. */
  readonly variable: string;
  /** In commander's notation; the first one gives the value itself, or a file that holds it. */
  readonly flags: readonly [string, ...string[]];
  readonly example: string;
  /** All allowed texts, if they are few. */
  readonly choices?: readonly string[];
  /** Suggests a correction for a text that the schema rejects; without one, the example is shown. */
  readonly hint?: (text: string) => string | undefined;
  /** For editors: the form of the value in a configuration file. */
  readonly jsonSchema: () => JsonSchema;
}

/** `Item` is the value of one text, `Value` the value of the whole setting. */
export interface SettingDefinition<Item, Value = Item> extends Description<Item> {
  /** `credential`: may be a reference, is looked up only on demand, and has no default. `list`: any number of texts. */
  readonly kind: 'text' | 'list' | 'credential';
  /** Combines the texts once they are checked; without any, the default. */
  toValue(items: readonly Item[]): Value;
}

function text<Item>(definition: Description<Item> & { readonly fallback: string }) {
  const fallback = v.parse(definition.schema, definition.fallback);
  return { ...definition, kind: 'text' as const, toValue: ([item = fallback]: readonly Item[]): Item => item };
}

function list<Item>(definition: Description<Item>) {
  const toValue = (items: readonly Item[]): readonly Item[] => Object.freeze([...new Set(items)]);
  return { ...definition, kind: 'list' as const, toValue };
}

function credential<Item>(definition: Description<Item>) {
  return { ...definition, kind: 'credential' as const, toValue: ([item]: readonly Item[]): Item | undefined => item };
}

const DURATIONS = '500ms, 30s, 2m, 1h';
/** Minimum and maximum. */
const RETRIES = [0, 100] as const;

/** In the order in which help, README and the example file show them. */
export const SETTINGS = {
  /** Without a trailing slash. */
  apiUrl: credential({
    schema: apiUrlSchema,
    description: 'API base URL including its path, or a reference (env:NAME, file:PATH, ssm:/NAME)',
    variable: 'KRAKEN_API_URL',
    flags: ['--api-url <url>'],
    example: 'https://api.example.com/interview-tests-mock-api/v1',
    jsonSchema: apiUrlForm,
  }),
  apiKey: credential({
    schema: apiKeySchema,
    description: 'API key, preferably as a reference (env:NAME, file:PATH, ssm:/NAME)',
    variable: 'KRAKEN_API_KEY',
    flags: ['--api-key-file <file>'],
    example: 'file:.kraken-outages-key',
    hint: keyHint,
    jsonSchema: apiKeyForm,
  }),
  /** Distinct, in the order given. */
  sites: list({
    schema: siteIdSchema,
    description: 'site id (repeatable)',
    variable: 'KRAKEN_SITE',
    flags: ['--site <id>', '--sites-file <file>'],
    example: 'norwich-pear-tree',
    jsonSchema: () => ({ type: 'array', items: siteIdForm() }),
  }),
  /** RFC 3339. */
  cutoff: text({
    schema: cutoffSchema,
    description: 'exclude outages that began at or before this time',
    values: 'RFC 3339, with Z or an offset, or a date for midnight UTC',
    fallback: '2022-01-01T00:00:00Z',
    variable: 'KRAKEN_CUTOFF',
    flags: ['--cutoff <time>'],
    example: '2022-01-01T00:00:00Z',
    hint: (cutoff) => {
      const meant = guessTime(cutoff);
      return meant === undefined ? undefined : `write ${meant}`;
    },
    jsonSchema: cutoffForm,
  }),
  cutoffInclusive: text({
    schema: switchSchema,
    description: 'also include outages that began exactly at the cutoff',
    fallback: 'false',
    variable: 'KRAKEN_CUTOFF_INCLUSIVE',
    flags: ['--cutoff-inclusive'],
    example: 'true',
    jsonSchema: switchForm,
  }),
  /** Milliseconds. */
  timeout: text({
    schema: durationSchema,
    description: 'timeout for the response to start, and between chunks',
    values: DURATIONS,
    fallback: '30s',
    variable: 'KRAKEN_TIMEOUT',
    flags: ['--timeout <duration>'],
    example: '30s',
    jsonSchema: durationForm,
  }),
  /** Milliseconds, or `auto`: see `deadlineFor`. */
  deadline: text({
    schema: deadlineSchema,
    description: 'time limit for the whole run, including retries (auto: 2m, or 1s per site if that is longer)',
    values: `${DURATIONS}, or auto`,
    fallback: 'auto',
    variable: 'KRAKEN_DEADLINE',
    flags: ['--deadline <duration>'],
    example: '10m',
    jsonSchema: automaticDurationForm,
  }),
  retries: text({
    schema: wholeNumberSchema(...RETRIES),
    description: 'retries per failed request',
    values: `from ${RETRIES.join(' to ')}`,
    fallback: '5',
    variable: 'KRAKEN_RETRIES',
    flags: ['--retries <number>'],
    example: '5',
    jsonSchema: () => wholeNumberForm(...RETRIES),
  }),
  retryPost: text({
    schema: retryPostSchema,
    description: 'when to retry a failed submission: always, safe (only if certainly not processed), never',
    fallback: 'always',
    variable: 'KRAKEN_RETRY_POST',
    flags: ['--retry-post <when>'],
    choices: RETRY_POST,
    example: 'safe',
    jsonSchema: () => ({ enum: RETRY_POST }),
  }),
  concurrency: text({
    schema: automaticSchema(1, MAX_CONCURRENCY),
    description: 'maximum concurrent requests',
    values: `from 1 to ${MAX_CONCURRENCY}, or auto for as many as raise the throughput`,
    fallback: 'auto',
    variable: 'KRAKEN_CONCURRENCY',
    flags: ['--concurrency <number>'],
    example: 'auto',
    jsonSchema: () => automaticForm(MAX_CONCURRENCY),
  }),
  queue: credential({
    schema: queueSchema,
    description: 'queue URL (redis:, rediss:, postgres:), or a reference (env:NAME, file:PATH, ssm:/NAME)',
    variable: 'KRAKEN_QUEUE',
    flags: ['--queue <url>'],
    example: 'redis://queue.example.com:6379',
    jsonSchema: queueForm,
  }),
};

type Definitions = typeof SETTINGS;

export type SettingName = keyof Definitions;

type NameOfKind<Kind> = { [Name in SettingName]: Definitions[Name]['kind'] extends Kind ? Name : never }[SettingName];

/** Settings that may be references, and are looked up only on demand. */
export type CredentialName = NameOfKind<'credential'>;

type Items = { readonly [Name in SettingName]: v.InferOutput<Definitions[Name]['schema']> };

/** The value of each setting. A credential is undefined if it is not given. */
export type Values = { readonly [Name in SettingName]: ReturnType<Definitions[Name]['toValue']> };

/** The settings of a run: checked, references resolved, deeply frozen. */
export type Settings = { readonly [Name in SettingName]: Setting<Values[Name]> };

/** `SETTINGS`, typed for access by a name that is known only at run time. */
export const DEFINITIONS: {
  readonly [Name in SettingName]: SettingDefinition<Items[Name], Values[Name]>;
} = SETTINGS;

/** In the order of `SETTINGS`. */
export const SETTING_NAMES: readonly SettingName[] = Object.keys(SETTINGS).filter(isSettingName);

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

export function isCredentialName(name: SettingName): name is CredentialName {
  return SETTINGS[name].kind === 'credential';
}

/** Select a configuration file or a part of it; they are not settings themselves. */
export const SELECTORS = {
  config: {
    description: 'read this file instead of the project file',
    variable: 'KRAKEN_CONFIG',
    flag: '--config <file>',
  },
  profile: {
    description: 'use this profile of the configuration files',
    variable: 'KRAKEN_PROFILE',
    flag: '--profile <name>',
  },
} as const;

/** A flag of the command line, as every command with these settings declares it. */
export interface SettingFlag<Schema extends v.GenericSchema> {
  /** The heading that help lists it under. */
  readonly group: string;
  /** In commander's notation. */
  readonly notation: string;
  readonly description: string;
  /** The unchecked value from the command line parser; undefined if the flag is not given. */
  readonly schema: Schema;
  /** Shown in help and offered by completion; the configuration checks the value, wherever it comes from. */
  readonly suggestions?: readonly string[];
}

const TEXT = v.optional(v.string());

function flag<Schema extends v.GenericSchema>(
  group: string,
  { flags: [notation], description, choices }: Pick<Description<unknown>, 'flags' | 'description' | 'choices'>,
  schema: Schema,
): SettingFlag<Schema> {
  return { group, notation, description, schema, ...(choices && { suggestions: choices }) };
}

const SELECTION = 'Selection:';
const API = 'API:';
const QUEUE = 'Queue:';
const CONFIGURATION = 'Configuration:';

/** The flags of the settings by their group in help, each by its name as the command line parser has it. */
export const SETTING_FLAGS = {
  selection: {
    site: { ...flag(SELECTION, SETTINGS.sites, v.optional(v.array(v.string()))), isRepeatable: true },
    sitesFile: {
      group: SELECTION,
      notation: '--sites-file <file>',
      description: 'read more site ids from this file, one per line, # for comments (- for stdin)',
      schema: TEXT,
      readsStdin: true,
    },
    cutoff: flag(SELECTION, SETTINGS.cutoff, TEXT),
    cutoffInclusive: flag(SELECTION, SETTINGS.cutoffInclusive, v.optional(v.boolean())),
  },
  api: {
    apiUrl: flag(API, SETTINGS.apiUrl, TEXT),
    apiKeyFile: {
      group: API,
      notation: SETTINGS.apiKey.flags[0],
      description: 'read the API key from this file (- for stdin)',
      schema: TEXT,
      readsStdin: true,
    },
    timeout: flag(API, SETTINGS.timeout, TEXT),
    deadline: flag(API, SETTINGS.deadline, TEXT),
    retries: flag(API, SETTINGS.retries, TEXT),
    retryPost: flag(API, SETTINGS.retryPost, TEXT),
    concurrency: flag(API, SETTINGS.concurrency, TEXT),
  },
  queue: {
    queue: flag(QUEUE, SETTINGS.queue, TEXT),
  },
  configuration: {
    config: {
      group: CONFIGURATION,
      notation: SELECTORS.config.flag,
      description: SELECTORS.config.description,
      schema: TEXT,
    },
    profile: {
      group: CONFIGURATION,
      notation: SELECTORS.profile.flag,
      description: SELECTORS.profile.description,
      schema: TEXT,
    },
  },
};

type RawFlags<Group extends Readonly<Record<string, SettingFlag<v.GenericSchema>>>> = {
  readonly [Name in keyof Group]?: v.InferOutput<Group[Name]['schema']>;
};

/** The flags that configure a run, unchecked. `apiKeyFile` and `sitesFile` name a file, or `-` for stdin. */
export type ConfigFlags = { readonly siteArguments?: readonly string[] } & RawFlags<typeof SETTING_FLAGS.selection> &
  RawFlags<typeof SETTING_FLAGS.api> &
  RawFlags<typeof SETTING_FLAGS.queue> &
  RawFlags<typeof SETTING_FLAGS.configuration>;
