import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';

import type { OutputStream, Signal } from '../src/platform/environment.ts';
import { createFiles } from '../src/platform/files.ts';
import { ClosedPipeError } from '../src/domain/errors.ts';
import { main } from '../src/main.ts';
import { withoutAnnouncement } from './support/announcement.ts';
import { inputOf, testEnvironment, type TestOverrides } from './support/environment.ts';
import { trackedFetch } from './support/tracked-fetch.ts';

const NOW = Date.parse('2026-01-02T03:04:05.678Z');
const API = 'https://api.test/v1';
const KEY = 'main-Secret/key+1234567890==';
const ENV = { KRAKEN_API_URL: `${API}/`, KRAKEN_API_KEY: KEY };

/** The responses of an API with two sites, by method and path; anything else is a 404. */
const ANSWERS: Readonly<Record<string, unknown>> = {
  'GET /outages': [
    { id: 'a-1', begin: '2021-05-01T00:00:00.000Z', end: '2022-06-01T00:00:00.000Z' },
    { id: 'a-1', begin: '2022-01-01T00:00:00.000Z', end: '2022-01-02T00:00:00.000Z' },
    { id: 'a-2', begin: '2022-05-01T10:20:30.400Z', end: '2022-05-01T12:20:30.400Z' },
    { id: 'b-1', begin: '2022-06-01T00:00:00.000Z', end: '2022-06-04T04:00:00.000Z' },
    { id: 'c-1', begin: '2022-06-01T00:00:00.000Z', end: '2022-06-04T04:00:00.000Z' },
  ],
  'GET /site-info/alpha': {
    id: 'alpha',
    name: 'Alpha',
    devices: [
      { id: 'a-1', name: 'Battery 1' },
      { id: 'a-2', name: 'Battery 2' },
    ],
  },
  'GET /site-info/beta': { id: 'beta', name: 'Beta', devices: [{ id: 'b-1', name: 'Battery 1' }] },
  'POST /site-outages/alpha': {},
  'POST /site-outages/beta': {},
};
const ALPHA = '[{"id":"a-2","name":"Battery 2","begin":"2022-05-01T10:20:30.400Z","end":"2022-05-01T12:20:30.400Z"}]';
const BETA = '[{"id":"b-1","name":"Battery 1","begin":"2022-06-01T00:00:00.000Z","end":"2022-06-04T04:00:00.000Z"}]';
const SHA256 = {
  alpha: 'e814cd67dbc1ff67f56b8047507e85edc64f786f2f1a4c2e092c83c4aba50d14',
  beta: '41cef581cdac09fad833678766783edc3a42515d569df1f790d3ce46638b43c7',
};
const BOUNDARY =
  'note: alpha: excluded 1 outage that began exactly at the cutoff (2022-01-01T00:00:00Z)\n' +
  '  use --cutoff-inclusive to include such outages if the API rejects the list (the live API is known to)\n';
const UNKNOWN_SITE =
  `error: nowhere: GET ${API}/site-info/nowhere: the API answered 404: "Site not found"\n` +
  'hint: check the site id and the path of KRAKEN_API_URL\n';

/** Facts of all receipts in these tests. The random numbers are all 0.5, which gives this run id. */
const FACTS =
  `"time":"2026-01-02T03:04:05.678Z","run":"${'80000000'.repeat(4)}","api":"${API}",` +
  '"cutoff":"2022-01-01T00:00:00Z","cutoffInclusive":false';

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Method, path and body of each request. */
  readonly requests: readonly string[];
}

interface Overrides extends Omit<TestOverrides, 'stdout' | 'stderr'> {
  readonly stdout?: Partial<OutputStream>;
  readonly stderr?: Partial<OutputStream>;
}

