import { expect } from 'chai';
import { Option } from 'commander';
import { describe, it } from 'mocha';

import { loadCommands } from '../../src/cli/command-tree.ts';
import { commandLine } from '../../src/cli/command-line.ts';
import { type SettingDefinition, SETTINGS } from '../../src/config/settings.ts';
import { EXIT_CODES } from '../../src/domain/exit-code.ts';
import { createReporter } from '../../src/output/reporter.ts';
import { parse, type Parsed } from '../../src/cli/parse.ts';
import { FAULT_KINDS } from '../../src/sandbox/faults.ts';
import { startRunDeadline } from '../../src/pipeline/run-deadline.ts';
import { testEnvironment } from '../support/environment.ts';
import { rejectionOf, errorFields } from '../support/thrown.ts';

const COMMANDS = await loadCommands();
const DEFAULTS: Readonly<Record<string, unknown>> = { color: true, logFormat: 'text' };
const COMMAND_LINES = [
  'fetch',
  'preview',
  'submit',
  'sandbox',
  'config show',
  'config check',
  'config init',
  'config trust',
];

/** Returns the flags that differ from their defaults. */
function flagsOf(parsed: Parsed): unknown {
  if (!('command' in parsed)) return parsed;
  const given = Object.entries(parsed.command.flags).filter(
    ([name, value]) => value !== undefined && value !== (DEFAULTS[name] ?? false),
  );
  return Object.fromEntries(given);
}

