import { expect } from 'chai';
import { describe } from 'mocha';

import { runConcurrently, runConcurrentlyIf } from './support/run-concurrently.ts';
import {
  failureOf,
  hasProgram,
  inWorkspace,
  linesOf,
  REPOSITORY,
  type Running,
  type Workspace,
} from './support/workspace.ts';

const SITE = 'norwich-pear-tree';
const KEY = 'sandbox-key';

/** Starts `sandbox` on any port, and resolves to it and its URL once it listens. */
async function startSandbox(
  { start }: Workspace,
  ...flags: readonly string[]
): Promise<{ running: Running; url: string; env: Readonly<Record<string, string>> }> {
  const running = start(['sandbox', '--port', '0', ...flags]);
  await running.until(() => running.stdout().endsWith('\n'));
  const url = running.stdout().trim();
  return { running, url, env: { KRAKEN_API_URL: url, KRAKEN_API_KEY: KEY } };
}

/** Stops the sandbox. */
async function stop(running: Running): Promise<void> {
  running.kill('SIGTERM');
  await running.ended;
}

describe('e2e: the sandbox command', () => {
  runConcurrently({
    'prints its URL and settings and serves until SIGINT': () =>
      inWorkspace(async (workspace) => {
        const { running, url, env } = await startSandbox(workspace);
        expect(url).to.match(/^http:\/\/127\.0\.0\.1:\d+\/interview-tests-mock-api\/v1$/);
        const { code, stdout } = await workspace.run(['submit', '--site', SITE], { env });
        expect(code).to.equal(0);
        expect(stdout).to.match(/^✓ norwich-pear-tree {2}accepted {2}200 OK {2}11 outages {2}1 attempt /);

        running.kill('SIGINT');
        const ended = await running.ended;
        expect({ code: ended.code, stdout: ended.stdout }).to.deep.equal({ code: 130, stdout: `${url}\n` });
        const [note, how, rule, ...more] = linesOf(ended.stderr);
        expect(note).to.match(/^note: sandbox started with the sites norwich-pear-tree, .*; press Ctrl-C to stop it$/);
        expect(how).to.equal(`  export KRAKEN_API_URL=${url} KRAKEN_API_KEY=${KEY}`);
        expect(rule).to.match(
          /^note: it accepts lists of the outages that began after 2022-01-01T00:00:00Z; the live API .*: --cutoff-inclusive$/,
        );
        const served = [`GET /site-info/${SITE}  200`, 'GET /outages  200', `POST /site-outages/${SITE}  200`];
        expect(more.map((line) => line.replace(/ {2}\d+ ms$/, '')).sort()).to.deep.equal(served.sort());
      }),

    'rejects a wrong list and names the first difference': () =>
      inWorkspace(async (workspace) => {
        const { running, url, env } = await startSandbox(workspace);
        const flags = ['submit', '--site', SITE, '--cutoff-inclusive', '--quiet'];
        const result = await workspace.call(flags, { env });
        expect(result.code).to.equal(7);
        const { error } = failureOf(result);
        expect(error).to.match(
          /: the API answered 400: "Unexpected outages received" \(expected 11 outages, received 12: record \d+ is unexpected: .*2022-01-01T00:00:00\.000Z/,
        );
        // A request from outside the program.
        const headers = { 'x-api-key': KEY, 'content-type': 'application/json' };
        const answer = await fetch(`${url}/site-outages/${SITE}`, { method: 'POST', headers, body: '[]' });
        expect(answer.status).to.equal(400);
        expect(await answer.text()).to.match(
          /^\{"message":"Unexpected outages received","difference":"expected 11 outages, received 0: record 1 is missing: /,
        );
        await stop(running);
      }),

    'accepts the list with --cutoff-inclusive if started with it': () =>
      inWorkspace(async (workspace) => {
        const { running, env } = await startSandbox(workspace, '--cutoff-inclusive');
        expect(running.stderr()).to.include(
          'note: it accepts lists of the outages that began at or after 2022-01-01T00:00:00Z, as the live API does\n',
        );
        const flags = ['submit', '--site', SITE, '--quiet'];
        expect((await workspace.call([...flags, '--cutoff-inclusive'], { env })).code).to.equal(0);
        expect((await workspace.call(flags, { env })).code).to.equal(7);
        await stop(running);
      }),

    'logs the fault of each request, and with -v its headers without the key': () =>
      inWorkspace(async (workspace) => {
        const { running, url } = await startSandbox(workspace, '-v', '--faults', 'lost:1');
        const headers = { 'x-api-key': 'a-real-key-by-mistake', 'x-trace': 'seven' };
        const request = fetch(`${url}/site-outages/${SITE}`, { method: 'POST', headers, body: '[]' });
        expect(await request.catch(() => 'lost')).to.equal('lost');
        await running.until(() => running.stderr().includes('POST'));
        running.kill('SIGTERM');
        const { stderr } = await running.ended;
        expect(stderr).to.match(
          /\nPOST \/site-outages\/norwich-pear-tree {2}no response {2}\d+ ms {2}fault: lost\n {2}host: .*x-trace: seven/,
        );
        expect(stderr).not.to.include('a-real-key');
      }),

    'has as many sites as --sites says, and accepts their lists': () =>
      inWorkspace(async (workspace) => {
        const { running, env } = await startSandbox(workspace, '--sites', '300', '--quiet');
        const ids = Array.from({ length: 296 }, (_, index) => `site-${String(index + 5).padStart(5, '0')}\n`);
        await workspace.write('sites.txt', [`${SITE}\n`, ...ids].join(''));
        const args = ['submit', '--sites-file', 'sites.txt', '--format', 'json', '--quiet'];
        const { code, stdout } = await workspace.call(args, { env });
        expect(code).to.equal(0);
        expect(linesOf(stdout)).to.have.length(297);
        expect((await workspace.call(['preview', 'site-00301'], { env })).code).to.equal(7);
        running.kill('SIGTERM');
        expect((await running.ended).stderr).to.equal('');
      }),

    'rejects another key': () =>
      inWorkspace(async (workspace) => {
        const { running, url } = await startSandbox(workspace);
        const env = { KRAKEN_API_URL: url, KRAKEN_API_KEY: 'wrong-key' };
        const result = await workspace.run(['preview', '--site', SITE], { env });
        expect(result.code).to.equal(4);
        expect(failureOf(result).error).to.match(/the API answered 403: "Forbidden"$/);
        await stop(running);
      }),

    'answers every request with 500 with --faults 500:1': () =>
      inWorkspace(async (workspace) => {
        const { running, env } = await startSandbox(workspace, '--faults', '500:1');
        const result = await workspace.run(['submit', '--site', SITE, '--retries', '0'], { env });
        expect(result.code).to.equal(5);
        expect(failureOf(result).error).to.match(/the API answered 500: "Internal Server Error"$/);
        await stop(running);
      }),

    'rejects an invalid latency': () =>
      inWorkspace(async ({ run }) => {
        const result = await run(['sandbox', '--latency', '1.5']);
        expect(result).to.deep.equal({
          code: 2,
          stdout: '',
          stderr:
            'error: --latency: expected milliseconds, received "1.5"\nhint: for example --latency 200, or --latency 2s\n',
        });
      }),

    'serves --outages records and accepts the lists of all sites': () =>
      inWorkspace(async (workspace) => {
        const { running, env } = await startSandbox(workspace, '--outages', '20000', '--seed', '7', '--latency', '1ms');
        const sites = [SITE, 'norwich-pear', 'kathmandu-hill'].flatMap((id) => ['--site', id]);
        const { code, stdout } = await workspace.call(['submit', ...sites, '--format', 'json', '--quiet'], { env });
        expect(code).to.equal(0);
        expect(linesOf(stdout).map((line) => /"site":"([^"]+)","status":(\d+)/.exec(line)?.slice(1, 3))).to.deep.equal([
          [SITE, '200'],
          ['norwich-pear', '200'],
          ['kathmandu-hill', '200'],
        ]);
        await stop(running);
      }),

    'reports a port that is in use and exits 2': () =>
      inWorkspace(async (workspace) => {
        const { running, url } = await startSandbox(workspace);
        const { port } = new URL(url);
        const result = await workspace.call(['sandbox', '--port', port]);
        expect({ code: result.code, stdout: result.stdout }).to.deep.equal({ code: 2, stdout: '' });
        expect(failureOf(result).error).to.equal(`--port: cannot listen on 127.0.0.1:${port}: the port is in use`);
        await stop(running);
      }),

    'rejects an unknown fault': () =>
      inWorkspace(async ({ call }) => {
        const result = await call(['sandbox', '--faults', 'fire:1']);
        expect(result.code).to.equal(2);
        expect(failureOf(result).error).to.match(/^--faults: "fire" is not a kind of fault/);
      }),

    'stops on SIGTERM during a stalled response': () =>
      inWorkspace(async (workspace) => {
        const { running, url } = await startSandbox(workspace, '--faults', 'stall:1');
        const answer = await fetch(`${url}/outages`, { headers: { 'x-api-key': KEY } });
        const rest = answer.text().catch(() => 'gone');
        running.kill('SIGTERM');
        expect((await running.ended).code).to.equal(143);
        expect(await rest).to.equal('gone');
      }),
  });
});

