import { expect } from 'chai';
import { describe } from 'mocha';

import { SANDBOX_DEFAULTS } from '../../src/sandbox/defaults.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { healthy, json } from './support/scripted-api.ts';
import { runConcurrently, runConcurrentlyIf } from './support/run-concurrently.ts';
import { screenOf, startInTerminal } from './support/terminal.ts';
import { hasProgram, inWorkspace, linesOf, type Workspace } from './support/workspace.ts';
import { withWorkspaceAndApi } from './support/with-workspace-and-api.ts';

const USER_FILE = '.config/kraken-outages/config.yaml';

/** Runs the test beside a sandbox that accepts the lists that the live API accepts. */
async function withLiveRule(
  use: (workspace: Workspace, env: Readonly<Record<string, string>>) => Promise<void>,
): Promise<void> {
  const options = { ...SANDBOX_DEFAULTS, port: 0, cutoff: '2022-01-01T00:00:00Z', cutoffInclusive: true };
  const sandbox = await startSandbox(options);
  try {
    await inWorkspace((workspace) =>
      use(workspace, { KRAKEN_API_URL: sandbox.url, KRAKEN_API_KEY: sandbox.apiKey, NO_COLOR: '1' }),
    );
  } finally {
    await sandbox.close();
  }
}

/** Runs a command in a terminal and answers each question as it appears. */
async function converse(
  workspace: Workspace,
  line: string,
  env: Readonly<Record<string, string>>,
  answers: readonly (readonly [question: string, answer: string])[],
): Promise<{ readonly code: number; readonly screen: readonly string[] }> {
  const running = await startInTerminal(workspace, line, env, { open: true });
  for (const [question, answer] of answers) {
    await running.until(() => running.stdout().includes(question));
    running.child.stdin?.write(answer);
  }
  const { code, stdout } = await running.ended;
  running.child.stdin?.destroy();
  return { code, screen: screenOf(stdout) };
}

const INCLUDE = 'Send all 12, including it? [y/N]';
const SUBMIT = 'kraken-outages submit norwich-pear-tree';