/** Runs main() with a stopped clock. */
async function run(argv: readonly string[], overrides: Overrides = {}): Promise<Ran> {
  const texts = { stdout: '', stderr: '' };
  const requests: string[] = [];
  const capture = (name: 'stdout' | 'stderr'): OutputStream => ({
    isTTY: false,
    columns: 0,
    write(data) {
      texts[name] += typeof data === 'string' ? data : Buffer.from(data).toString();
      return Promise.resolve();
    },
    ...overrides[name],
  });
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const path = request.url.replace(API, '');
    requests.push(`${request.method} ${path} ${await request.text()}`.trim());
    if (request.headers.get('x-api-key') !== KEY) return Response.json({ message: 'Forbidden' }, { status: 403 });
    const answer = ANSWERS[`${request.method} ${path}`];
    return answer === undefined ? Response.json({ message: 'Site not found' }, { status: 404 }) : Response.json(answer);
  };
  const code = await main(
    argv,
    testEnvironment({
      env: ENV,
      clock: { now: () => NOW, monotonic: () => 1000, after: () => () => undefined },
      ...overrides,
      fetch: trackedFetch(overrides.fetch ?? fetch),
      stdout: capture('stdout'),
      stderr: capture('stderr'),
    }),
  );
  const everything = `${texts.stdout}${texts.stderr}`;
  expect(everything, 'the key in the output').not.to.include(KEY);
  return { code, stdout: texts.stdout, stderr: withoutAnnouncement(texts.stderr), requests };
}

/** Returns a terminal with this many columns. */
function terminal(columns: number): Partial<OutputStream> {
  return { isTTY: true, columns };
}

/** Returns the POST requests. */
function posted({ requests }: Ran): readonly string[] {
  return requests.filter((request) => request.startsWith('POST'));
}

function shown({ code, stdout, stderr }: Ran): unknown {
  return { code, stdout, stderr };
}

