import { expect } from 'chai';
import { describe, it } from 'mocha';

import { configCheck } from '../src/commands/config-check.ts';
import { configInit } from '../src/commands/config-init.ts';
import { configShow } from '../src/commands/config-show.ts';
import { configTrust } from '../src/commands/config-trust.ts';
import { fetch } from '../src/commands/fetch.ts';
import { preview } from '../src/commands/preview.ts';
import { sandbox } from '../src/commands/sandbox.ts';
import { submit } from '../src/commands/submit.ts';
import { parse, type Parsed } from '../src/program.ts';
import { thrownBy, toldBy } from './support/thrown.ts';

/** What no flag says. */
const NONE = {
  sandbox: false,
  force: false,
  remove: false,
  verbose: false,
  quiet: false,
  color: true,
  logFormat: 'text',
};
const COMMANDS = {
  fetch,
  preview,
  submit,
  sandbox,
  'config show': configShow,
  'config check': configCheck,
  'config init': configInit,
  'config trust': configTrust,
};

function flagsOf(parsed: Parsed): unknown {
  return 'flags' in parsed ? parsed.flags : parsed;
}

/** Command lines, and the flags that come of them beside those of nobody. */
const LINES: readonly (readonly [line: string, flags: Readonly<Record<string, unknown>>])[] = [
  ['fetch', {}],
  ['preview', { format: 'json' }],
  ['submit', { format: 'text' }],
  ['sandbox', {}],
  ['fetch --site a --site b --sites-file f', { site: ['a', 'b'], sitesFile: 'f' }],
  ['fetch --site=a --cutoff=2022-01-01T00:00:00Z', { site: ['a'], cutoff: '2022-01-01T00:00:00Z' }],
  ['fetch --output out.json --sandbox', { output: 'out.json', sandbox: true }],
  ['preview --site a --cutoff-inclusive', { format: 'json', site: ['a'], cutoffInclusive: true }],
  ['preview --snapshot - --format ndjson --output -', { format: 'ndjson', snapshot: '-', output: '-' }],
  ['preview --format csv', { format: 'csv' }],
  ['preview --format table --no-color', { format: 'table', color: false }],
  ['submit --site a --format json', { format: 'json', site: ['a'] }],
  [
    'submit --api-url https://x/y --api-key-file k --timeout 1s --deadline 2m --retries 3 --retry-post safe --concurrency 4',
    {
      format: 'text',
      apiUrl: 'https://x/y',
      apiKeyFile: 'k',
      timeout: '1s',
      deadline: '2m',
      retries: '3',
      retryPost: 'safe',
      concurrency: '4',
    },
  ],
  ['submit --proxy a:1 --ca-file ca.pem', { format: 'text', proxy: 'a:1', caFile: 'ca.pem' }],
  ['submit --config c.yaml --profile test', { format: 'text', config: 'c.yaml', profile: 'test' }],
  ['submit -v', { format: 'text', verbose: true }],
  ['submit -q --verbose', { format: 'text', quiet: true, verbose: true }],
  ['submit --log-format json', { format: 'text', logFormat: 'json' }],
  ['submit --sites-file - --snapshot f', { format: 'text', sitesFile: '-', snapshot: 'f' }],
  // Values are read later, and by whoever knows what they mean.
  ['submit --retries many --cutoff never', { format: 'text', retries: 'many', cutoff: 'never' }],
  ['submit --site --sandbox', { format: 'text', site: ['--sandbox'] }],
  [
    'sandbox --port 0 --outages 5 --seed 7 --latency 20 --faults 500:0.2,reset:0.1 --cutoff-inclusive',
    { port: '0', outages: '5', seed: '7', latency: '20', faults: '500:0.2,reset:0.1', cutoffInclusive: true },
  ],
  ['config show --format json --cutoff never', { format: 'json', cutoff: 'never' }],
  ['config check --sandbox --site a', { format: 'text', sandbox: true, site: ['a'] }],
  ['config init --force --api-key-file k', { force: true, apiKeyFile: 'k' }],
  ['config trust --remove', { remove: true }],
];

