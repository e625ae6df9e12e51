import { chmod, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'chai';
import { describe } from 'mocha';

import { renderTemplate } from '../../src/config/template.ts';
import { bare, forKey, hang, healthy, json, type Script, site, stall, withApi } from './support/scripted-api.ts';
import { runInTerminal } from './support/run-in-terminal.ts';
import { createFiles } from '../../src/platform/files.ts';
import { runConcurrently, runConcurrentlyIf } from './support/run-concurrently.ts';
import {
  EXECUTABLE,
  failureOf,
  fieldsOf,
  hasProgram,
  inWorkspace,
  jsonLinesOf,
  KEY,
  linesOf,
} from './support/workspace.ts';
import type { Result, Workspace } from './support/workspace.ts';

const RC = '.kraken-outagesrc';
const KEY_FILE = '.kraken-outages-key';

/** The outcome of each step of `config check`: `ok`, `failed` or `skipped`. */
function outcomesOf({ stdout }: Result): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    jsonLinesOf(stdout)
      .map(fieldsOf)
      .map(({ step, outcome }): [string, unknown] => [String(step), outcome]),
  );
}

/** The result of one step of `config check`. */
function findingOf({ stdout }: Result, step: string): Readonly<Record<string, unknown>> {
  return (
    jsonLinesOf(stdout)
      .map(fieldsOf)
      .find((finding) => finding['step'] === step) ?? {}
  );
}

const SOUND = { files: 'ok', settings: 'ok', 'API URL': 'ok', 'key file': 'ok', 'API key': 'ok' };
const REACHED = { ...SOUND, host: 'ok', connection: 'ok', clock: 'ok', answer: 'ok', key: 'ok' };
const CHECK = ['config', 'check', '--format', 'json', '--retries', '0'];

describe('e2e: config show', () => {
  runConcurrently({
    'shows the value and source of each setting, but not the key': () =>
      inWorkspace(async ({ run, write }) => {
        const path = await write(
          'conf.yaml',
          'apiUrl: https://a.example/v1/\nprofiles:\n  live:\n    timeout: 1500ms\n',
        );
        const env = { KRAKEN_API_KEY: KEY, KRAKEN_CONFIG: 'conf.yaml', KRAKEN_PROFILE: 'live', KRAKEN_SITE: 'alpha' };
        const args = ['config', 'show', '--cutoff', '2023-01-01T00:00:00Z'];
        expect(await run(args, { env })).to.deep.equal({
          code: 0,
          stdout: [
            'KEY              VALUE                 FROM',
            'profile          live                  KRAKEN_PROFILE',
            'apiUrl           https://a.example/v1  conf.yaml:1 (apiUrl)',
            'apiKey           present               KRAKEN_API_KEY',
            'sites            alpha                 KRAKEN_SITE',
            'cutoff           2023-01-01T00:00:00Z  --cutoff',
            'cutoffInclusive  false                 default',
            'timeout          1500ms                conf.yaml:4 (profiles.live.timeout)',
            'deadline         auto                  default',
            'retries          5                     default',
            'retryPost        always                default',
            'concurrency      auto                  default',
            'queue            none                  default',
            '',
          ].join('\n'),
          stderr: '',
        });
        expect(path).to.include('conf.yaml');
      }),

    'prints JSON with --format json': () =>
      inWorkspace(async ({ call, write }) => {
        await write('key', `${KEY}\n`);
        const { code, stdout } = await call([
          'config',
          'show',
          '--format',
          'json',
          '--api-key-file',
          'key',
          '--retries',
          '3',
        ]);
        const settings = fieldsOf(JSON.parse(stdout));
        expect(code).to.equal(0);
        expect(settings['apiKey']).to.deep.equal({
          present: true,
          source: { kind: 'file', label: '--api-key-file key' },
        });
        expect(settings['apiUrl']).to.deep.equal({ value: null, source: { kind: 'default', label: 'default' } });
        expect(settings['retries']).to.deep.equal({ value: 3, source: { kind: 'flag', label: '--retries' } });
        expect(settings['deadline']).to.deep.equal({ value: 'auto', source: { kind: 'default', label: 'default' } });
      }),

    'shows the valid settings beside invalid ones and exits 3': () =>
      inWorkspace(async ({ call, write }) => {
        await write(RC, 'retries: many\nsites: [alpha]\n');
        const result = await call(['config', 'show'], { env: { KRAKEN_API_KEY: 'env:NOPE' } });
        expect(result.code).to.equal(3);
        const lines = linesOf(result.stdout);
        expect(lines).to.include(
          'apiKey           unusable              KRAKEN_API_KEY: the environment variable NOPE is not set',
        );
        expect(lines).to.include(`sites            alpha                 ${RC}:2 (sites)`);
        expect(result.stderr).to.match(
          /^error: KRAKEN_API_KEY: [^]*\nhint: [^]*\nerror: \.kraken-outagesrc:1 \(retries\): /,
        );
      }),
  });
});