describe('main: in a pipe', () => {
  let cwd: string;
  beforeEach(async () => (cwd = await mkdtemp(join(tmpdir(), 'kraken-outages-main-'))));
  afterEach(() => rm(cwd, { recursive: true }));

  it('prints the outages verbatim with fetch', async () => {
    const everything = await run(['fetch']);
    expect(shown(everything)).to.deep.equal({
      code: 0,
      stdout: `{"outages":${JSON.stringify(ANSWERS['GET /outages'])},"sites":[]}\n`,
      stderr: '',
    });
    expect(everything.requests).to.deep.equal(['GET /outages']);
  });

  it('prints an object with fetch if there are no outages', async () => {
    const none = { fetch: () => Promise.resolve(Response.json([])) };
    expect(shown(await run(['fetch'], none))).to.deep.equal({
      code: 0,
      stdout: '{"outages":[],"sites":[]}\n',
      stderr: '',
    });
  });

  it('prints the filtered outages and the filter with fetch --site --cutoff', async () => {
    const ran = await run(['fetch', '--site', 'alpha', '--cutoff', '2022-01-01T00:00:00Z']);
    expect(shown(ran)).to.deep.equal({
      code: 0,
      stdout:
        '{"outages":[{"id":"a-2","begin":"2022-05-01T10:20:30.400Z","end":"2022-05-01T12:20:30.400Z"}],' +
        `"sites":[${JSON.stringify(ANSWERS['GET /site-info/alpha'])}],` +
        '"cutoff":"2022-01-01T00:00:00Z","cutoffInclusive":false}\n',
      stderr: BOUNDARY.replace('alpha: ', ''),
    });
  });

  it('prints complete JSON with fetch if the filter removes every outage', async () => {
    const { stdout } = await run(['fetch', '--cutoff', '2099-01-01T00:00:00Z']);
    expect(stdout).to.equal('{"outages":[],"sites":[],"cutoff":"2099-01-01T00:00:00Z","cutoffInclusive":false}\n');
  });

  it('writes the file and prints nothing with fetch --output', async () => {
    const ran = await run(['fetch', '--output', 'out.json'], { cwd, files: createFiles({ cwd: () => cwd }) });
    expect(ran.stdout).to.equal('');
    expect(ran.stderr).to.match(/^Wrote out\.json \(\d+ B, \d+ outages?\)\n$/);
    expect(await readdir(cwd)).to.deep.equal(['out.json']);
    expect(await readFile(join(cwd, 'out.json'), 'utf8')).to.equal((await run(['fetch'])).stdout);
  });

  for (const [format, stdout] of Object.entries({
    json: `${ALPHA}\n`,
    ndjson:
      '{"site":"alpha","id":"a-2","name":"Battery 2","begin":"2022-05-01T10:20:30.400Z","end":"2022-05-01T12:20:30.400Z"}\n',
    csv: 'site,id,name,begin,end\r\nalpha,a-2,Battery 2,2022-05-01T10:20:30.400Z,2022-05-01T12:20:30.400Z\r\n',
    table:
      'DEVICE     ID   BEGIN                     END                       DURATION\n' +
      'Battery 2  a-2  2022-05-01T10:20:30.400Z  2022-05-01T12:20:30.400Z        2h\n' +
      '\n' +
      '1 outage of 1 device\n',
  })) {
    it(`prints the list that submit would send with preview --format ${format}`, async () => {
      const ran = await run(['preview', '--site', 'alpha', '--format', format]);
      expect(shown(ran)).to.deep.equal({ code: 0, stdout, stderr: BOUNDARY });
      expect(ran.requests).to.deep.equal(['GET /site-info/alpha', 'GET /outages']);
    });
  }

  it('previews the sites that succeed and reports the others', async () => {
    const ran = await run(['preview', '--site', 'beta', '--site', 'nowhere', '--site', 'alpha']);
    expect(shown(ran)).to.deep.equal({
      code: 8,
      stdout: `{"beta":${BETA},"alpha":${ALPHA}}\n`,
      stderr: BOUNDARY + UNKNOWN_SITE,
    });
  });

  it('needs no network, URL or key for preview --snapshot -', async () => {
    const { stdout } = await run(['fetch', '--site', 'alpha']);
    const ran = await run(['preview', '--site', 'alpha', '--snapshot', '-'], { stdin: inputOf(stdout), env: {} });
    expect(ran).to.deep.equal({ code: 0, stdout: `${ALPHA}\n`, stderr: BOUNDARY, requests: [] });
  });

  it('prints a receipt as text with submit', async () => {
    const ran = await run(['submit', '--site', 'alpha', '--quiet']);
    expect(shown(ran)).to.deep.equal({
      code: 0,
      stdout: `✓ alpha  accepted  200 OK  1 outage  1 attempt  0.00 s  sha256 ${SHA256.alpha.slice(0, 12)}…\n`,
      stderr: '',
    });
    expect(posted(ran)).to.deep.equal([`POST /site-outages/alpha ${ALPHA}`]);
  });

  it('prints an object per site with submit --format json, and errors also on stderr', async () => {
    const flags = ['--site', 'beta', '--site', 'nowhere', '--site', 'alpha', '--format', 'json', '--quiet'];
    const ran = await run(['submit', ...flags]);
    expect(shown(ran)).to.deep.equal({
      code: 8,
      stdout:
        `{"site":"beta","status":200,"outcome":"accepted","outages":1,"attempts":1,"sha256":"${SHA256.beta}","elapsedMs":0,${FACTS}}\n` +
        `{"site":"nowhere","status":null,"outcome":"not-sent","outages":null,"attempts":0,"sha256":null,"elapsedMs":0,${FACTS},` +
        `"error":{"code":7,"message":"GET ${API}/site-info/nowhere: the API answered 404: \\"Site not found\\"",` +
        '"hint":"check the site id and the path of KRAKEN_API_URL"}}\n' +
        `{"site":"alpha","status":200,"outcome":"accepted","outages":1,"attempts":1,"sha256":"${SHA256.alpha}","elapsedMs":0,${FACTS}}\n`,
      stderr: UNKNOWN_SITE,
    });
    expect(ran.requests.filter((request) => request === 'GET /outages')).to.have.length(1);
    expect(posted(ran)).to.have.members([`POST /site-outages/beta ${BETA}`, `POST /site-outages/alpha ${ALPHA}`]);
  });

  it('logs each attempt with --verbose', async () => {
    const { stderr } = await run(['submit', '--site', 'beta', '--verbose']);
    expect(stderr).to.equal(
      `GET ${API}/site-info/beta  200  0 ms  attempt 1\n` +
        `GET ${API}/outages  200  0 ms  attempt 1\n` +
        `POST ${API}/site-outages/beta  200  0 ms  attempt 1\n`,
    );
  });

  it('logs JSON objects with --log-format json', async () => {
    const { stderr } = await run(['submit', '--site', 'alpha', '--site', 'nowhere', '--log-format', 'json']);
    const time = '"time":"2026-01-02T03:04:05.678Z"';
    expect(stderr).to.equal(
      `{${time},"level":"notice","message":"Submitting 2 sites to api.test/v1"}\n` +
        `{${time},"level":"notice","message":"excluded 1 outage that began exactly at the cutoff (2022-01-01T00:00:00Z)",` +
        '"hint":"use --cutoff-inclusive to include such outages if the API rejects the list (the live API is known to)",' +
        '"site":"alpha"}\n' +
        `{${time},"level":"error","message":"GET ${API}/site-info/nowhere: the API answered 404: \\"Site not found\\"",` +
        '"hint":"check the site id and the path of KRAKEN_API_URL","site":"nowhere","code":7}\n' +
        `{${time},"level":"notice","message":"1 accepted, 1 not sent of 2 sites in 0.00 s",` +
        '"hint":"with --journal FILE, the same command sends again only the lists that were not accepted"}\n',
    );
  });

  it('runs the sandbox until a signal and prints its URL', async () => {
    const listeners: ((signal: Signal) => void)[] = [];
    const ran = await run(['sandbox', '--port', '0'], {
      onSignal(listener) {
        listeners.push(listener);
        return () => listeners.splice(0);
      },
      stdout: {
        write(data) {
          expect(String(data)).to.match(/^http:\/\/127\.0\.0\.1:\d+\/interview-tests-mock-api\/v1\n$/);
          for (const listener of listeners) listener('SIGTERM');
          return Promise.resolve();
        },
      },
    });
    expect({ code: ran.code, listeners }).to.deep.equal({ code: 143, listeners: [] });
    expect(ran.stderr).to.match(
      /^note: sandbox started with the sites [a-z, -]+; press Ctrl-C to stop it\n {2}export KRAKEN_API_URL=http:\S+ KRAKEN_API_KEY=sandbox-key\nnote: it accepts lists of [^\n]*\n$/,
    );
  });

  it('prints help and version to stdout', async () => {
    for (const argv of [['--help'], ['--version'], ['submit', '--help']]) {
      const { code, stdout, stderr } = await run(argv);
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      expect(stdout).to.match(/\n$/);
    }
  });
});