describe('e2e: a list that the API rejects without an outage at the cutoff', () => {
  runConcurrentlyIf(hasProgram('script'), 'script (util-linux)', {
    'is sent with it after a yes, and the rule is written into the user file after another': () =>
      withLiveRule(async (workspace, env) => {
        const { code, screen } = await converse(workspace, SUBMIT, env, [
          [INCLUDE, 'y\r'],
          ['for the next runs? [y/N]', 'yes\r'],
        ]);
        expect(code).to.equal(0);
        expect(screen[0]).to.match(/^Submitting 1 site to 127\.0\.0\.1:\d+\/interview-tests-mock-api\/v1$/);
        expect(screen.join('\n'))
          .to.include('norwich-pear-tree: Battery 2, 2022-01-01T00:00:00.000Z to ')
          .and.to.include('The requirement excludes it, but the live API has been seen to require it.')
          .and.to.match(/✓ norwich-pear-tree {2}accepted +200 OK {2}12 outages .*cutoff included/)
          .and.not.to.match(/error:|refused|excluded/);
        expect(await workspace.read(USER_FILE)).to.equal('cutoffInclusive: true\n');
        // The next run asks nothing, and says nothing about the cutoff.
        const again = await workspace.run(['submit', 'norwich-pear-tree'], { env });
        expect({ code: again.code, stderr: again.stderr }).to.deep.equal({ code: 0, stderr: '' });
      }),

    'is refused after a no, an empty answer or the end of the input': () =>
      withLiveRule(async (workspace, env) => {
        for (const answer of ['n\r', '\r', '\u0004']) {
          const { code, screen } = await converse(workspace, SUBMIT, env, [[INCLUDE, answer]]);
          expect(code).to.equal(7);
          expect(screen.join('\n'))
            .to.match(/✗ norwich-pear-tree {2}refused +400 Bad Request/)
            .and.to.include('to include it, run again with --cutoff-inclusive');
        }
      }),

    'ends the run with 130 after Ctrl-C at the question': () =>
      withLiveRule(async (workspace, env) => {
        const { code } = await converse(workspace, SUBMIT, env, [[INCLUDE, '\u0003']]);
        expect(code).to.equal(130);
      }),

    'is one of several, for all of which one question is asked': () =>
      withLiveRule(async (workspace, env) => {
        const line = `${SUBMIT} norwich-pear kathmandu-hill --format json >receipts.ndjson`;
        const { code, screen } = await converse(workspace, line, env, [
          ['Send the lists of 2 sites again, including them? [y/N]', 'y\r'],
          ['for the next runs? [y/N]', 'n\r'],
        ]);
        expect(code).to.equal(0);
        expect(screen.join('\n')).to.include('use --cutoff-inclusive or KRAKEN_CUTOFF_INCLUSIVE=true');
        const receipts = linesOf(await workspace.read('receipts.ndjson')).map((line_) =>
          /"site":"([^"]*)".*"outcome":"([^"]*)".*"cutoffInclusive":(\w+)/.exec(line_)?.slice(1),
        );
        expect(receipts).to.deep.equal([
          ['norwich-pear', 'accepted', 'false'],
          ['norwich-pear-tree', 'accepted', 'true'],
          ['kathmandu-hill', 'accepted', 'true'],
        ]);
      }),

    'is added to a trusted project file, which stays trusted': () =>
      withLiveRule(async (workspace, env) => {
        await workspace.write('.kraken-outagesrc', `# ours\napiUrl: ${env['KRAKEN_API_URL'] ?? ''}`);
        const others = { KRAKEN_API_KEY: env['KRAKEN_API_KEY'] ?? '', NO_COLOR: '1' };
        expect((await workspace.run(['config', 'trust'])).code).to.equal(0);
        const { code } = await converse(workspace, SUBMIT, others, [
          [INCLUDE, 'y\r'],
          ['Write cutoffInclusive: true into .kraken-outagesrc, for the next runs? [y/N]', 'y\r'],
        ]);
        expect(code).to.equal(0);
        expect(await workspace.read('.kraken-outagesrc')).to.match(/^# ours\napiUrl: .*\ncutoffInclusive: true\n$/);
        expect((await workspace.run(['submit', 'norwich-pear-tree'], { env: others })).code).to.equal(0);
      }),

    'is not asked about if the setting is explicit': () =>
      withLiveRule(async (workspace, env) => {
        const { code, screen } = await converse(workspace, SUBMIT, { ...env, KRAKEN_CUTOFF_INCLUSIVE: 'false' }, []);
        expect({ code, asked: screen.join('\n').includes('[y/N]') }).to.deep.equal({ code: 7, asked: false });
      }),
  });

  runConcurrently({
    'exits 7 in a pipe, with an error and a hint': () =>
      withLiveRule(async (workspace, env) => {
        const { code, stderr } = await workspace.run(['submit', 'norwich-pear-tree'], { env });
        expect(code).to.equal(7);
        expect(linesOf(stderr)).to.have.length(2);
        expect(stderr).to.match(
          /^error: norwich-pear-tree: POST \S+ the API answered 400: .*\nhint: excluded 1 outage .*run again with --cutoff-inclusive\n$/,
        );
      }),
  });
});

describe('e2e: the plan of a submission', () => {
  const ASK = 'Submit 4 outages of 2 sites to 127.0.0.1:';

  runConcurrentlyIf(hasProgram('script'), 'script (util-linux)', {
    'is confirmed for sites that were not named on the command line': () =>
      withWorkspaceAndApi(healthy('alpha', 'beta'), async (workspace, api) => {
        await workspace.write('sites.txt', 'alpha\nbeta\n');
        const line = 'kraken-outages submit --sites-file sites.txt';
        const yes = await converse(workspace, line, api.env, [[ASK, 'y\r']]);
        expect(yes.code).to.equal(0);
        expect(yes.screen.join('\n')).to.include('  alpha: 2 outages').and.to.include('total: 2 accepted of 2 sites');
        const { length } = api.requests.filter(({ method }) => method === 'POST');
        const no = await converse(workspace, line, api.env, [[ASK, '\r']]);
        expect(no.code).to.equal(2);
        expect(no.screen.join('\n')).to.include('error: cancelled: nothing was sent');
        expect(api.requests.filter(({ method }) => method === 'POST')).to.have.length(length);
      }),

    'is not shown with --yes, for sites on the command line, or for one site': () =>
      withWorkspaceAndApi(healthy('alpha', 'beta'), async (workspace, api) => {
        await workspace.write('one.txt', 'alpha\n');
        await workspace.write('two.txt', 'alpha\nbeta\n');
        for (const flags of ['--sites-file two.txt --yes', 'alpha --site beta', '--sites-file one.txt']) {
          const { code, screen } = await converse(workspace, `kraken-outages submit ${flags}`, api.env, []);
          expect({ code, asked: screen.join('\n').includes('[y/N]') }, flags).to.deep.equal({ code: 0, asked: false });
        }
      }),
  });

  runConcurrently({
    'is not shown in a pipe': () =>
      withWorkspaceAndApi(healthy('alpha', 'beta'), async (workspace, api) => {
        const env = { ...api.env, KRAKEN_SITE: 'alpha,beta' };
        expect((await workspace.run(['submit'], { env })).code).to.equal(0);
      }),

    'and the first line say where the lists go, with the profile': () =>
      withWorkspaceAndApi({ ...healthy('alpha'), 'POST /site-outages/alpha': [json({})] }, async (workspace, api) => {
        await workspace.write('conf.yaml', 'profiles: {live: {retries: 1}}');
        const flags = ['--config', 'conf.yaml', '--profile', 'live'];
        const running = workspace.start(['submit', 'alpha', ...flags], { env: api.env });
        await running.ended;
        expect(running.stderr()).to.equal(`Submitting 1 site to ${api.url.replace('http://', '')} (profile live)\n`);
        const sandbox = workspace.start(['submit', 'norwich-pear', '--sandbox']);
        await sandbox.ended;
        expect(sandbox.stderr()).to.match(/^Sandbox: nothing leaves this machine\n/);
      }),
  });
});
