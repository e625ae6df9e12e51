import { SELECTORS, type SettingDefinition, SETTINGS } from '../../config/settings.ts';
import { EXIT_CODES } from '../../domain/exit-code.ts';
import { FAULT_KINDS } from '../../sandbox/faults.ts';
import type { HelpEntry } from './layout.ts';
import type { TOPIC_NAMES } from '../../commands/help.ts';

/** A help text that belongs to no single command; the man page has it as well. */
export interface Topic {
  readonly name: (typeof TOPIC_NAMES)[number];
  /** Of the section in the man page, which man-pages(7) names. */
  readonly manHeading: string;
  readonly summary: string;
  readonly sections: readonly Section[];
  /** Without the program's name. */
  readonly examples: readonly string[];
}

interface Section {
  readonly heading?: string;
  readonly paragraphs?: readonly string[];
  readonly list?: readonly HelpEntry[];
}

/** The files that are read or written although no flag names them. */
export const FILES: readonly HelpEntry[] = [
  {
    term: 'project file',
    text: '.kraken-outagesrc (also .json, .yaml, .yml), or the "kraken-outages" key of package.json: from the working directory up to the nearest package.json',
  },
  { term: 'user file', text: '$XDG_CONFIG_HOME/kraken-outages/config.yaml, or ~/.config/…' },
  {
    term: 'key file',
    text: '.kraken-outages-key beside the configuration file: what config init stores a typed key in',
  },
  {
    term: 'trust records',
    text: '$XDG_STATE_HOME/kraken-outages/trusted, or ~/.local/state/…: project files that config trust allows to set the URL and the key',
  },
  {
    term: 'compile cache',
    text: '$XDG_CACHE_HOME/kraken-outages, or ~/.cache/…: compiled code of the program, with Node.js 22.8 or newer',
  },
];

/** The variables that have no setting of their own. */
const OTHER_VARIABLES: readonly HelpEntry[] = [
  {
    term: 'HTTPS_PROXY, HTTP_PROXY, NO_PROXY',
    text: 'proxy to use, and hosts to reach without it (also in lower case)',
  },
  { term: 'NODE_EXTRA_CA_CERTS', text: 'PEM file with further certificate authorities to trust' },
  { term: 'NO_COLOR, FORCE_COLOR', text: 'disable or enable colours' },
  { term: 'AWS_PROFILE, AWS_REGION and others', text: 'credentials and region for ssm: references, as in the AWS CLI' },
  { term: 'XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_CACHE_HOME, XDG_DATA_HOME', text: "directories of the user's files" },
  { term: 'TMPDIR', text: 'directory of temporary files' },
  {
    term: 'GITHUB_ACTIONS, GITHUB_STEP_SUMMARY',
    text: 'in GitHub Actions, errors are annotations, and submit adds a table to the summary of the step',
  },
];

export const TOPICS: readonly Topic[] = [
  {
    name: 'exit-codes',
    manHeading: 'EXIT STATUS',
    summary: 'Exit codes and their meanings.',
    sections: [
      {
        list: Object.values(EXIT_CODES).map(({ code, meaning }) => ({ term: String(code).padStart(3), text: meaning })),
      },
      {
        paragraphs: [
          'If several sites all fail with the same exit code, that is the exit code; otherwise it is 8. Each error is one line, followed by a hint; --verbose adds its causes, and --log-format json prints both as JSON.',
        ],
      },
    ],
    examples: ['submit --site nowhere --sandbox || echo "exit code $?"'],
  },
  {
    name: 'config',
    manHeading: 'CONFIGURATION',
    summary: 'Configuration: settings, files and their precedence.',
    sections: [
      {
        paragraphs: [
          'In order of precedence: flags, environment variables, the file given by --config or else the project file, the user file, defaults.',
        ],
        list: FILES.slice(0, 2),
      },
      {
        heading: 'Settings:',
        list: Object.entries<SettingDefinition<unknown>>(SETTINGS).map(defineSetting),
      },
      {
        heading: 'File and profile:',
        list: Object.values(SELECTORS).map(({ flag, description, variable }) => ({
          term: flag,
          text: description,
          facts: [`env ${variable}`],
        })),
      },
      {
        paragraphs: [
          'apiUrl and apiKey may be references (env:NAME, file:PATH, ssm:/NAME); a path in a file is relative to that file. Durations: 500ms, 30s, 2m, 1h, or a number of seconds. "profiles" holds named sets of values that override the others. No flag takes the key itself, because other users of the machine can see command lines.',
        ],
      },
    ],
    examples: ['preview --site norwich-pear-tree --sandbox --cutoff 2022-06-01T00:00:00Z', 'submit --profile staging'],
  },
  {
    name: 'environment',
    manHeading: 'ENVIRONMENT',
    summary: 'Environment variables.',
    sections: [
      {
        paragraphs: [
          'Settings, which flags override. An empty variable counts as not set, but an empty KRAKEN_API_URL or KRAKEN_API_KEY is an error.',
        ],
        list: Object.values<SettingDefinition<unknown>>(SETTINGS).map(({ variable, description, kind }) => ({
          term: variable,
          text: kind === 'list' ? `${description}, separated by commas or white space` : description,
        })),
      },
      {
        heading: 'File and profile:',
        list: Object.values(SELECTORS).map(({ variable, description }) => ({ term: variable, text: description })),
      },
      { heading: 'Others:', list: OTHER_VARIABLES },
    ],
    examples: ['help config'],
  },
  {
    name: 'faults',
    manHeading: 'FAULTS',
    summary: 'Faults that the sandbox can inject.',
    sections: [
      {
        paragraphs: [
          'sandbox --faults takes KIND:PROBABILITY pairs, separated by commas; the probabilities add up to at most 1. Each request gets at most one fault, and the same --seed gives the same faults.',
        ],
        list: Object.entries(FAULT_KINDS).map(([term, text]) => ({ term, text })),
      },
    ],
    examples: ['sandbox --faults 500:0.2,reset:0.05 --latency 200'],
  },
];

function defineSetting([key, definition]: readonly [string, SettingDefinition<unknown>]): HelpEntry {
  const { description, variable, flags, fallback } = definition;
  const facts = [
    ...flags.map((flag) => flag.replace(/ .*/, '')),
    `env ${variable}`,
    ...(fallback === undefined ? [] : [`default ${fallback}`]),
  ];
  return { term: key, text: description, facts };
}
