import { SELECTORS, type SettingDefinition as SettingDefinition, SETTINGS } from '../../config/settings.ts';
import { EXIT_CODES } from '../../domain/exit-code.ts';
import { FAULT_KINDS } from '../../sandbox/faults.ts';
import type { HelpEntry } from './layout.ts';
import type { TOPIC_NAMES } from './topic-names.ts';

/** What `help NAME` tells that is of no single command; the manual page has the same. */
export interface Topic {
  readonly name: (typeof TOPIC_NAMES)[number];
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

export const TOPICS: readonly Topic[] = [
  {
    name: 'exit-codes',
    summary: 'What each exit code means.',
    sections: [
      {
        list: Object.values(EXIT_CODES).map(({ code, meaning }) => ({ term: String(code).padStart(3), text: meaning })),
      },
      {
        paragraphs: [
          'Of several sites that all failed, the exit code is the one they share, else 8. Each failure is one line that says what happened and one that says what to do about it; --verbose adds what is behind it, and --log-format json makes fields of them.',
        ],
      },
    ],
    examples: ['submit --site nowhere --sandbox || echo "it ended with $?"'],
  },
  {
    name: 'config',
    summary: 'What can be configured, where, and what goes before what.',
    sections: [
      {
        paragraphs: [
          'Flags go before environment variables, those before the file that --config names, or else the project file, that before the user file, and that before the defaults.',
        ],
        list: [
          {
            term: 'project file',
            text: '.kraken-outagesrc (also .json, .yaml, .yml), or the "kraken-outages" key of package.json: from the working directory up to the nearest package.json',
          },
          { term: 'user file', text: '$XDG_CONFIG_HOME/kraken-outages/config.yaml, or ~/.config/…' },
        ],
      },
      {
        heading: 'Keys of the files:',
        list: Object.entries<SettingDefinition<unknown>>(SETTINGS).map(defineSetting),
      },
      {
        heading: 'Which file, and which part of it:',
        list: Object.values(SELECTORS).map(({ flag, description, variable }) => ({
          term: flag,
          text: description,
          facts: [`env ${variable}`],
        })),
      },
      {
        paragraphs: [
          'apiUrl and apiKey may refer to where their value is, in place of holding it; a path in a file is relative to that file. Durations are 500ms, 30s, 2m, 1h, or seconds. "profiles" holds named sets of values that go over the others. There is no flag that takes the key itself: other users of the machine see command lines.',
        ],
      },
    ],
    examples: ['preview --site norwich-pear-tree --sandbox --cutoff 2022-06-01T00:00:00Z', 'submit --profile staging'],
  },
  {
    name: 'faults',
    summary: 'What can go wrong in the sandbox, on demand.',
    sections: [
      {
        paragraphs: [
          'sandbox --faults takes a list of KIND:PROBABILITY, with commas between them and probabilities from 0 to 1 that add up to at most 1. Each request meets one of the faults, or none; the same --seed brings the same ones.',
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
    ...(variable === undefined ? [] : [`env ${variable}`]),
    ...(fallback === undefined ? [] : [`default ${fallback}`]),
  ];
  return { term: key, text: description, facts };
}