describe('e2e: first steps', () => {
  runConcurrentlyIf(hasProgram('npm'), 'npm', {
    'submits to the embedded sandbox with npm start': () =>
      inWorkspace(async ({ spawn }) => {
        const env = { npm_config_update_notifier: 'false', npm_config_fund: 'false' };
        const { code, stdout } = await spawn('npm', ['start'], { cwd: REPOSITORY, env }).ended;
        expect(code).to.equal(0);
        expect(stdout).to.match(
          /\n✓ norwich-pear-tree {2}accepted {2}200 OK {2}11 outages {2}1 attempt {2}\d\.\d\d s {2}sha256 [\da-f]{12}…\n$/,
        );
      }),
  });

  runConcurrently({
    'previews a snapshot that fetch --sandbox saved': () =>
      inWorkspace(async ({ run, call, list }) => {
        const fetched = await run(['fetch', '--site', SITE, '--sandbox', '--output', 'saved.json']);
        const stderr = 'Wrote saved.json (2.89 kB, 20 outages)\n';
        expect(fetched).to.deep.equal({ code: 0, stdout: '', stderr });
        const [saved, live] = await Promise.all([
          call(['preview', '--site', SITE, '--snapshot', 'saved.json']),
          call(['preview', '--site', SITE, '--sandbox']),
        ]);
        expect(saved).to.deep.equal(live);
        expect(JSON.parse(live.stdout)).to.have.length(11);
        expect(await list()).to.deep.equal(['saved.json']);
      }),

    'runs from any folder through a symbolic link': () =>
      inWorkspace(async ({ shell }) => {
        const script = 'ln -s "$EXECUTABLE" kraken; NODE_OPTIONS= ./kraken --version';
        const { code, stdout, stderr } = await shell(script);
        expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
        expect(stdout).to.match(/^\d+\.\d+\.\d+\n$/);
      }),
  });
});