describe('main: on a terminal', () => {
  const NO_COLOR = { ...ENV, NO_COLOR: '1' };

  it('limits a table to the width', async () => {
    const argv = ['preview', '--site', 'alpha', '--site', 'beta', '--format', 'table', '--quiet'];
    expect(shown(await run(argv, { env: NO_COLOR, stdout: terminal(60) }))).to.deep.equal({
      code: 0,
      stdout:
        'SITE   DEVICE     BEGIN                     DURATION\n' +
        'alpha  Battery 2  2022-05-01T10:20:30.400Z        2h\n' +
        'beta   Battery 1  2022-06-01T00:00:00.000Z     3d 4h\n' +
        '\n' +
        'alpha: 1 outage of 1 device\n' +
        'beta: 1 outage of 1 device\n' +
        '2 outages of 2 devices on 2 sites\n',
      stderr: '',
    });
  });

  it('sorts by device and begin with --sort, which does not apply to JSON', async () => {
    const argv = ['preview', '--site', 'alpha', '--sort', '--quiet'];
    expect((await run([...argv, '--format', 'csv'])).code).to.equal(0);
    expect(shown(await run(argv))).to.deep.equal({
      code: 2,
      stdout: '',
      stderr:
        "error: --sort does not apply to --format json, which is in the API's order, as submit sends it\n" +
        'hint: sort with jq, or use another format, such as --format table\n',
    });
  });

  it('accepts --until after the cutoff, for formats that show a period', async () => {
    const argv = ['preview', '--site', 'beta', '--quiet', '--until'];
    const svg = await run([...argv, '2022-06-02', '--format', 'svg']);
    expect(svg.code).to.equal(0);
    expect(svg.stdout).to.include('v14l9-7z');
    for (const [more, error] of [
      [['2022-06-02'], '--until applies to --format html, svg, timeline only, not to json'],
      [
        ['tomorrow', '--format', 'html'],
        '--until: expected a date, or an RFC 3339 time with Z or an offset, not "tomorrow"',
      ],
      [['2022-01-01', '--format', 'html'], '--until is not after the cutoff, 2022-01-01T00:00:00Z'],
    ] as const) {
      const { code, stderr, stdout } = await run([...argv, ...more]);
      expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
      expect(stderr.split('\n')[0]).to.equal(`error: ${error}`);
    }
  });

  it('accepts --excel for CSV only', async () => {
    const argv = ['preview', '--site', 'alpha', '--excel', '--quiet'];
    expect((await run([...argv, '--format', 'csv'])).stdout).to.match(/^\ufeffSite ID,.*\r\nalpha,.*,2\r\n$/);
    for (const other of [[], ['--format', 'table'], ['--output', 'x.html']]) {
      const { code, stderr } = await run([...argv, ...other]);
      expect(code).to.equal(2);
      expect(stderr).to.match(/^error: --excel applies to --format csv only, not to (json|table|html)\n/);
    }
  });

  it('colours preview and submit unless --no-color is given', async () => {
    const table = await run(['preview', '--site', 'beta', '--format', 'table'], { stdout: terminal(80) });
    expect(table.stdout.split('\n')[0]).to.equal(
      '\u001b[1mDEVICE     ID   BEGIN                     END                       DURATION\u001b[22m',
    );
    const receipt = await run(['submit', '--site', 'beta'], { stdout: terminal(80) });
    expect(receipt.stdout).to.equal(
      '\u001b[32m✓\u001b[39m beta  \u001b[32maccepted\u001b[39m  200 OK  1 outage  1 attempt  0.00 s  ' +
        `\u001b[2msha256 ${SHA256.beta.slice(0, 12)}…\u001b[22m\n`,
    );
    const plain = await run(['submit', '--site', 'beta', '--no-color'], { stdout: terminal(80) });
    expect(plain.stdout).to.equal(
      `✓ beta  accepted  200 OK  1 outage  1 attempt  0.00 s  sha256 ${SHA256.beta.slice(0, 12)}…\n`,
    );
  });

  it('indents JSON and colours it unless NO_COLOR or --no-color is given', async () => {
    const argv = ['preview', '--site', 'beta'];
    const indented = `${JSON.stringify(JSON.parse(BETA), undefined, 2)}\n`;
    const colored = await run(argv, { stdout: terminal(40) });
    expect(colored.stdout.replaceAll(/\u001b\[\d+m/g, '')).to.equal(indented);
    expect(colored.stdout).to.include('\u001b[32m"b-1"\u001b[39m');
    for (const plain of [
      await run([...argv, '--no-color'], { stdout: terminal(40) }),
      await run([...argv, '--output', '-'], { env: NO_COLOR, stdout: terminal(40) }),
    ]) {
      expect(shown(plain)).to.deep.equal({ code: 0, stdout: indented, stderr: '' });
    }
  });

  it('prints the exact JSON into a pipe, even with FORCE_COLOR', async () => {
    const ran = await run(['preview', '--site', 'beta'], { env: { ...ENV, FORCE_COLOR: '1' } });
    expect(shown(ran)).to.deep.equal({ code: 0, stdout: `${BETA}\n`, stderr: '' });
  });

  it('shows the progress of submit on stderr and erases it', async () => {
    const { code, stderr } = await run(['submit', '--site', 'beta'], { env: NO_COLOR, stderr: terminal(80) });
    expect(code).to.equal(0);
    // The first character is the spinner; ora may mark frames as synchronized updates.
    const frames = stderr
      .replace(/\u001b\[\?2026[hl]/g, '')
      .split('\u001b[1G')
      .map((frame) => frame.replace(/^.(?= Waiting)/u, '*'))
      .filter((frame) => frame !== '' && frame !== '\u001b[0K');
    expect(frames[0]).to.equal('* Waiting for site information: 0 of 1 site');
    expect(
      frames.every((frame) => /^(\u001b\[0K)?\*? ?Waiting for [^\u001b]*$/.test(frame)),
      stderr,
    ).to.equal(true);
    expect(stderr.endsWith('\u001b[1G\u001b[0K'), JSON.stringify(stderr.slice(-40))).to.equal(true);
  });

  it('shows no spinner without columns, with TERM=dumb, --quiet or --log-format json', async () => {
    for (const [flags, stderr, env] of [
      [[], terminal(0), NO_COLOR],
      [[], terminal(80), { ...NO_COLOR, TERM: 'dumb' }],
      [['--quiet'], terminal(80), NO_COLOR],
      [['--log-format', 'json'], terminal(80), NO_COLOR],
    ] as const) {
      const shownWith = await run(['submit', '--site', 'beta', ...flags], { env, stderr });
      expect(shownWith.stderr).not.to.include('Waiting').and.not.to.include('\u001b[1G');
    }
  });

  it('prints an error in red with its hint below', async () => {
    const ran = await run(['submit', '--sit'], { stderr: terminal(80) });
    expect(shown(ran)).to.deep.equal({
      code: 2,
      stdout: '',
      stderr:
        "\u001b[31m\u001b[1merror:\u001b[22m\u001b[39m unknown option '--sit' (Did you mean --site?)\n" +
        '\u001b[36mhint:\u001b[39m see kraken-outages submit --help\n',
    });
  });
});

describe('main: colours', () => {
  const COLOUR = /\u001b\[\d+m/;
  const both = { stdout: terminal(80), stderr: terminal(80) };
  const mixed = ['submit', '--site', 'alpha', '--site', 'nowhere'];
  const lines = [mixed, ['preview', '--site', 'beta', '--format', 'table'], ['submit', '--sit'], ['help', 'nothing']];

  it('are used on a terminal except with --no-color or NO_COLOR, also for usage errors', async () => {
    for (const argv of lines) {
      const coloured = await run(argv, both);
      expect(coloured.stdout + coloured.stderr, argv.join(' ')).to.match(COLOUR);
      for (const { stdout, stderr } of [
        // The help of a topic has no such flag.
        ...(argv[0] === 'help' ? [] : [await run([...argv, '--no-color'], both)]),
        await run(argv, { ...both, env: { ...ENV, NO_COLOR: '1', FORCE_COLOR: '1' } }),
      ]) {
        expect(stdout + stderr, argv.join(' ')).not.to.match(COLOUR);
      }
    }
  });

  it('are used in a pipe with FORCE_COLOR, except for data and help', async () => {
    const env = { ...ENV, FORCE_COLOR: '1' };
    const { stdout, stderr } = await run(mixed, { env });
    expect(stdout).to.match(COLOUR);
    expect(stderr)
      .to.match(/^\u001b\[33mnote:/)
      .and.to.match(/\n\u001b\[1m\u001b\[31m.*error:|\n\u001b\[31m.*error:/);
    for (const argv of [
      ['preview', '--site', 'beta'],
      ['submit', '--site', 'beta', '--format', 'json'],
      ['--help'],
      ['help'],
    ]) {
      expect((await run(argv, { env })).stdout, argv.join(' ')).not.to.include('\u001b');
    }
  });
});

describe('main: errors and secrets', () => {
  it('prints a usage error as JSON with --log-format json', async () => {
    for (const flag of [['--log-format', 'json'], ['--log-format=json']]) {
      const { code, stderr } = await run(['submit', '--sit', ...flag]);
      const object: unknown = JSON.parse(stderr);
      expect({ code, object }).to.deep.equal({
        code: 2,
        object: {
          time: '2026-01-02T03:04:05.678Z',
          level: 'error',
          message: "unknown option '--sit' (Did you mean --site?)",
          hint: 'see kraken-outages submit --help',
          code: 2,
        },
      });
    }
  });

  it('exits 1 after an internal error, with its stack if --verbose is given', async () => {
    const broken: Overrides = {
      random: () => 0,
      clock: {
        now() {
          throw new TypeError('this clock is broken');
        },
        monotonic: () => 0,
        after: () => () => undefined,
      },
    };
    const hint = 'hint: this is a bug: run again with --verbose and report the output\n';
    expect(shown(await run(['preview', '--site', 'alpha'], broken))).to.deep.equal({
      code: 1,
      stdout: '',
      stderr: `error: internal error: this clock is broken\n${hint}`,
    });
    const { stderr } = await run(['preview', '--site', 'alpha', '--verbose'], broken);
    expect(stderr).to.match(/^error: .*\nhint: .*\n +at .*main\.test\.ts/);
  });

  it('exits 0 if the reader of preview closes the pipe, and continues submit', async () => {
    const stdout = { write: () => Promise.reject(new ClosedPipeError('EPIPE')) };
    expect(shown(await run(['preview', '--site', 'beta'], { stdout }))).to.deep.equal({
      code: 0,
      stdout: '',
      stderr: '',
    });
    const ran = await run(['submit', '--site', 'beta', '--site', 'alpha', '--quiet'], { stdout });
    expect({ code: ran.code, stderr: ran.stderr, posts: posted(ran).length }).to.deep.equal({
      code: 0,
      stderr: '',
      posts: 2,
    });
  });

  it('keeps the exit code of a failure if the reader closes the pipe', async () => {
    const stdout = { write: () => Promise.reject(new ClosedPipeError('EPIPE')) };
    for (const command of ['preview', 'fetch']) {
      const { code, stderr } = await run([command, '--site', 'beta', '--site', 'nowhere'], { stdout });
      expect({ code, stderr }).to.deep.equal({ code: 8, stderr: UNKNOWN_SITE });
    }
  });

  it('continues if the reader of stderr closes the pipe', async () => {
    const stderr = { write: () => Promise.reject(new ClosedPipeError('EPIPE')) };
    const ran = await run(['submit', '--site', 'alpha', '--site', 'nowhere', '--verbose'], { stderr });
    expect({ code: ran.code, posts: posted(ran).length }).to.deep.equal({ code: 8, posts: 1 });
  });

  it('redacts a rejected key in the error', async () => {
    const wrong = 'wrong-Key-0987654321';
    const { code, stderr } = await run(['submit', '--site', 'alpha', '--verbose'], {
      env: { ...ENV, KRAKEN_API_KEY: wrong },
      fetch: () => Promise.resolve(Response.json({ message: `The key ${wrong} is not known` }, { status: 403 })),
    });
    expect(code).to.equal(4);
    expect(stderr).to.include('The key [key] is not known').and.not.include(wrong);
  });

  it('redacts the key in receipts', async () => {
    const json = ['submit', '--site', 'alpha', '--format', 'json', '--retries', '0'];
    const answers = [
      Response.json({ message: `no ${KEY}` }, { status: 400 }),
      Response.json({ id: KEY, name: '', devices: [] }),
    ];
    for (const answer of answers) {
      const { stdout } = await run(json, { fetch: () => Promise.resolve(answer.clone()) });
      expect(stdout).to.include('[key]');
    }
  });

  it('rejects a key of fewer than 8 characters unless the API is on this machine', async () => {
    const { code, stderr, requests } = await run(['submit', '--site', 'alpha'], {
      env: { KRAKEN_API_URL: 'https://api.example.com/v1', KRAKEN_API_KEY: '1234567' },
    });
    expect({ code, stderr, requests }).to.deep.equal({
      code: 3,
      stderr:
        'error: KRAKEN_API_KEY: the API key is shorter than 8 characters\n' +
        'hint: use the full key; shorter keys are accepted only for an API on this machine\n',
      requests: [],
    });
  });

  it('does not change a device name that contains the key', async () => {
    const key = 'another-Key-1234567890';
    const info = { id: 'alpha', name: 'Alpha', devices: [{ id: 'a-2', name: `Battery ${key}` }] };
    const fetch: typeof globalThis.fetch = (input) => {
      const path = new Request(input).url.replace(API, '');
      return Promise.resolve(Response.json(path === '/outages' ? ANSWERS['GET /outages'] : info));
    };
    const { code, stdout } = await run(['preview', '--site', 'alpha'], { env: { ...ENV, KRAKEN_API_KEY: key }, fetch });
    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: `${ALPHA.replace('Battery 2', `Battery ${key}`)}\n` });
  });

  it('redacts a short key only as a whole word', async () => {
    const fetch = () => Promise.resolve(Response.json({ message: 'your key y is wrong' }, { status: 403 }));
    const env = { KRAKEN_API_URL: 'http://127.0.0.1:9/v1', KRAKEN_API_KEY: 'y' };
    const { stderr } = await run(['submit', '--site', 'alpha'], { env, fetch });
    expect(stderr).to.match(/^error: .*"your key \[key\] is wrong"\nhint: check the key: /);
  });

  it('closes stdin at the end', async () => {
    let closed = 0;
    const stdin = { ...inputOf(''), close: () => closed++ };
    await run(['--help'], { stdin });
    await run(['submit', '--sit'], { stdin });
    await run(['preview', '--site', 'beta'], { stdin });
    expect(closed).to.equal(3);
  });
});
