/** Flags that several commands share, in the groups that help shows. */

import * as v from 'valibot';

import { SETTING_FLAGS } from '../config/settings.ts';
import type { Positional } from './command.ts';

export const text = v.optional(v.string());
export const toggle = v.optional(v.boolean(), false);

/** Returns the schema of a flag with a fixed set of values. */
export function choice<const Choices extends readonly string[]>(choices: Choices, fallback: Choices[number]) {
  return v.optional(v.picklist(choices), fallback);
}

export const SELECTION_FLAGS = SETTING_FLAGS.selection;

/** Site ids as words, in addition to `--site`. */
export const SITE_ARGUMENTS: Positional = { notation: '[site...]', description: 'site ids, as with --site' };

const { cutoff, cutoffInclusive } = SELECTION_FLAGS;
export const CUTOFF_FLAGS = { cutoff, cutoffInclusive };

export const SANDBOX_FLAG = {
  sandbox: {
    group: 'Input:',
    notation: '--sandbox',
    description: 'use a built-in mock API (no URL, key or network needed)',
    schema: toggle,
    conflicts: ['apiUrl', 'apiKeyFile'],
  },
} as const;

export const INPUT_FLAGS = {
  snapshot: {
    group: 'Input:',
    notation: '--snapshot <file>',
    description: 'read a snapshot saved by fetch instead of calling the API (- for stdin)',
    schema: text,
    readsStdin: true,
  },
  ...SANDBOX_FLAG,
} as const;

export const OUTPUT_FLAG = {
  output: {
    group: 'Output:',
    notation: '--output <file>',
    description: 'write to this file instead of stdout; it is replaced at once, if its directory allows it',
    schema: text,
  },
} as const;

/** How `config show` and `config check` print. */
export const REPORT_FORMAT_FLAG = {
  format: {
    group: 'Output:',
    notation: '--format <name>',
    description: 'output format: text for people, json for programs',
    schema: choice(['text', 'json'], 'text'),
    choices: ['text', 'json'],
    fallback: 'text',
  },
} as const;

const { apiUrl, apiKeyFile, ...limits } = SETTING_FLAGS.api;

export const API_FLAGS = {
  apiUrl,
  apiKeyFile,
  proxy: {
    group: apiUrl.group,
    notation: '--proxy <url>',
    description: 'proxy URL ("" disables); overrides HTTPS_PROXY, honours NO_PROXY',
    schema: text,
  },
  caFile: {
    group: apiUrl.group,
    notation: '--ca-file <file>',
    description: 'additional CA certificates (PEM), as NODE_EXTRA_CA_CERTS',
    schema: text,
  },
  ...limits,
};

export const QUEUE_FLAG = SETTING_FLAGS.queue;

export const CONFIGURATION_FLAGS = SETTING_FLAGS.configuration;

export const LOGGING_FLAGS = {
  verbose: {
    group: 'Logging:',
    notation: '-v, --verbose',
    description: 'log every HTTP attempt and the cause of errors',
    schema: toggle,
  },
  quiet: { group: 'Logging:', notation: '-q, --quiet', description: 'log errors only', schema: toggle },
  color: {
    group: 'Logging:',
    notation: '--no-color',
    description: 'disable colours (same as NO_COLOR=1)',
    schema: v.optional(v.boolean(), true),
  },
  logFormat: {
    group: 'Logging:',
    notation: '--log-format <name>',
    description: 'log format',
    schema: choice(['text', 'json'], 'text'),
    choices: ['text', 'json'],
    fallback: 'text',
  },
} as const;

/** Returns the entry that `--format` names; the command line was checked against the names before. */
export function lookup<Name extends string, Choice>(
  choices: Readonly<Record<Name, Choice>>,
  name: string | undefined,
  fallback: Name,
): Choice {
  return Object.entries<Choice>(choices).find(([known]) => known === name)?.[1] ?? choices[fallback];
}