/** Command lines and their flags, without flags at their default. */
const LINES: readonly (readonly [line: string, flags: Readonly<Record<string, unknown>>])[] = [
  ['fetch', {}],
  ['preview', {}],
  ['submit', { format: 'text' }],
  ['sandbox', {}],
  ['fetch --site a --site b --sites-file f', { site: ['a', 'b'], sitesFile: 'f' }],
  ['fetch --site=a --cutoff=2022-01-01T00:00:00Z', { site: ['a'], cutoff: '2022-01-01T00:00:00Z' }],
  ['fetch --output out.json --sandbox', { output: 'out.json', sandbox: true }],
  ['preview --site a --cutoff-inclusive', { site: ['a'], cutoffInclusive: true }],
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
  // The configuration checks these values later.
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

const KEY_HINT =
  'no flag takes the key, as others can see command lines: set KRAKEN_API_KEY, or give --api-key-file FILE (- for stdin)';

/** Invalid command lines, with message and hint. */
const ERRORS: readonly (readonly [line: string, message: string, hint: string])[] = [
  ['submit --sit a', "unknown option '--sit' (Did you mean --site?)", 'see kraken-outages submit --help'],
  ['--site a', "unknown option '--site'", 'see kraken-outages --help'],
  ['submt', "unknown command 'submt' (Did you mean submit?)", 'see kraken-outages --help'],
  ['config shw', "unknown command 'shw' (Did you mean show?)", 'see kraken-outages config --help'],
  ['config init --forc', "unknown option '--forc' (Did you mean --force?)", 'see kraken-outages config init --help'],
  ['submit --api-key=sesame', "unknown option '--api-key'", KEY_HINT],
  ['config check --key sesame', "unknown option '--key'", KEY_HINT],
  ['preview --json', "unknown option '--json'", 'give --format json'],
  [
    'submit --dry-run',
    "unknown option '--dry-run'",
    'kraken-outages preview shows what submit would send, and sends nothing',
  ],
  ['login', "unknown command 'login'", 'to store the API URL and the key, run: kraken-outages config init'],
  ['init', "unknown command 'init'", 'to store the API URL and the key, run: kraken-outages config init'],
  ['version', "unknown command 'version'", 'run: kraken-outages --version'],
  ['check', "unknown command 'check'", 'run: kraken-outages config check'],
  ['submit --site', "option '--site <id>' argument missing", 'see kraken-outages submit --help'],
  [
    'completion bash zsh',
    "too many arguments for 'completion'. Expected 1 argument but got 2.",
    'see kraken-outages completion --help',
  ],
  [
    'preview --format xml',
    "option '--format <name>' argument 'xml' is invalid. Allowed choices are json, ndjson, csv, table, timeline, html, svg.",
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
  ['submit --api-key secret', "unknown option '--api-key'", KEY_HINT],
  // A value attached to an unknown flag may be a key.
  ["submit --api-key=sec'ret", "unknown option '--api-key'", KEY_HINT],
  ['submit -kSECRET', "unknown option '-k'", 'see kraken-outages submit --help'],
  ["submit -k=SEC'RET", "unknown option '-k'", 'see kraken-outages submit --help'],
  ['submit -vkSECRET', "unknown option '-k'", 'see kraken-outages submit --help'],
  ['config check -ksecret', "unknown option '-k'", 'see kraken-outages config check --help'],
  ['-kSECRET', "unknown option '-k'", 'see kraken-outages --help'],
  [
    'submit --sites-file - --snapshot - --api-key-file -',
    '--sites-file - and --snapshot - and --api-key-file -: stdin can be read only once',
    'give all but one of them a file',
  ],
];

describe('parse', () => {
  for (const [line, flags] of LINES) {
    it(`parses ${line}`, async () => {
      expect(flagsOf(await parse(line.split(' ')))).to.deep.equal(flags);
    });
  }

  it('names each flag like its commander attribute', () => {
    for (const { name, flags } of COMMANDS) {
      for (const [attribute, { notation }] of Object.entries(flags)) {
        expect(new Option(notation).attributeName(), `${name} ${notation}`).to.equal(attribute);
      }
    }
  });

  it('uses the same notation for a flag in all commands', () => {
    const notations = new Map<string, string>();
    for (const [attribute, { notation }] of COMMANDS.flatMap(({ flags }) => Object.entries(flags))) {
      expect(notation).to.equal(notations.get(attribute) ?? notation);
      notations.set(attribute, notation);
    }
  });
});

describe('parse, given an invalid command line', () => {
  for (const [line, message, hint] of ERRORS) {
    it(`rejects ${line}`, async () => {
      expect(errorFields(await rejectionOf(parse(line.split(' '))))).to.deep.equal({
        type: 'UsageError',
        message,
        hint,
      });
    });
  }
});

/** Returns the output of `help`. */
async function helpOn(names: string): Promise<string> {
  const parsed = await parse(['help', ...names.split(' ').filter(Boolean)]);
  if (!('command' in parsed)) throw new Error('help is no command');
  let text = '';
  const stdout = {
    isTTY: false,
    columns: 0,
    write(data: string | Uint8Array) {
      text += String(data);
      return Promise.resolve();
    },
  };
  const environment = testEnvironment({ stdout });
  const options = { format: 'text', verbose: false, quiet: true, noColor: true, secrets: () => [] } as const;
  const reporter = await createReporter(environment, options);
  await parsed.command.run({
    environment,
    reporter,
    deadline: startRunDeadline(environment),
    commandLine,
    words: parsed.words,
    registerSecret: () => undefined,
    redact: (text) => text,
  });
  return text;
}

/** Joins the lines of a text. */
function flowing(text: string): string {
  return text.replace(/\s+/g, ' ');
}

describe('help and version', () => {
  const shown = async (line: string, columns = 0): Promise<{ text: string; stream: string; exitCode: number }> => {
    const parsed = await parse(line === '' ? [] : line.split(' '));
    if (!('text' in parsed)) return { text: '', stream: 'none', exitCode: -1 };
    return { ...parsed, text: await parsed.text(columns) };
  };

  it('prints help to stdout on request, and to stderr if no command was given', async () => {
    const asked = await shown('--help');
    const output = await shown('');
    expect({ ...asked, text: '' }).to.deep.equal({ text: '', stream: 'stdout', exitCode: 0 });
    expect({ ...output, text: '' }).to.deep.equal({ text: '', stream: 'stderr', exitCode: 2 });
    expect(output.text).to.equal(asked.text);
    expect(await shown('-h')).to.deep.equal(asked);
    expect(await helpOn('')).to.equal(asked.text);
    expect(await helpOn('submit')).to.equal((await shown('submit --help')).text);
    expect(await shown('config')).to.deep.equal({ ...(await shown('config --help')), stream: 'stderr', exitCode: 2 });
  });

  it('wraps help to the width of the terminal, or to 100 columns without a terminal', async () => {
    const widest = async (line: string, columns: number): Promise<number> =>
      Math.max(
        ...(await shown(line, columns)).text
          .split('\n')
          .filter((text) => !text.startsWith('  kraken-outages '))
          .map((text) => text.length),
      );
    for (const line of ['--help', ...COMMAND_LINES.map((name) => `${name} --help`)]) {
      expect(await widest(line, 80), line).to.be.at.most(80);
      expect(await widest(line, 50), line).to.be.at.most(60);
      expect(await widest(line, 0), line).to.be.at.most(100);
      expect(await shown(line, 200)).to.deep.equal(await shown(line, 100));
    }
  });

  it('shows a summary, examples, and for each flag its description, variable, key and default', async () => {
    for (const line of ['--help', 'config --help', ...COMMAND_LINES.map((name) => `${name} --help`)]) {
      expect((await shown(line, 100)).text, line).to.match(/^.*\.\n\nExamples:\n( {2}kraken-outages .*\n)+\nUsage: /);
    }
    const { text } = await shown('submit --help', 80);
    expect(text).to.match(/^Submit each site's outages .*\.\n\nExamples:\n( {2}kraken-outages submit .*\n)+\nUsage: /);
    expect(text).to.include(
      '  --cutoff <time>         exclude outages that began at or before this time\n' +
        '                          [env KRAKEN_CUTOFF, key cutoff,\n' +
        '                          default 2022-01-01T00:00:00Z]\n',
    );
    expect(text).to.match(
      /--retry-post <when> [^[]*\[always\|safe\|never,\s+env\s+KRAKEN_RETRY_POST,\s+key\s+retryPost,\s+default always\]/,
    );
    expect(text).to.match(/--format <name> [^[]*more than 20 sites[^[]*\[text\|json, default text\]/);
    expect((await shown('completion --help')).text).not.to.include('--site-ids');
  });

  it('generates the topics from the declarations', async () => {
    for (const { code, meaning } of Object.values(EXIT_CODES)) {
      expect(flowing(await helpOn('exit-codes'))).to.include(` ${code} ${meaning}`);
    }
    for (const [key, { description }] of Object.entries<SettingDefinition<unknown>>(SETTINGS)) {
      expect(flowing(await helpOn('config'))).to.include(` ${key} ${description} [--`);
    }
    for (const [kind, description] of Object.entries(FAULT_KINDS)) {
      expect(flowing(await helpOn('faults'))).to.include(` ${kind} ${description}`);
    }
  });

  it('suggests the closest name for an unknown topic', async () => {
    const errorFor = async (names: string): Promise<unknown> => errorFields(await rejectionOf(helpOn(names)));
    const hint = 'see kraken-outages --help';
    expect(await errorFor('exit-code')).to.deep.equal({
      type: 'UsageError',
      message: 'no help for "exit-code" (Did you mean exit-codes?)',
      hint,
    });
    expect(await errorFor('xyzzy\u001b')).to.deep.equal({
      type: 'UsageError',
      message: 'no help for "xyzzy\\u001b"',
      hint,
    });
  });

  it('prints the version of package.json', async () => {
    expect(await shown('--version')).to.deep.equal(await shown('-V'));
    expect((await shown('-V')).text).to.match(/^\d+\.\d+\.\d+\n$/);
  });
});
