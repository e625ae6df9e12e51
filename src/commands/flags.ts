/** Flags that several commands share, in the groups that help shows. */

import * as v from 'valibot';

import { SELECTORS, type SettingDefinition, SETTINGS } from '../config/settings.ts';
import type { Flag } from './command.ts';

export const text = v.optional(v.string());
export const toggle = v.optional(v.boolean(), false);

/** Returns the schema of a flag with a fixed set of values. */
export function choice<const Choices extends readonly string[]>(choices: Choices, fallback: Choices[number]) {
  return v.optional(v.picklist(choices), fallback);
}

const SELECTION_GROUP = 'Selection:';

export const CUTOFF_FLAGS = {
  cutoff: {
    group: SELECTION_GROUP,
    notation: SETTINGS.cutoff.flags[0],
    description: SETTINGS.cutoff.description,
    schema: text,
  },
  cutoffInclusive: {
    group: SELECTION_GROUP,
    notation: SETTINGS.cutoffInclusive.flags[0],
    description: SETTINGS.cutoffInclusive.description,
    schema: v.optional(v.boolean()),
  },
} as const;

export const SELECTION_FLAGS = {
  site: {
    group: SELECTION_GROUP,
    notation: SETTINGS.sites.flags[0],
    description: SETTINGS.sites.description,
    schema: v.optional(v.array(v.string())),
    isRepeatable: true,
  },
  sitesFile: {
    group: SELECTION_GROUP,
    notation: '--sites-file <file>',
    description: 'read more site ids from this file, one per line (- for stdin)',
    schema: text,
    readsStdin: true,
  },
  ...CUTOFF_FLAGS,
} as const;

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
    description: 'write to this file instead of stdout (atomically)',
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

export const API_FLAGS = {
  apiUrl: setting('apiUrl'),
  apiKeyFile: {
    group: 'API:',
    notation: SETTINGS.apiKey.flags[0],
    description: 'read the API key from this file (- for stdin)',
    schema: text,
    readsStdin: true,
  },
  proxy: {
    group: 'API:',
    notation: '--proxy <url>',
    description: 'proxy URL ("" disables); overrides HTTPS_PROXY, honours NO_PROXY',
    schema: text,
  },
  caFile: {
    group: 'API:',
    notation: '--ca-file <file>',
    description: 'additional CA certificates (PEM), as NODE_EXTRA_CA_CERTS',
    schema: text,
  },
  timeout: setting('timeout'),
  deadline: setting('deadline'),
  retries: setting('retries'),
  retryPost: setting('retryPost'),
  concurrency: setting('concurrency'),
} as const;

export const CONFIGURATION_FLAGS = { config: selector('config'), profile: selector('profile') } as const;

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

function setting(name: 'apiUrl' | 'timeout' | 'deadline' | 'retries' | 'retryPost' | 'concurrency') {
  const { flags, description, choices }: SettingDefinition<unknown> = SETTINGS[name];
  const suggestions = choices && { suggestions: choices };
  return { group: 'API:', notation: flags[0], description, schema: text, ...suggestions } as const satisfies Flag;
}

function selector(name: keyof typeof SELECTORS) {
  const { flag, description } = SELECTORS[name];
  return { group: 'Configuration:', notation: flag, description, schema: text } as const satisfies Flag;
}

/** Returns the entry that `--format` names; the command line was checked against the names before. */
export function lookup<Name extends string, Choice>(
  choices: Readonly<Record<Name, Choice>>,
  name: string | undefined,
  fallback: Name,
): Choice {
  return Object.entries<Choice>(choices).find(([known]) => known === name)?.[1] ?? choices[fallback];
}
