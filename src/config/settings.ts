/** The one source of what can be configured: loading, help, README and `.kraken-outagesrc.example` are made from it. */

import type { GenericSchema } from 'valibot';

import {
  apiKeySchema,
  apiUrlSchema,
  cutoffSchema,
  durationSchema,
  meantTime,
  RETRY_POST,
  retryPostSchema,
  siteIdSchema,
  switchSchema,
  wholeNumberSchema,
} from './value-schemas.ts';

/** Where a value came from. */
export interface ValueSource {
  /** What gave the value in the end: of a reference, the variable, file or parameter it names. */
  readonly kind: 'flag' | 'env' | 'file' | 'ssm' | 'terminal' | 'default';
  /** For people: `--cutoff`, `KRAKEN_CUTOFF`, `.kraken-outagesrc:3 (cutoff)`, `default`. */
  readonly label: string;
}

export const DEFAULT: ValueSource = Object.freeze({ kind: 'default', label: 'default' });

export interface Setting<T> {
  readonly value: T;
  readonly source: ValueSource;
}

/** What is in force: checked, resolved, deeply frozen. */
export interface Settings {
  /** Sound, without trailing slash. Undefined where it is not given, or not asked for. */
  readonly apiUrl: Setting<string | undefined>;
  /** The secret itself, and its only place. Undefined where it is not given, or not asked for. */
  readonly apiKey: Setting<string | undefined>;
  /** Distinct, in the order given. */
  readonly sites: Setting<readonly string[]>;
  /** RFC 3339. */
  readonly cutoff: Setting<string>;
  readonly cutoffInclusive: Setting<boolean>;
  /** Milliseconds. */
  readonly timeout: Setting<number>;
  /** Milliseconds. */
  readonly deadline: Setting<number>;
  readonly retries: Setting<number>;
  readonly retryPost: Setting<'always' | 'safe' | 'never'>;
  /** From 1 to 64. */
  readonly concurrency: Setting<number>;
}

export type SettingName = keyof Settings;

/** Those that may be references, and are read only where they are wanted. */
export type SecretName = 'apiUrl' | 'apiKey';

/** Those with one value, which files hold as a text; `sites` is a list of texts. */
export type TextSettingName = Exclude<SettingName, 'sites'>;

/** What there is to say about a key. `T` is its value, of `sites` that of one element. */
export interface SettingDefinition<T> {
  /** Turns text into the value; its messages are ours and never repeat a secret. */
  readonly schema: GenericSchema<string, T>;
  readonly description: string;
  /** Which texts there are, where the description does not say. */
  readonly values?: string;
  /** The default, as text. */
  readonly fallback?: string;
  /** The environment variable. */
  readonly variable?: string;
  /** In commander's notation. */
  readonly flags: readonly [string, ...string[]];
  readonly example: string;
  /** All the texts that there are, where they are few. */
  readonly choices?: readonly string[];
  /** What to do about a text that the schema refuses, where an example would not do. */
  readonly hint?: (text: string) => string | undefined;
}

/** What need not be given. */
export type DefaultedDefinition<T> = SettingDefinition<T> & { readonly fallback: string };

function define<T>(definition: DefaultedDefinition<T>): DefaultedDefinition<T>;
function define<T>(definition: SettingDefinition<T>): SettingDefinition<T>;
function define<T>(definition: SettingDefinition<T>): SettingDefinition<T> {
  return definition;
}

/** The least and the most. */
export const BOUNDS = { retries: [0, 100], concurrency: [1, 64] } as const;
const DURATIONS = '500ms, 30s, 2m, 1h';

export const SETTINGS = {
  apiUrl: define({
    schema: apiUrlSchema,
    description: 'the API, with its path; or env:NAME, file:PATH, ssm:/NAME',
    variable: 'KRAKEN_API_URL',
    flags: ['--api-url <url>'],
    example: 'https://api.example.com/interview-tests-mock-api/v1',
  }),
  apiKey: define({
    schema: apiKeySchema,
    description: 'the API key; better env:NAME, file:PATH or ssm:/NAME, which name where it is',
    variable: 'KRAKEN_API_KEY',
    flags: ['--api-key-file <file>'],
    example: 'file:.kraken-outages-key',
    hint: () => 'give the key alone: visible ASCII characters on one line, nothing before or after',
  }),
  sites: define({
    schema: siteIdSchema,
    description: 'the ids of the sites to work on',
    variable: 'KRAKEN_SITE',
    flags: ['--site <id>', '--sites-file <file>'],
    example: 'norwich-pear-tree',
  }),
  cutoff: define({
    schema: cutoffSchema,
    description: 'outages that began at this time or before are left out',
    values: 'RFC 3339, with Z or an offset',
    fallback: '2022-01-01T00:00:00Z',
    variable: 'KRAKEN_CUTOFF',
    flags: ['--cutoff <time>'],
    example: '2022-01-01T00:00:00Z',
    hint: (text) => {
      const meant = meantTime(text);
      return meant === undefined ? undefined : `write ${meant}`;
    },
  }),
  cutoffInclusive: define({
    schema: switchSchema,
    description: 'keep the outages that began exactly at the cutoff',
    fallback: 'false',
    flags: ['--cutoff-inclusive'],
    example: 'true',
  }),
  timeout: define({
    schema: durationSchema,
    description: 'how long to wait for an answer to begin, and for each piece of it',
    values: DURATIONS,
    fallback: '30s',
    flags: ['--timeout <duration>'],
    example: '30s',
  }),
  deadline: define({
    schema: durationSchema,
    description: 'how long the whole run may take, retries included',
    values: DURATIONS,
    fallback: '2m',
    flags: ['--deadline <duration>'],
    example: '2m',
  }),
  retries: define({
    schema: wholeNumberSchema(...BOUNDS.retries),
    description: 'how often a failed request is repeated',
    values: `from ${BOUNDS.retries.join(' to ')}`,
    fallback: '5',
    flags: ['--retries <number>'],
    example: '5',
  }),
  retryPost: define({
    schema: retryPostSchema,
    description: 'whether a failed submission is repeated: always, safe (only what was surely not taken) or never',
    fallback: 'always',
    flags: ['--retry-post <when>'],
    choices: RETRY_POST,
    example: 'safe',
  }),
  concurrency: define({
    schema: wholeNumberSchema(...BOUNDS.concurrency),
    description: 'how many requests may be under way at once',
    values: `from ${BOUNDS.concurrency.join(' to ')}`,
    fallback: '8',
    flags: ['--concurrency <number>'],
    example: '8',
  }),
} as const satisfies { readonly [Name in SettingName]: SettingDefinition<ElementOf<Settings[Name]['value']>> };

type ElementOf<T> = NonNullable<T extends readonly (infer Element)[] ? Element : T>;

/** What chooses among configurations, and is no setting itself. */
export const SELECTORS = {
  config: {
    description: 'read this file instead of the project file',
    variable: 'KRAKEN_CONFIG',
    flag: '--config <file>',
  },
  profile: {
    description: 'the profile of the configuration files to use',
    variable: 'KRAKEN_PROFILE',
    flag: '--profile <name>',
  },
} as const;

/** Every key of `DEFINITIONS` but `sites`. */
export const TEXT_SETTING_NAMES: readonly TextSettingName[] = [
  'apiUrl',
  'apiKey',
  'cutoff',
  'cutoffInclusive',
  'timeout',
  'deadline',
  'retries',
  'retryPost',
  'concurrency',
];
