import type { ServerResponse } from 'node:http';

import { expect } from 'chai';
import { describe } from 'mocha';
import stringWidth from 'string-width';

import {
  type Api,
  bare,
  forKey,
  hang,
  healthy,
  json,
  outages,
  payload,
  type Reply,
  reset,
  site,
} from './support/scripted-api.ts';
import { runConcurrently, runConcurrentlyIf } from './support/run-concurrently.ts';
import { hasProgram, inWorkspace, KEY, linesOf, type Result, type Workspace } from './support/workspace.ts';
import { inTerminal, screenOf, startInTerminal } from './support/terminal.ts';
import { withWorkspaceAndApi } from './support/with-workspace-and-api.ts';

const SUBMIT = ['submit', '--site', 'alpha'];

describe('e2e: a terminal of 80 columns', () => {
  runConcurrentlyIf(hasProgram('script'), 'script (util-linux)', {
    'shows a spinner while it waits and leaves only the receipt': () =>
      withWorkspaceAndApi(
        { ...healthy('alpha'), 'GET /outages': [bare(500), json(outages('alpha'))] },
        async (workspace, api) => {
          const { code, stdout } = await inTerminal(workspace, 'kraken-outages submit --site alpha', api.env);
          expect(code).to.equal(0);
          expect(stdout).to.match(/Waiting for site information: 0 of 1 site/);
          const screen = screenOf(stdout).map((line) => line.replace(/\d\.\d\d s/, '0.00 s'));
          expect(screen).to.have.length(3);
          expect(screen[0]).to.match(/^Submitting 1 site to 127\.0\.0\.1:/);
          expect(screen[1]).to.match(
            /^✓ alpha {2}accepted {2}200 OK {2}2 outages {2}1 attempt {2}0\.00 s {2}sha256 [\da-f]{12}…$/,
          );
          expect(screen[2]).to.equal('');
        },
      ),

    'shows the attempt and the received data': () => {
      const [first, ...rest] = outages('alpha').map((outage) => JSON.stringify(outage));
      const held: ServerResponse[] = [];
      const begin: Reply = (response) => {
        held.push(response);
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write(`[${first ?? ''},`);
      };
      return withWorkspaceAndApi({ ...healthy('alpha'), 'GET /outages': [begin] }, async (workspace, api) => {
        const line = 'kraken-outages preview --site alpha >out.json';
        const running = await startInTerminal(workspace, line, api.env);
        await running.until(() => /Waiting for outages: \d+ B, 1 record\b(?! \()/.test(running.stdout()));
        held[0]?.socket?.destroy();
        await running.until(() => /Waiting for outages: \d+ B, 1 record \(attempt 2\)/.test(running.stdout()));
        held[1]?.end(`${rest.join(',')}]`);
        const { code, stdout } = await running.ended;
        expect({ code, out: await workspace.read('out.json'), screen: screenOf(stdout) }).to.deep.equal({
          code: 0,
          out: `${payload('alpha')}\n`,
          screen: [''],
        });
      });
    },

    'shows complete notices above the spinner': () =>
      inWorkspace(async (workspace) => {
        const line = 'kraken-outages submit --site norwich-pear-tree --sandbox >/dev/null';
        const { code, stdout } = await inTerminal(workspace, line, {});
        expect(code).to.equal(0);
        expect(screenOf(stdout)).to.deep.equal([
          'Sandbox: nothing leaves this machine',
          'note: norwich-pear-tree: excluded 1 outage that began exactly at the cutoff (2022-01-01T00:00:00Z)',
          '  use --cutoff-inclusive to include such outages if the API rejects the list (the live API is known to)',
          '',
        ]);
        expect(stdout).to.include('\u001b[33mnote:');
      }),

    'shows each site when it is done, aligned, and a total': () => {
      const held: ServerResponse[] = [];
      const hold: Reply = (response) => held.push(response);
      const script = {
        ...healthy('alpha', 'beta-beta', 'gamma'),
        'POST /site-outages/alpha': [hold],
        'POST /site-outages/gamma': [json({ message: 'no' }, 400)],
      } as const;
      return withWorkspaceAndApi(script, async (workspace, api) => {
        const line = 'kraken-outages submit --site alpha --site beta-beta --site gamma';
        const running = await startInTerminal(workspace, line, api.env);
        await running.until(() => ['beta-beta ', 'gamma '].every((text) => running.stdout().includes(text)));
        for (const response of held) json({})(response, { method: '', path: '', headers: {}, body: '', at: 0 });
        const { code, stdout } = await running.ended;
        expect(code).to.equal(8);
        const screen = screenOf(stdout.replaceAll(api.url, 'API')).map((text) => text.replace(/\d\.\d\d s/, '0.00 s'));
        expect(screen[0]).to.match(/^Submitting 3 sites to /);
        expect(screen.slice(1, 3).sort()).to.deep.equal([
          '✓ beta-beta  accepted  200 OK  2 outages  1 attempt  0.00 s',
          '✗ gamma      refused   400 Bad Request  2 outages  1 attempt  0.00 s',
        ]);
        expect(screen.slice(3)).to.deep.equal([
          '✓ alpha      accepted  200 OK  2 outages  1 attempt  0.00 s',
          'error: gamma: POST API/site-outages/gamma: the API answered 400: "no"',
          "hint: the API rejected this list: compare it with preview, or ask the API's operators",
          'total: 2 accepted, 1 refused of 3 sites in 0.00 s',
          '  with --journal FILE, the same command sends again only the lists that were not accepted',
          '',
        ]);
      });
    },

    'shows a progress bar for many sites and lists only the failures in order': () => {
      const ids = Array.from({ length: 21 }, (_, index) => `site-${index}`);
      const held: ServerResponse[] = [];
      const hold: Reply = (response) => held.push(response);
      const script = {
        ...healthy(...ids),
        'POST /site-outages/site-0': [hold],
        'POST /site-outages/site-3': [json({ message: 'no' }, 400)],
        'POST /site-outages/site-7': [reset],
      } as const;
      return withWorkspaceAndApi(script, async (workspace, api) => {
        await workspace.write('sites.txt', ids.join('\n'));
        const line = 'kraken-outages submit --sites-file sites.txt --retries 0 --yes';
        const running = await startInTerminal(workspace, line, api.env);
        await running.until(() => /█+░+ 18 accepted, 1 refused, 1 unknown, 1 waiting/.test(running.stdout()));
        expect(running.stdout()).not.to.match(/site-3|site-7|✓/);
        for (const response of held) json({})(response, { method: '', path: '', headers: {}, body: '', at: 0 });
        const { code, stdout } = await running.ended;
        expect(code).to.equal(8);
        const screen = screenOf(stdout);
        expect(screen.map((text) => text.replace(/(?<=\S) .*/, ''))).to.deep.equal([
          'Submitting',
          'error:',
          'hint:',
          'error:',
          'hint:',
          'total:',
          '  with',
          '',
        ]);
        expect(screen[1]).to.match(/^error: site-7: the list was sent, but /);
        expect(screen[3]).to.match(/^error: site-3: POST /);
        expect(screen[5]).to.match(/^total: 19 accepted, 1 refused, 1 unknown of 21 sites in \d+\.\d\d s$/);
      });
    },

    'shows the progress bar while receipts go to a file in order': () => {
      const ids = Array.from({ length: 21 }, (_, index) => `site-${index}`);
      return withWorkspaceAndApi(healthy(...ids), async (workspace, api) => {
        await workspace.write('sites.txt', ids.join('\n'));
        const line = 'kraken-outages submit --sites-file sites.txt --yes >receipts.txt';
        const { code, stdout } = await inTerminal(workspace, line, api.env);
        expect(code).to.equal(0);
        expect(stdout).to.match(/░+ \d+ accepted, 0 refused, 0 unknown, \d+ waiting/);
        expect(screenOf(stdout)[1]).to.match(/^total: 21 accepted of 21 sites in /);
        const receipts = linesOf(await workspace.read('receipts.txt'));
        expect(receipts.map((text) => text.split('  ')[0])).to.deep.equal(ids.map((id) => `✓ ${id}`));
        expect(receipts[0]).to.match(/sha256 [\da-f]{12}…$/);
      });
    },

    'limits a table to the width of the terminal': () =>
      inWorkspace(async (workspace) => {
        const line =
          'kraken-outages preview --site norwich-pear --site kathmandu-hill --sandbox --format table 2>/dev/null';
        const { code, stdout } = await inTerminal(workspace, line, { NO_COLOR: '1' });
        expect(code).to.equal(0);
        expect(stdout).not.to.include('\u001b');
        const lines = stdout.replaceAll('\r', '').split('\n');
        expect(lines[0]).to.match(/^SITE +DEVICE +BEGIN +END +DURATION$/);
        expect(Math.max(...lines.map((text) => stringWidth(text)))).to.be.within(60, 80);
        expect(lines[6]).to.match(/^norwich-pear +Battery 4 \(shared\) +2022-08-13/);
        expect(lines.at(-2)).to.match(/^\d+ outages of \d+ devices on 2 sites$/);
      }),

    'stops the run on Ctrl-C': () =>
      withWorkspaceAndApi({ ...healthy('alpha'), 'GET /outages': [hang] }, async (workspace, api) => {
        const line = 'exec "$NODE" "$EXECUTABLE" preview --site alpha';
        const running = await startInTerminal(workspace, line, api.env, { open: true });
        await running.until(() => running.stdout().includes('Waiting for'));
        await running.reaching(api.receives('GET /outages'));
        running.child.stdin?.write('\u0003');
        const { code, stdout } = await running.ended;
        running.child.stdin?.destroy();
        expect(code).to.equal(130);
        expect(screenOf(stdout).join('\n')).to.match(/error: alpha: interrupted/);
      }),
  });
});

/** Runs `submit` without a key in a terminal and types `keys` at the prompts. */
async function submitTyping(keys: string | readonly string[], workspace: Workspace, { url }: Api): Promise<Result> {
  const line = [
    'before=$(stty -g)',
    'kraken-outages submit --site alpha',
    'code=$?',
    '[ "$(stty -g)" = "$before" ] && echo The terminal is as before.',
    'exit $code',
  ].join('\n');
  const running = await startInTerminal(workspace, line, { KRAKEN_API_URL: url }, { open: true });
  for (const [index, typed] of (typeof keys === 'string' ? [keys] : keys).entries()) {
    await running.until(() => running.stdout().split('API key (hidden): ').length > index + 1);
    running.child.stdin?.write(typed);
  }
  const result = await running.ended;
  running.child.stdin?.destroy();
  expect(result.stdout).to.include('The terminal is as before.');
  return result;
}

describe('e2e: the prompt for the key', () => {
  runConcurrentlyIf(hasProgram('script'), 'script (util-linux)', {
    'uses the key after edits and never shows it': () =>
      withWorkspaceAndApi(healthy('alpha'), async (workspace, api) => {
        const { code, stdout } = await submitTyping(`wrong\u0015${KEY}xy\u007f\b\r`, workspace, api);
        expect(screenOf(stdout)[0]).to.equal('API key (hidden): ');
        expect(screenOf(stdout)[2]).to.match(/^✓ alpha {2}accepted/);
        expect(stdout).not.to.match(/wrong|xy/);
        expect({ code, key: api.to('POST /site-outages/alpha')[0]?.headers['x-api-key'] }).to.deep.equal({
          code: 0,
          key: KEY,
        });
      }),

    'asks again, twice at most, if the API rejects the key': () =>
      withWorkspaceAndApi(forKey(KEY), async (workspace, api) => {
        const accepted = await submitTyping(['wrong-key-1\r', 'wrong-key-2\r', `${KEY}\r`], workspace, api);
        expect(accepted.code, accepted.stdout).to.equal(0);
        expect(screenOf(accepted.stdout).slice(1, 4).join('\n')).to.match(
          /^Submitting 1 site to .*(\nThe API rejects the key\. API key \(hidden\): ){2}$/,
        );
        expect(api.to('POST /site-outages/alpha')).to.have.length(1);
        const rejected = await submitTyping(['wrong-1\r', 'wrong-2\r', 'wrong-3\r'], workspace, api);
        expect(rejected.code, rejected.stdout).to.equal(4);
        expect(accepted.stdout + rejected.stdout).not.to.include('wrong');
      }),

    'exits 130 after Ctrl-C': () =>
      withWorkspaceAndApi(healthy('alpha'), async (workspace, api) => {
        const { code, stdout } = await submitTyping('half\u0003', workspace, api);
        expect(code).to.equal(130);
        expect(screenOf(stdout).slice(0, 2)).to.deep.equal(['API key (hidden): ', 'error: interrupted']);
        expect(api.requests).to.deep.equal([]);
      }),

    'exits 3 after Ctrl-D or an empty line': () =>
      withWorkspaceAndApi(healthy('alpha'), async (workspace, api) => {
        for (const keys of ['half\u0004', '\r']) {
          const { code, stdout } = await submitTyping(keys, workspace, api);
          expect(code).to.equal(3);
          expect(screenOf(stdout)[1]).to.equal('error: no API key is configured');
        }
        expect(api.requests).to.deep.equal([]);
      }),

    'is not shown if stdin is not a terminal or the URL is missing': () =>
      withWorkspaceAndApi(healthy('alpha'), async (workspace, api) => {
        const line = 'kraken-outages submit --site alpha';
        const piped = await inTerminal(workspace, `true | ${line}`, { KRAKEN_API_URL: api.url });
        const nothing = await inTerminal(workspace, line, {});
        expect([piped.code, nothing.code]).to.deep.equal([3, 3]);
        expect(screenOf(piped.stdout)[0]).to.equal('error: no API key is configured');
        expect(screenOf(nothing.stdout)[0]).to.equal('error: no API URL and no API key is configured');
      }),
  });
});

describe('e2e: output without a terminal', () => {
  runConcurrently({
    'contains neither spinner nor escape codes, whatever TERM is': () =>
      withWorkspaceAndApi(
        { ...healthy('alpha'), 'GET /outages': [bare(500), json(outages('alpha'))] },
        async ({ run }, { env }) => {
          const { code, stdout, stderr } = await run([...SUBMIT, '--verbose'], {
            env: { ...env, TERM: 'xterm-256color' },
          });
          expect(code).to.equal(0);
          expect(stdout.replace(/\d\.\d\d s/, '0.00 s')).to.match(
            /^✓ alpha {2}accepted {2}200 OK {2}2 outages {2}1 attempt {2}0\.00 s {2}sha256 [\da-f]{12}…\n$/,
          );
          expect(`${stdout}${stderr}`).not.to.match(/\u001b|Waiting/);
        },
      ),

    'limits a timeline to 80 columns or to COLUMNS': () =>
      inWorkspace(async ({ call }) => {
        const args = ['preview', '--site', 'norwich-pear-tree', '--sandbox', '--format', 'timeline', '--quiet'];
        const widths = await Promise.all(
          [{}, { COLUMNS: '50' }, { COLUMNS: '0' }, { COLUMNS: 'wide' }].map(async (env) => {
            const { stdout } = await call(args, { env });
            return Math.max(...stdout.split('\n').map((line) => stringWidth(line)));
          }),
        );
        expect(widths).to.deep.equal([80, 50, 80, 80]);
      }),

    'contains colours but no spinner with FORCE_COLOR': () =>
      withWorkspaceAndApi(healthy('alpha'), async ({ run }, { env }) => {
        const { stdout, stderr } = await run(SUBMIT, { env: { ...env, FORCE_COLOR: '1' } });
        expect(stdout).to.include('\u001b[32m✓');
        expect(stderr).to.equal('');
      }),

    'escapes control characters in names': () =>
      withWorkspaceAndApi(
        {
          ...healthy('alpha'),
          'GET /site-info/alpha': [
            json({ ...site('alpha'), devices: [{ id: 'alpha-1', name: '\u001b]0;x\u0007=1+1\u202e' }] }),
          ],
        },
        async ({ call }, { env }) => {
          const results = await Promise.all(
            ['json', 'ndjson', 'csv', 'table', 'timeline', 'html'].map((format) =>
              call(['preview', '--site', 'alpha', '--format', format], { env }),
            ),
          );
          for (const { code, stdout } of results) {
            expect({ code, harmful: /[\u001b\u0007\u202e]/.test(stdout) }).to.deep.equal({ code: 0, harmful: false });
            expect(stdout).to.include('\\u001b]0;x\\u0007=1+1\\u202e');
          }
        },
      ),
  });
});
