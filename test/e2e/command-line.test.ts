import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { expect } from 'chai';
import { describe } from 'mocha';

import { bare, healthy, json, outages, payload, withApi } from './support/scripted-api.ts';
import { runConcurrently } from './support/run-concurrently.ts';
import {
  failureOf,
  fieldsOf,
  inWorkspace,
  jsonLinesOf,
  KEY,
  linesOf,
  parseTimeless,
  REPOSITORY,
} from './support/workspace.ts';

const PREVIEW = ['preview', '--site', 'alpha'];
const RIGHT = { code: 0, stdout: `${payload('alpha')}\n`, stderr: '' };

describe('e2e: help and usage', () => {
  runConcurrently({
    'prints the help with the commands and topics to stdout for --help': () =>
      inWorkspace(async ({ run }) => {
        const { code, stdout, stderr } = await run(['--help']);
        expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
        expect(stdout).to.match(/\nUsage: kraken-outages /);
        for (const name of ['fetch', 'preview', 'submit', 'sandbox', 'completion', 'help exit-codes']) {
          expect(stdout).to.include(`\n  ${name} `);
        }
      }),

    'prints the version to stdout for --version': () =>
      inWorkspace(async ({ run }) => {
        const { code, stdout, stderr } = await run(['--version']);
        expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
        expect(stdout).to.match(/^\d+\.\d+\.\d+\n$/);
      }),

    'prints the help to stderr and exits 2 without arguments': () =>
      inWorkspace(async ({ run }) => {
        const { code, stdout, stderr } = await run([]);
        expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
        expect(stderr).to.equal((await run(['--help'])).stdout);
      }),

    'suggests the nearest option for an unknown one and exits 2': () =>
      inWorkspace(async ({ run }) => {
        const result = await run(['submit', '--sit', 'alpha']);
        expect({ code: result.code, stdout: result.stdout }).to.deep.equal({ code: 2, stdout: '' });
        expect(failureOf(result)).to.deep.equal({
          error: "unknown option '--sit' (Did you mean --site?)",
          hint: 'see kraken-outages submit --help',
        });
      }),

    'reports an invalid value as JSON with --log-format json and exits 2': () =>
      inWorkspace(async ({ run }) => {
        const result = await run([...PREVIEW, '--cutoff', '2022-02-31', '--log-format', 'json']);
        expect({ code: result.code, stdout: result.stdout }).to.deep.equal({ code: 2, stdout: '' });
        const [object, ...more] = jsonLinesOf(result.stderr);
        expect(more).to.deep.equal([]);
        expect(object).to.include({
          level: 'error',
          message: '--cutoff: expected a date, or an RFC 3339 time with Z or an offset, not "2022-02-31"',
          code: 2,
        });
        expect(object).to.have.all.keys('time', 'level', 'message', 'hint', 'code');
      }),

    'lists every way to give a site if none was given and exits 2': () =>
      inWorkspace(async ({ run }) => {
        const result = await run(['submit', '--sandbox']);
        expect({ code: result.code, stdout: result.stdout }).to.deep.equal({ code: 2, stdout: '' });
        const { error, hint } = failureOf(result);
        expect(error).to.equal('no site was given');
        expect(hint).to.include('--site').and.include('--sites-file').and.include('KRAKEN_SITE');
      }),

    'takes site ids as arguments, and without any the sites of the snapshot': () =>
      inWorkspace(async ({ run, call }) => {
        const fetched = await run([
          'fetch',
          'norwich-pear-tree',
          'norwich-pear',
          '--sandbox',
          '--output',
          'snapshot.json',
        ]);
        expect(fetched.code).to.equal(0);
        const [some, all, named] = await Promise.all([
          call(['preview', 'norwich-pear', '--snapshot', 'snapshot.json']),
          call(['preview', '--snapshot', 'snapshot.json']),
          call(['preview', 'norwich-pear-tree', '--site', 'norwich-pear', '--snapshot', 'snapshot.json']),
        ]);
        expect([some.code, all.code, named.code]).to.deep.equal([0, 0, 0]);
        expect(some.stdout).to.match(/^\[/);
        expect([...all.stdout.matchAll(/"([a-z-]+)":\[/g)].map(([, site]) => site)).to.deep.equal([
          'norwich-pear-tree',
          'norwich-pear',
        ]);
        expect(named.stdout).to.equal(all.stdout);
      }),

    'needs a site if the snapshot has none': () =>
      inWorkspace(async ({ run, write }) => {
        await write('snapshot.json', '{"outages":[],"sites":[]}');
        const result = await run(['preview', '--snapshot', 'snapshot.json']);
        expect({ code: result.code, error: failureOf(result).error }).to.deep.equal({
          code: 2,
          error: 'no site was given',
        });
      }),

    'names a missing file and exits 2': () =>
      inWorkspace(async ({ call }) => {
        const [sites, snapshot] = await Promise.all([
          call(['submit', '--sandbox', '--sites-file', 'missing.txt']),
          call([...PREVIEW, '--snapshot', 'missing.json']),
        ]);
        expect([sites.code, snapshot.code]).to.deep.equal([2, 2]);
        expect(failureOf(sites).error).to.match(/^--sites-file: missing\.txt /);
        expect(failureOf(snapshot).error).to.match(/^\S+: --snapshot missing\.json: no such file/);
      }),

    'rejects a site id of dots and percent-encodes any other': () =>
      withApi({}, (api) =>
        inWorkspace(async ({ call }) => {
          const dots = await call(['preview', '--site', '..'], { env: api.env });
          expect(dots.code).to.equal(2);
          expect(failureOf(dots).error).to.equal('--site: expected a site id, not ".."');
          expect(api.requests).to.deep.equal([]);
          expect((await call(['preview', '--site', '../a?b#c'], { env: api.env })).code).to.equal(7);
          expect(api.requests.map(({ path }) => path)).to.deep.equal(['/site-info/..%2Fa%3Fb%23c']);
        }),
      ),

    'exits 1 after an internal error with a hint to report it': () =>
      inWorkspace(async ({ spawn }) => {
        // The real program with a broken clock.
        const program = `
          import program from ${JSON.stringify(pathToFileURL(join(REPOSITORY, 'dist', 'main.cjs')).href)};
          const { createProcessEnvironment, main } = program;
          const world = createProcessEnvironment();
          const clock = { ...world.clock, now() { throw new TypeError('this clock is broken'); } };
          process.exitCode = await main(['preview', '--site', 'norwich-pear-tree', '--sandbox'], { ...world, clock });
        `;
        const running = spawn(process.execPath, ['--input-type=module', '--eval', program]);
        const result = await running.ended;
        expect({ code: result.code, stdout: result.stdout }).to.deep.equal({ code: 1, stdout: '' });
        expect(failureOf(result)).to.deep.equal({
          error: 'internal error: this clock is broken',
          hint: 'this is a bug: run again with --verbose and report the output',
        });
      }),
  });
});

describe('e2e: logging', () => {
  const script = { ...healthy('alpha'), 'GET /outages': [bare(503), json(outages('alpha'))] } as const;

  runConcurrently({
    'logs each attempt as a JSON object with --verbose --log-format json': () =>
      withApi(script, (api) =>
        inWorkspace(async ({ run }) => {
          const { code, stderr } = await run([...PREVIEW, '--verbose', '--log-format', 'json'], { env: api.env });
          expect(code).to.equal(0);
          const objects = linesOf(stderr.replaceAll(api.url, 'API')).map((line) =>
            parseTimeless(line, ['milliseconds', 'repeatedIn']),
          );
          const attempt = { level: 'debug', method: 'GET', retries: 5, attempt: 1, status: 200, milliseconds: 0 };
          const logged = objects.map((object) => ({ ...fieldsOf(object), time: '', message: '' }));
          expect(logged).to.deep.equal([
            { ...attempt, url: 'API/site-info/alpha', time: '', message: '' },
            {
              ...attempt,
              url: 'API/outages',
              status: 503,
              failure: 'the API answered 503',
              repeatedIn: 0,
              time: '',
              message: '',
            },
            { ...attempt, url: 'API/outages', attempt: 2, time: '', message: '' },
          ]);
        }),
      ),

    'logs an error as JSON with hint and code, and with its cause if --verbose is given': () =>
      withApi({ ...healthy('alpha'), 'GET /outages': [(response) => response.socket?.destroy()] }, (api) =>
        inWorkspace(async ({ call }) => {
          const flags = ['--retries', '0', '--log-format', 'json'];
          const [plain, verbose] = await Promise.all([
            call([...PREVIEW, ...flags], { env: api.env }),
            call([...PREVIEW, ...flags, '--verbose'], { env: api.env }),
          ]);
          const [error, ...more] = jsonLinesOf(plain.stderr);
          expect(more).to.deep.equal([]);
          expect(error).to.include({ level: 'error', site: 'alpha', code: 5 });
          expect(error).to.have.all.keys('time', 'level', 'message', 'hint', 'site', 'code');
          expect(jsonLinesOf(verbose.stderr).at(-1)).to.have.property('cause').that.is.an('array').that.is.not.empty;
        }),
      ),

    'adds the cause of an error to the text with --verbose': () =>
      withApi({ ...healthy('alpha'), 'GET /outages': [(response) => response.socket?.destroy()] }, (api) =>
        inWorkspace(async ({ call }) => {
          const { stderr } = await call([...PREVIEW, '--retries', '0', '--verbose'], { env: api.env });
          expect(
            linesOf(stderr)
              .slice(2)
              .map((line) => line.replace(/:.*/, '')),
          ).to.include.members(['error', 'hint', 'caused by']);
        }),
      ),

    'prints only errors with --quiet': () =>
      inWorkspace(async ({ call }) => {
        const flags = ['--site', 'norwich-pear-tree', '--sandbox', '--quiet', '--verbose'];
        const quiet = await call(['preview', ...flags]);
        expect({ code: quiet.code, stderr: quiet.stderr }).to.deep.equal({ code: 0, stderr: '' });
        const failed = await call(['preview', '--site', 'nowhere', '--sandbox', '--quiet']);
        expect(failed.code).to.equal(7);
        expect(failureOf(failed).error).to.match(/^nowhere: GET http:.*the API answered 404: "Site not found"$/);
      }),
  });
});

describe('e2e: configuration', () => {
  runConcurrently({
    'reads the key from the variable that a trusted project file refers to': () =>
      withApi(healthy('alpha'), (api) =>
        inWorkspace(async ({ run, write }) => {
          await write('.kraken-outagesrc', `apiUrl: ${api.url}/\napiKey: env:MY_KEY\nsites: [alpha]\n`);
          expect((await run(['config', 'trust'])).code).to.equal(0);
          expect(await run(['preview'], { env: { MY_KEY: KEY } })).to.deep.equal(RIGHT);
          expect(new Set(api.requests.map(({ headers }) => headers['x-api-key']))).to.deep.equal(new Set([KEY]));
        }),
      ),

    'keeps the key out of the debugging output of Node.js and packages': () =>
      withApi(healthy('alpha'), (api) =>
        inWorkspace(async ({ run }) => {
          const env = { ...api.env, NODE_DEBUG: '*', DEBUG: '*' };
          const { code, stderr } = await run(['submit', '--site', 'alpha'], { env });
          expect(code).to.equal(0);
          expect(stderr)
            .to.match(/^HTTP \d+: /m)
            .and.not.to.include(KEY);
        }),
      ),

    'prefers flags to variables, and variables to the project file': () =>
      withApi(healthy('alpha', 'beta', 'gamma'), (api) =>
        inWorkspace(async ({ call, write }) => {
          await write('.kraken-outagesrc', 'sites: [gamma]\ncutoff: 2022-06-01T00:00:00Z\n');
          const late = JSON.stringify([{ ...outages('gamma')[3], id: 'gamma-1' }]).replace(
            '"begin"',
            '"name":"Battery 1","begin"',
          );
          const [file, variable, flag] = await Promise.all([
            call(['preview'], { env: api.env }),
            call(['preview'], { env: { ...api.env, KRAKEN_SITE: 'beta', KRAKEN_CUTOFF: '2022-01-01T00:00:00Z' } }),
            call(['preview', '--site', 'alpha', '--cutoff', '2022-01-01T00:00:00Z'], {
              env: { ...api.env, KRAKEN_SITE: 'beta', KRAKEN_CUTOFF: '2030-01-01T00:00:00Z' },
            }),
          ]);
          expect([file, variable, flag].map(({ stdout }) => stdout)).to.deep.equal([
            `${late}\n`,
            `${payload('beta')}\n`,
            `${payload('alpha')}\n`,
          ]);
        }),
      ),

    'reads --config in place of the project file and prefers it to the user file': () =>
      withApi(healthy('alpha', 'beta'), (api) =>
        inWorkspace(async ({ call, shell, write }) => {
          await write('.kraken-outagesrc', 'sites: [nobody]');
          await write('other.json', JSON.stringify({ sites: ['alpha'] }));
          await shell('mkdir -p .config/kraken-outages');
          await write('.config/kraken-outages/config.yaml', `apiUrl: ${api.url}\nsites: [beta]\n`);
          const env = { KRAKEN_API_KEY: KEY };
          expect(await call(['preview', '--config', 'other.json'], { env })).to.deep.equal(RIGHT);
        }),
      ),

    'reads --api-key-file from a file or stdin': () =>
      withApi(healthy('alpha'), (api) =>
        inWorkspace(async ({ run, write }) => {
          await write('key.txt', `${KEY}\n`);
          const flags = [...PREVIEW, '--api-url', api.url, '--api-key-file'];
          const env = { KRAKEN_API_KEY: 'another' };
          expect(await run([...flags, 'key.txt'], { env })).to.deep.equal(RIGHT);
          expect(await run([...flags, '-'], { env, stdin: `${KEY}\n` })).to.deep.equal(RIGHT);
          expect(new Set(api.requests.map(({ headers }) => headers['x-api-key']))).to.deep.equal(new Set([KEY]));
        }),
      ),

    'reads the key from a pipe, a file descriptor or stdin of the shell': () =>
      withApi(healthy('alpha'), (api) =>
        inWorkspace(async ({ shell, write }) => {
          await write('key', KEY);
          const preview = `kraken-outages ${PREVIEW.join(' ')} --api-url ${api.url}`;
          const ways = [
            `${preview} --api-key-file <(cat key)`,
            `${preview} --api-key-file /dev/fd/7 7<key`,
            `${preview} --api-key-file /dev/stdin <key`,
            `${preview} --api-key-file - <key`,
            `${preview} --config <(echo "apiKey: $(cat key)")`,
          ];
          expect(await shell(['chmod 644 key', ...ways].join(' && '))).to.deep.equal({
            ...RIGHT,
            stdout: RIGHT.stdout.repeat(ways.length),
          });
        }),
      ),

    'lists every way to configure the API if nothing is configured and exits 3': () =>
      inWorkspace(async ({ run }) => {
        const result = await run(PREVIEW);
        expect({ code: result.code, stdout: result.stdout }).to.deep.equal({ code: 3, stdout: '' });
        const { error, hint } = failureOf(result);
        expect(error).to.equal('no API URL and no API key is configured');
        for (const way of ['KRAKEN_API_URL', 'KRAKEN_API_KEY', '--api-url', '--api-key-file', '.kraken-outagesrc']) {
          expect(hint).to.include(way);
        }
      }),

    'rejects http: to another machine before anything is sent': () =>
      inWorkspace(async ({ call }) => {
        const env = { KRAKEN_API_URL: 'http://api.example.com/v1', KRAKEN_API_KEY: KEY };
        const result = await call(PREVIEW, { env });
        expect(result.code).to.equal(3);
        expect(failureOf(result).error).to.equal(
          'KRAKEN_API_URL: the API URL must begin with https://: plain http: would expose the key on the network',
        );
        const flag = await call([...PREVIEW, '--api-url', 'http://api.example.com/v1'], { env });
        expect(flag.code).to.equal(2);
      }),

    'reports an unknown key with file, line and the nearest known key': () =>
      inWorkspace(async ({ call, write }) => {
        await write('.kraken-outagesrc', 'sites: [alpha]\napiurl: x\n');
        const result = await call(PREVIEW);
        expect(result.code).to.equal(3);
        const { error, hint } = failureOf(result);
        expect(`${error} ${hint}`).to.match(/\.kraken-outagesrc:2.*apiurl.*apiUrl/);
      }),

    'rejects a key with a line break without showing any of it': () =>
      inWorkspace(async ({ call }) => {
        const env = { KRAKEN_API_URL: 'http://127.0.0.1:9/v1', KRAKEN_API_KEY: 'first-half\nsecond-half' };
        const { code, stdout, stderr } = await call([...PREVIEW, '--verbose'], { env });
        expect({ code, stdout }).to.deep.equal({ code: 3, stdout: '' });
        expect(stderr).to.match(/^error: KRAKEN_API_KEY: the API key has a line break at position 11\n/);
        expect(stderr).not.to.match(/half/);
      }),
  });
});
