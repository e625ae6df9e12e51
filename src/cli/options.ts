import { type Command as Program, Option } from 'commander';

import { SELECTORS, SETTINGS, type SettingName } from '../config/settings.ts';
import { FORMATS, MANY_SITES, RECEIPT_FORMATS } from '../output/formats.ts';
import { SANDBOX_DEFAULTS } from '../sandbox/defaults.ts';

/** The flags of the commands, in the groups in which help shows them. */
export const OPTION_GROUPS = {
  sites: {
    heading: 'What to work on:',
    options: () => [
      setting('sites').argParser(collect),
      new Option('--sites-file <file>', 'read more sites from this file, one id a line; - for stdin'),
      setting('cutoff'),
      setting('cutoffInclusive'),
    ],
  },
  cutoff: { heading: 'What to accept:', options: () => [setting('cutoff'), setting('cutoffInclusive')] },
  snapshot: {
    heading: 'Where from:',
    options: () => [
      new Option('--snapshot <file>', 'work from what fetch saved, in place of asking the API; - for stdin'),
      sandbox(),
    ],
  },
  live: { heading: 'Where from:', options: () => [sandbox()] },
  output: { heading: 'Where to:', options: () => [output()] },
  lists: {
    heading: 'Where to:',
    options: () => [
      new Option('--format <name>', 'how to print the lists').choices(Object.keys(FORMATS)).default('json'),
      output(),
    ],
  },
  receipts: {
    heading: 'Where to:',
    options: () => [
      new Option(
        '--format <name>',
        `how to print the receipts; at a terminal, text shows each site as it is done, and of more than ${MANY_SITES} sites a bar and those that failed`,
      )
        .choices(Object.keys(RECEIPT_FORMATS))
        .default('text'),
    ],
  },
  completion: {
    heading: 'Where to:',
    options: () => [
      new Option('--install', 'write it to where the shell looks for it: says what and where, and asks'),
      new Option('-y, --yes', 'write it without being asked'),
      new Option('--sites', 'print the sites of the configuration, for the script').hideHelp(),
    ],
  },
  report: {
    heading: 'How to print it:',
    options: () => [
      new Option('--format <name>', 'for people or for programs').choices(['text', 'json']).default('text'),
    ],
  },
  file: {
    heading: 'The file:',
    options: () => [new Option('--force', 'replace the .kraken-outagesrc that is there')],
  },
  trust: {
    heading: 'What to do:',
    options: () => [new Option('--remove', 'take it back')],
  },
  server: {
    heading: 'What to serve:',
    options: () => [
      withDefault(new Option('--port <number>', 'where to listen, 0 for any free port'), SANDBOX_DEFAULTS.port),
      withDefault(new Option('--outages <number>', 'how many outages there are, any amount'), 'a small world of 108'),
      withDefault(new Option('--seed <number>', 'the same seed, the same data and faults'), SANDBOX_DEFAULTS.seed),
      withDefault(new Option('--latency <milliseconds>', 'how long each answer takes'), SANDBOX_DEFAULTS.latency),
      new Option(
        '--faults <list>',
        'how often what goes wrong, such as 500:0.2,reset:0.05; see kraken-outages help faults',
      ),
    ],
  },
  api: {
    heading: 'The API:',
    options: () => [
      setting('apiUrl'),
      new Option('--api-key-file <file>', 'read the key from this file; - for stdin'),
      new Option(
        '--proxy <url>',
        'connect through this proxy, "" for none; as HTTPS_PROXY, but not to hosts in NO_PROXY',
      ),
      new Option('--ca-file <file>', 'trust the authorities in this file as well; PEM, as NODE_EXTRA_CA_CERTS'),
      setting('timeout'),
      setting('deadline'),
      setting('retries'),
      setting('retryPost'),
      setting('concurrency'),
    ],
  },
  configuration: {
    heading: 'Configuration:',
    options: () => [choice('config'), choice('profile')],
  },
  voice: {
    heading: 'What is said on stderr:',
    options: () => [
      new Option('-v, --verbose', 'each attempt, and what is behind an error'),
      new Option('-q, --quiet', 'errors only'),
      new Option('--no-color', 'no colours; as NO_COLOR'),
      new Option('--log-format <name>', 'how it is said').choices(['text', 'json']).default('text'),
    ],
  },
} as const satisfies Record<string, { readonly heading: string; options(): readonly Option[] }>;

export type OptionGroup = keyof typeof OPTION_GROUPS;

/** Gives a command these groups of flags. */
export function addFlagGroups(command: Program, groups: readonly OptionGroup[]): void {
  for (const name of groups) {
    const { heading, options } = OPTION_GROUPS[name];
    for (const option of options()) command.addOption(option.helpGroup(heading));
  }
}

function setting(name: SettingName): Option {
  const { flags, description, choices } = SETTINGS[name];
  const option = new Option(flags[0], description);
  // Not by choices(), which would check the value here: the configuration does, wherever the value is from.
  if (choices) option.argChoices = [...choices];
  return option;
}

function choice(name: keyof typeof SELECTORS): Option {
  const { flag, description } = SELECTORS[name];
  return new Option(flag, description);
}

function sandbox(): Option {
  return new Option('--sandbox', 'run against a sandbox inside this process: no URL, no key, no network').conflicts([
    'apiUrl',
    'apiKeyFile',
  ]);
}

function output(): Option {
  return new Option('--output <file>', 'write here instead of to stdout: the whole, or nothing');
}

/** Says what holds where the flag is not given, and leaves it to others to see to it. */
function withDefault(option: Option, description: string | number): Option {
  return option.default(undefined, String(description));
}

function collect(value: string, others: readonly string[] | undefined): readonly string[] {
  return [...(others ?? []), value];
}