/** Command lines that are wrong, and what is said about them. */
const ERRORS: readonly (readonly [line: string, message: string, hint: string])[] = [
  ['submit --sit a', "unknown option '--sit' (Did you mean --site?)", 'see kraken-outages submit --help'],
  ['--site a', "unknown option '--site'", 'see kraken-outages --help'],
  ['submt', "unknown command 'submt' (Did you mean submit?)", 'see kraken-outages --help'],
  ['config shw', "unknown command 'shw' (Did you mean show?)", 'see kraken-outages config --help'],
  ['config init --forc', "unknown option '--forc' (Did you mean --force?)", 'see kraken-outages config init --help'],
  ['submit --site', "option '--site <id>' argument missing", 'see kraken-outages submit --help'],
  [
    'submit norwich-pear-tree',
    "too many arguments for 'submit'. Expected 0 arguments but got 1.",
    'see kraken-outages submit --help',
  ],
  [
    'preview --format xml',
    "option '--format <name>' argument 'xml' is invalid. Allowed choices are json, ndjson, csv, table, timeline, html.",
    'see kraken-outages preview --help',
  ],
  [
    'submit --format csv',
    "option '--format <name>' argument 'csv' is invalid. Allowed choices are text, json.",
    'see kraken-outages submit --help',
  ],
  [
    'submit --sandbox --api-url https://x',
    "option '--sandbox' cannot be used with option '--api-url <url>'",
    'see kraken-outages submit --help',
  ],
  [
    'submit --api-key-file k --sandbox',
    "option '--sandbox' cannot be used with option '--api-key-file <file>'",
    'see kraken-outages submit --help',
  ],
  ['fetch --snapshot f', "unknown option '--snapshot'", 'see kraken-outages fetch --help'],
  ['submit --output f', "unknown option '--output'", 'see kraken-outages submit --help'],
  [
    'submit --api-key secret',
    "unknown option '--api-key' (Did you mean --api-url?)",
    'see kraken-outages submit --help',
  ],
  // Nor is what was meant for a key repeated.
  ["submit --api-key=sec'ret", "unknown option '--api-key'", 'see kraken-outages submit --help'],
  [
    'submit --sites-file - --snapshot - --api-key-file -',
    '--sites-file - and --api-key-file - and --snapshot -: stdin can be read only once',
    'give all but one of them a file',
  ],
];

describe('program: command lines', () => {
  for (const [line, flags] of LINES) {
    it(line, async () => {
      const argv = line.split(' ');
      const parsed = parse(argv, 0);
      expect(flagsOf(parsed)).to.deep.equal({ ...NONE, ...flags });
      const { load } = 'load' in parsed ? parsed : { load: () => Promise.resolve('no command') };
      expect(await load()).to.equal(Object.entries(COMMANDS).find(([name]) => `${line} `.startsWith(`${name} `))?.[1]);
    });
  }
});

describe('program: command lines that are wrong', () => {
  for (const [line, message, hint] of ERRORS) {
    it(line, () => {
      expect(toldBy(thrownBy(() => parse(line.split(' '), 0)))).to.deep.equal({ type: 'UsageError', message, hint });
    });
  }
});

describe('program: texts', () => {
  const shown = (line: string, columns = 0): { text: string; stream: string; exitCode: number } => {
    const parsed = parse(line === '' ? [] : line.split(' '), columns);
    return 'text' in parsed ? parsed : { text: '', stream: 'none', exitCode: -1 };
  };

  it('help goes to stdout where it was asked for, and to stderr where nothing was', () => {
    const asked = shown('--help');
    const told = shown('');
    expect({ ...asked, text: '' }).to.deep.equal({ text: '', stream: 'stdout', exitCode: 0 });
    expect({ ...told, text: '' }).to.deep.equal({ text: '', stream: 'stderr', exitCode: 2 });
    expect(told.text).to.equal(asked.text);
    expect(shown('-h')).to.deep.equal(asked);
    expect(shown('help')).to.deep.equal(asked);
    expect(shown('help submit')).to.deep.equal(shown('submit --help'));
    expect(shown('config')).to.deep.equal({ ...shown('config --help'), stream: 'stderr', exitCode: 2 });
  });

  it('help fits the terminal, and is 100 columns wide where there is none', () => {
    // What an option or a code means is wrapped; the usage, the examples and the exit codes are not.
    const widest = (columns: number): number => {
      const options = shown('submit --help', columns)
        .text.split('\n')
        .filter((line) => line.startsWith('  -'));
      return Math.max(...options.map((line) => line.length));
    };
    expect(widest(80)).to.be.within(61, 80);
    expect(widest(0)).to.be.within(81, 100);
  });

  it('the version is that of package.json', () => {
    expect(shown('--version')).to.deep.equal(shown('-V'));
    expect(shown('-V').text).to.match(/^\d+\.\d+\.\d+\n$/);
  });
});