describe('e2e: config check', () => {
  const checked = (
    script: Script,
    args: readonly string[],
    use: (result: Result, requests: readonly string[]) => void,
  ) =>
    withApi(script, (api) =>
      inWorkspace(async ({ call }) => {
        const result = await call([...CHECK, ...args], { env: api.env });
        use(
          result,
          api.requests.map(({ method, path }) => `${method} ${path}`),
        );
      }),
    );

  runConcurrently({
    'checks each step against the sandbox': () =>
      inWorkspace(async ({ run }) => {
        expect(await run(['config', 'check', '--sandbox', '--site', 'norwich-pear-tree'])).to.deep.equal({
          code: 0,
          stdout: [
            '✓ ok       files       none',
            '✓ ok       settings    valid',
            '✓ ok       host        127.0.0.1 resolves',
            '✓ ok       connection  plain http: to this machine',
            '✓ ok       clock       within a minute of the API',
            '✓ ok       answer      API reachable',
            '✓ ok       key         accepted',
            '✓ ok       site norwich-pear-tree  Norwich Pear Tree, 8 devices',
            '',
          ].join('\n'),
          stderr: '',
        });
      }),

    'requests the site infos and nothing else': () =>
      checked(healthy('alpha', 'beta'), ['--site', 'alpha', '--site', 'beta'], (result, requests) => {
        expect(result.code).to.equal(0);
        expect(outcomesOf(result)).to.deep.equal({ ...REACHED, 'site alpha': 'ok', 'site beta': 'ok' });
        expect(requests).to.deep.equal(['GET /site-info/alpha', 'GET /site-info/beta']);
      }),

    'requests the outages without reading them if no site is given': () =>
      checked({ 'GET /outages': [stall('[')] }, ['--timeout', '1h'], (result, requests) => {
        expect(result.code).to.equal(0);
        expect(outcomesOf(result)).to.deep.equal(REACHED);
        expect(requests).to.deep.equal(['GET /outages']);
      }),

    'exits 7 for an unknown site': () =>
      checked(healthy('beta'), ['--site', 'alpha', '--site', 'beta'], (result) => {
        expect(result.code).to.equal(7);
        expect(outcomesOf(result)).to.deep.equal({ ...REACHED, 'site alpha': 'failed', 'site beta': 'ok' });
        expect(findingOf(result, 'site alpha')).to.include({
          hint: 'check the site id and the path of KRAKEN_API_URL',
          code: 7,
        });
      }),

    'exits 6 for the site info of another site': () =>
      checked({ 'GET /site-info/alpha': [json(site('beta'))] }, ['--site', 'alpha'], (result) => {
        expect(result.code).to.equal(6);
        expect(outcomesOf(result)).to.deep.equal({ ...REACHED, 'site alpha': 'failed' });
      }),

    'redacts the key in anything the API says, as text and as JSON': () =>
      withApi(
        {
          'GET /site-info/alpha': [json({ id: KEY, name: 'x', devices: [] })],
          'GET /site-info/beta': [json({ ...site('beta'), name: `Beta ${encodeURIComponent(KEY)}` })],
          'GET /site-info/gamma': [json({ message: KEY }, 400)],
        },
        (api) =>
          inWorkspace(async ({ call }) => {
            for (const format of ['text', 'json']) {
              const sites = ['alpha', 'beta', 'gamma'].flatMap((id) => ['--site', id]);
              const args = ['config', 'check', '--format', format, '--retries', '0', ...sites];
              const { stdout } = await call(args, { env: api.env });
              expect(stdout.match(/\[key\]/g)).to.have.length(3);
              expect(stdout).not.to.include(encodeURIComponent(KEY));
            }
          }),
      ),

    'exits 4 for a rejected key and skips the sites': () =>
      checked({ 'GET /site-info/alpha': [bare(403)] }, ['--site', 'alpha', '--site', 'beta'], (result, requests) => {
        expect(result.code).to.equal(4);
        const skipped = { 'site alpha': 'skipped', 'site beta': 'skipped' };
        expect(outcomesOf(result)).to.deep.equal({ ...REACHED, key: 'failed', ...skipped });
        expect(requests).to.have.length(1);
      }),

    'exits 5 if the API answers 503': () =>
      checked({ 'GET /outages': [bare(503)] }, [], (result) => {
        expect(result.code).to.equal(5);
        expect(outcomesOf(result)).to.deep.equal({ ...REACHED, answer: 'failed', key: 'skipped' });
      }),

    'exits 7 if the path has no API': () =>
      checked({}, [], (result) => {
        expect(result.code).to.equal(7);
        expect(outcomesOf(result)).to.deep.equal({ ...REACHED, answer: 'failed', key: 'skipped' });
      }),

    'exits 5 if the API does not respond and skips the steps that need a response': () =>
      checked({ 'GET /outages': [hang] }, ['--timeout', '50ms'], (result) => {
        expect(result.code).to.equal(5);
        const skipped = { clock: 'skipped', answer: 'skipped', key: 'skipped' };
        expect(outcomesOf(result)).to.deep.equal({ ...SOUND, host: 'skipped', connection: 'failed', ...skipped });
      }),

    'exits 3 if the clocks differ, after the other steps': () =>
      checked({ 'GET /outages': [json([], 200, { date: 'Mon, 01 Jan 2001 00:00:00 GMT' })] }, [], (result) => {
        expect(result.code).to.equal(3);
        expect(outcomesOf(result)).to.deep.equal({ ...REACHED, clock: 'failed' });
        expect(findingOf(result, 'clock')['message']).to.match(
          /^the clock of this machine is [\d,]+d( \d+h)? ahead of the API$/,
        );
      }),

    'exits 5 for an unknown host, a closed port and a server without TLS': () =>
      withApi({}, ({ url }) =>
        inWorkspace(async ({ call }) => {
          const check = (apiUrl: string): Promise<Result> =>
            call([...CHECK, '--api-url', apiUrl], { env: { KRAKEN_API_KEY: KEY } });
          const closed = await withApi({}, (api) => Promise.resolve(api.url));
          const results = await Promise.all([
            // DNS labels have at most 63 characters, so this fails without a DNS query.
            check(`https://${'a'.repeat(64)}.example/v1`),
            check(closed),
            check(url.replace('http:', 'https:')),
          ]);
          expect(results.map(({ code }) => code)).to.deep.equal([5, 5, 5]);
          const skipped = { clock: 'skipped', answer: 'skipped', key: 'skipped' };
          expect(results.map(outcomesOf)).to.deep.equal([
            { ...SOUND, host: 'failed', connection: 'skipped', ...skipped },
            { ...SOUND, host: 'ok', connection: 'failed', ...skipped },
            { ...SOUND, host: 'ok', connection: 'failed', ...skipped },
          ]);
          expect(findingOf(results[2], 'connection')['message']).to.include(
            'the server does not speak TLS on this port',
          );
        }),
      ),

    'reports each invalid local setting without a request and exits 3': () =>
      inWorkspace(async ({ call, write }) => {
        await write(RC, 'retries: many\napiKey: env:NOPE\n');
        const args = ['config', 'check', '--format', 'json', '--api-url', 'https://a.example', '--config', RC];
        const result = await call(args);
        expect(result.code).to.equal(3);
        const skipped = { host: 'skipped', connection: 'skipped', clock: 'skipped', answer: 'skipped', key: 'skipped' };
        const failed = { settings: 'failed', 'API key': 'failed' };
        expect(outcomesOf(result)).to.deep.equal({ ...SOUND, ...failed, ...skipped });
        expect(findingOf(result, 'API key')['message']).to.match(/variable NOPE is not set$/);
      }),

    'exits 3 if other users can read a key file, with the command that fixes it': () =>
      inWorkspace(async ({ call, write }) => {
        const key = await write('key', KEY);
        const rc = await write(RC, `apiKey: ${KEY}\n`);
        const check = (args: readonly string[], apiKey?: string): Promise<Result> =>
          call([...CHECK, '--timeout', '50ms', ...args], {
            // A port that nothing listens on.
            env: { KRAKEN_API_URL: 'http://127.0.0.1:9', ...(apiKey !== undefined && { KRAKEN_API_KEY: apiKey }) },
          });
        const byReference = (): Promise<Result> => check(['--config', '/dev/null'], 'file:key');
        const byFlag = (): Promise<Result> => check(['--config', '/dev/null', '--api-key-file', 'key']);
        const messageOf = (result: Result): unknown => findingOf(result, 'key file')['message'];

        expect(messageOf(await byReference())).to.equal(`${key}: readable by the owner only`);
        expect(messageOf(await byFlag())).to.equal('key: readable by the owner only');
        expect(messageOf(await check(['--config', RC]))).to.equal(`${RC}: readable by the owner only`);
        expect(messageOf(await check(['--config', '/dev/null'], KEY))).to.equal('none (the key is not in a file)');

        await Promise.all([chmod(key, 0o644), chmod(rc, 0o604)]);
        for (const result of [await byReference(), await byFlag(), await check([])]) {
          expect(result.code).to.equal(3);
          expect(outcomesOf(result)).to.include({ ...SOUND, 'key file': 'failed', 'API key': 'skipped' });
          expect(outcomesOf(result)).to.include({ host: 'skipped', key: 'skipped' });
          expect(messageOf(result)).to.match(/key file is readable by other users \(mode 06[04]4\)$/);
          expect(findingOf(result, 'key file')['hint']).to.match(/^run "chmod 600 /);
        }
        expect(messageOf(await check([]))).to.include(`${RC}:1 (apiKey)`);
      }),

    'exits 3 for an unreadable file, or 2 if a flag names it': () =>
      inWorkspace(async ({ call, write }) => {
        await write(RC, 'retries');
        const [found, named] = await Promise.all([call(CHECK), call([...CHECK, '--config', 'nope'])]);
        expect([found.code, named.code]).to.deep.equal([3, 2]);
        expect(Object.entries(outcomesOf(found)).filter(([, outcome]) => outcome !== 'skipped')).to.deep.equal([
          ['files', 'failed'],
        ]);
      }),

    'stops on a signal without reporting steps that did not run': () =>
      withApi({ 'GET /outages': [hang] }, (api) =>
        inWorkspace(async ({ start }) => {
          const running = start(CHECK, { env: api.env });
          await running.reaching(api.receives('GET /outages'));
          running.kill('SIGINT');
          const result = await running.ended;
          expect(result.code).to.equal(130);
          expect(outcomesOf(result)).to.deep.equal(SOUND);
          expect(result.stderr).to.equal('error: interrupted\n');
        }),
      ),
  });
});

describe('e2e: config trust', () => {
  runConcurrently({
    'trusts a discovered file and revokes the trust': () =>
      withApi(healthy('alpha'), (api) =>
        inWorkspace(async ({ call, write, run }) => {
          await write(RC, `apiUrl: ${api.url}\napiKey: env:MY_KEY\n`);
          const preview = (): Promise<Result> => call(['preview', '--site', 'alpha'], { env: { MY_KEY: KEY } });
          const before = await preview();
          expect(before.code).to.equal(3);
          expect(failureOf(before).hint).to.include('kraken-outages config trust');
          expect(api.requests).to.deep.equal([]);

          const { code, stdout, stderr } = await run(['config', 'trust']);
          expect({ code, stdout }).to.deep.equal({ code: 0, stdout: '' });
          expect(stderr)
            .to.match(/trusted this version of .*\.kraken-outagesrc\n/)
            .and.include('(apiKey) env:MY_KEY');
          expect((await preview()).code).to.equal(0);

          expect((await call(['config', 'trust', '--remove'])).stderr).to.match(/is no longer trusted\n$/);
          expect((await preview()).code).to.equal(3);
          expect((await call(['config', 'trust', '--remove'])).stderr).to.match(/was not trusted\n$/);
        }),
      ),

    'exits 3 without a file': () =>
      inWorkspace(async ({ call }) => {
        const result = await call(['config', 'trust']);
        expect(result.code).to.equal(3);
        expect(failureOf(result).hint).to.equal('create one: kraken-outages config init');
      }),
  });
});

describe('e2e: config init', () => {
  const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

  runConcurrently({
    'writes a trusted file from the flags that only its owner can read': () =>
      withApi(healthy('alpha'), (api) =>
        inWorkspace(async ({ call, read, path, shell, write }) => {
          await write('key', KEY);
          const flags = ['--api-url', api.url, '--api-key-file', 'key', '--site', 'alpha', '--retries', '0'];
          const { code, stdout, stderr } = await shell(`umask 000; kraken-outages config init ${flags.join(' ')}`);
          expect({ code, stdout }).to.deep.equal({ code: 0, stdout: '' });
          expect(stderr).to.match(/^note: created \.kraken-outagesrc\n/);
          expect(await modeOf(`${path}/${RC}`)).to.equal(0o600);
          const given = { apiUrl: [api.url], apiKey: ['file:key'], sites: ['alpha'], retries: ['0'] };
          expect(await read(RC)).to.equal(renderTemplate(new Map(Object.entries(given))));
          expect((await call(['preview'])).code).to.equal(0);

          await write(RC, `${await read(RC)}\n`);
          expect((await call(['preview'])).code).to.equal(3);
        }),
      ),

    'replaces an existing file only with --force': () =>
      inWorkspace(async ({ call, list, read, path, write }) => {
        await write(RC, 'mine');
        const result = await call(['config', 'init']);
        expect(result.code).to.equal(2);
        expect(failureOf(result)).to.deep.equal({
          error: '.kraken-outagesrc already exists',
          hint: 'replace it with --force',
        });
        expect(await read(RC)).to.equal('mine');
        expect((await call(['config', 'init', '--force'])).code).to.equal(0);
        expect({ text: await read(RC), mode: await modeOf(`${path}/${RC}`) }).to.deep.equal({
          text: renderTemplate(new Map()),
          mode: 0o600,
        });
        expect(await list()).to.deep.equal([RC, '.local'].sort());
      }),

    'writes no invalid value and no key': () =>
      inWorkspace(async ({ call, list }) => {
        const results = await Promise.all([
          call(['config', 'init', '--cutoff', 'yesterday']),
          call(['config', 'init', '--api-url', 'http://api.example.com']),
          call(['config', 'init', '--api-key-file', '-'], { stdin: KEY }),
        ]);
        expect(results.map(({ code }) => code)).to.deep.equal([2, 2, 2]);
        expect(await list()).to.deep.equal([]);
      }),
  });
});

/** Runs the executable in a terminal and types the nth answer after the nth question. */
async function answering(
  workspace: Workspace,
  args: readonly string[],
  answers: readonly string[],
  question: RegExp,
  env: Readonly<Record<string, string>> = {},
): Promise<Result> {
  const running = runInTerminal(workspace, [process.execPath, EXECUTABLE, ...args], { env, stdin: { open: true } });
  for (const [index, answer] of answers.entries()) {
    await running.until(() => running.stdout().split(question).length > index + 1);
    running.child.stdin?.write(answer);
  }
  const result = await running.ended;
  running.child.stdin?.destroy();
  return result;
}

describe('e2e: config at a terminal', () => {
  const INIT = ['config', 'init'];
  const QUESTION = /(?:\]|\)): /;

  runConcurrentlyIf(hasProgram('script'), 'script (util-linux)', {
    'asks for each setting without a flag, again after an invalid answer, and tests the result': () =>
      withApi(healthy('a', 'b'), (api) =>
        inWorkspace(async (workspace) => {
          const answers = ['api.example.com\r', `${api.url}\r`, 'env:NO_KEY\r', 'env:MY_KEY\r', ' a, b \r', '\r'];
          const argv = [...INIT, '--retries', '0'];
          const { code, stdout } = await answering(workspace, argv, answers, QUESTION, { MY_KEY: KEY, NO_COLOR: '1' });
          expect(stdout).to.match(/API base URL including its path [^]*error:[^]* apiUrl: the API URL must begin with/);
          expect(stdout).to.match(/apiKey: the environment variable NO_KEY is not set/);
          expect(stdout).to.include('began at or before [2022-01-01T00:00:00Z]: ');
          expect(stdout).to.match(/created \.kraken-outagesrc[^]*testing it[^]*ok +site b/);
          expect(code).to.equal(0);
          const given = { apiUrl: [api.url], apiKey: ['env:MY_KEY'], sites: ['a', 'b'], retries: ['0'] };
          expect(await workspace.read(RC)).to.equal(renderTemplate(new Map(Object.entries(given))));
        }),
      ),

    'stores a typed key in a file of its own, unseen, and asks again if the API rejects it': () =>
      withApi(forKey('right-key-1234'), (api) =>
        inWorkspace(async (workspace) => {
          const answers = [`${api.url}\r`, 'wrong-key-1234\r', 'alpha\r', '\r', 'wrong-key-5678\r', 'right-key-1234\r'];
          const { code, stdout } = await answering(workspace, INIT, answers, QUESTION, { NO_COLOR: '1' });
          expect(code, stdout).to.equal(0);
          expect(stdout).to.match(/created \.kraken-outagesrc and \.kraken-outages-key, which holds the key/);
          expect(stdout).to.match(/(The API rejects the key[^]*){2}/);
          expect(stdout).to.not.match(/wrong-key|right-key/);
          expect(await workspace.read(KEY_FILE)).to.equal('right-key-1234\n');
          expect((await stat(join(workspace.path, KEY_FILE))).mode & 0o777).to.equal(0o600);
          const given = { apiUrl: [api.url], apiKey: [`file:${KEY_FILE}`], sites: ['alpha'] };
          expect(await workspace.read(RC)).to.equal(renderTemplate(new Map(Object.entries(given))));
          expect((await workspace.run(['preview'])).code).to.equal(0);
        }),
      ),

    'exits 4 if the third key is rejected, too': () =>
      withApi(forKey('right-key-1234'), (api) =>
        inWorkspace(async (workspace) => {
          const wrong = Array<string>(3).fill('wrong-key-1234\r');
          const answers = [`${api.url}\r`, ...wrong.slice(0, 1), 'alpha\r', '\r', ...wrong.slice(1)];
          const { code, stdout } = await answering(workspace, INIT, answers, QUESTION, { NO_COLOR: '1' });
          expect(code, stdout).to.equal(4);
        }),
      ),

    'does not replace a key file': () =>
      withApi(forKey(KEY), (api) =>
        inWorkspace(async (workspace) => {
          await chmod(await workspace.write(KEY_FILE, KEY), 0o600);
          const answers = [`${api.url}\r`, 'another-key\r', `file:${KEY_FILE}\r`, 'alpha\r', '\r'];
          const { code, stdout } = await answering(workspace, INIT, answers, QUESTION, { NO_COLOR: '1' });
          expect(code, stdout).to.equal(0);
          expect(stdout).to.match(/\.kraken-outages-key already exists[^]*enter file:\.kraken-outages-key to use it/);
          expect(await workspace.read(KEY_FILE)).to.equal(KEY);
        }),
      ),

    'exits 2 if init cannot search the directory': () =>
      inWorkspace(async ({ path, call }) => {
        const refuse = () => Promise.reject(Object.assign(new Error('EACCES'), { code: 'EACCES' }));
        const result = await call(['config', 'init'], {
          world: { files: { ...createFiles({ cwd: () => path }), stat: refuse } },
        });
        expect({ code: result.code, ...failureOf(result) }).to.deep.equal({
          code: 2,
          error: '.kraken-outagesrc: permission denied',
          hint: 'check the path and its permissions',
        });
      }),

    'uses the default if the answer is Enter': () =>
      inWorkspace(async (workspace) => {
        const { code } = await answering(workspace, INIT, ['\r', '\r', '\r', '\r'], QUESTION);
        expect({ code, text: await workspace.read(RC) }).to.deep.equal({ code: 0, text: renderTemplate(new Map()) });
      }),

    'writes nothing after Ctrl-C and exits 130': () =>
      inWorkspace(async (workspace) => {
        const { code, stdout } = await answering(workspace, INIT, ['https://a.example\r', '\u0003'], QUESTION);
        expect(code).to.equal(130);
        expect(stdout).to.match(/\r\n[^\r\n]*error:[^\r\n]* interrupted\r\n$/);
        expect(await workspace.list()).to.deep.equal([]);
      }),

    'trusts a discovered file after the user confirms': () =>
      withApi(healthy('alpha'), (api) =>
        inWorkspace(async (workspace) => {
          await workspace.write(RC, `apiUrl: ${api.url}\nsites: [alpha]\n`);
          const env = { KRAKEN_API_KEY: KEY };
          const ask = (answer: string): Promise<Result> =>
            answering(workspace, ['preview'], [answer], /\[y\/N\] /, env);
          const no = await ask('\r');
          expect({ code: no.code, requests: api.requests.length }).to.deep.equal({ code: 3, requests: 0 });
          expect(no.stdout).to.include(
            `${workspace.path}/${RC} is not trusted, and sets the API URL, key, queue or profile:`,
          );
          expect(no.stdout).to.include(`(apiUrl) ${new URL(api.url).origin}\r\n`);
          expect((await ask('y\r')).code).to.equal(0);
          expect((await workspace.run(['preview'], { env })).code).to.equal(0);
        }),
      ),
  });
});
