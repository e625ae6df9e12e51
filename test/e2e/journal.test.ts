import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'chai';
import { describe } from 'mocha';

import { createFiles } from '../../src/platform/files.ts';
import type { TestOverrides } from '../support/environment.ts';
import { runInTerminal } from './support/run-in-terminal.ts';
import { type Api, hang, healthy, json, outages, payload, type Script, site, withApi } from './support/scripted-api.ts';
import { runConcurrently, runConcurrentlyIf } from './support/run-concurrently.ts';
import { withWorkspaceAndApi } from './support/with-workspace-and-api.ts';
import {
  EXECUTABLE,
  failureOf,
  fieldsOf,
  hasProgram,
  inWorkspace,
  jsonLinesOf,
  withoutRunFacts,
  KEY,
  type Result,
  type Workspace,
} from './support/workspace.ts';

const JOURNAL = 'journal.ndjson';
const sha256 = (id: string): string => createHash('sha256').update(payload(id)).digest('hex');
const sites = (...ids: readonly string[]): readonly string[] => ids.flatMap((id) => ['--site', id]);
const submitArgs = (ids: readonly string[], ...flags: readonly string[]): readonly string[] => [
  ...['submit', '--format', 'json', '--quiet', '--journal', JOURNAL, ...sites(...ids)],
  ...flags,
];

/** Each receipt's site and outcome. */
function outcomesIn(lines: string): readonly string[] {
  return jsonLinesOf(lines).map((line) => {
    const { site: id, outcome } = fieldsOf(line);
    return `${String(id)} ${String(outcome)}`;
  });
}

const posts = ({ requests }: Api): readonly string[] =>
  requests.filter(({ method }) => method === 'POST').map(({ path }) => path.replace('/site-outages/', ''));

/** Expects the run to have failed as a whole, before any request. */
function expectRefused(result: Result, api: Api, error: RegExp): void {
  expect({ code: result.code, stdout: result.stdout }).to.deep.equal({ code: 2, stdout: '' });
  expect(failureOf(result).error).to.match(error);
  expect(api.requests).to.deep.equal([]);
}

async function call({ call: run }: Workspace, api: Api, ids: readonly string[], ...flags: readonly string[]) {
  const before = posts(api).length;
  const { code, stdout, stderr } = await run(submitArgs(ids, ...flags), { env: api.env });
  return { code, outcomes: outcomesIn(stdout), posts: posts(api).slice(before), stderr };
}

describe('e2e: submit --journal', () => {
  runConcurrently({
    'does not send an accepted list again': () =>
      withWorkspaceAndApi(healthy('alpha', 'beta'), async (workspace, api) => {
        const first = await workspace.run(submitArgs(['alpha', 'beta']), { env: api.env });
        const journal = jsonLinesOf(await workspace.read(JOURNAL));
        const receipts = jsonLinesOf(first.stdout).map(withoutRunFacts);
        expect(journal).to.have.length(2);
        for (const line of journal) {
          const { time, api: origin, ...receipt } = fieldsOf(line);
          expect(origin).to.equal(api.url);
          expect(time).to.match(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/);
          expect(receipts).to.deep.include(receipt);
        }

        const before = await workspace.read(JOURNAL);
        const { code, stdout, stderr } = await workspace.run(submitArgs(['alpha', 'beta']), { env: api.env });
        const unchanged = { status: null, outcome: 'unchanged', outages: 2, attempts: 0 };
        expect({ code, receipts: jsonLinesOf(stdout).map(withoutRunFacts), stderr }).to.deep.equal({
          code: 0,
          receipts: ['alpha', 'beta'].map((id) => ({ site: id, ...unchanged, sha256: sha256(id), elapsedMs: 0 })),
          stderr: '',
        });
        expect(posts(api)).to.have.members(['alpha', 'beta']);
        expect([await workspace.read(JOURNAL), await workspace.list()]).to.deep.equal([before, [JOURNAL]]);
      }),

    'says so as text': () =>
      withWorkspaceAndApi(healthy('alpha'), async (workspace, api) => {
        await call(workspace, api, ['alpha']);
        const args = ['submit', '--journal', JOURNAL, ...sites('alpha')];
        const { code, stdout, stderr } = await workspace.call(args, { env: api.env });
        expect({ code, stdout, stderr }).to.deep.equal({
          code: 0,
          stdout: `= alpha  unchanged  2 outages  sha256 ${sha256('alpha').slice(0, 12)}…\n`,
          stderr: '',
        });
      }),

    'sends the sites again that were not accepted, and those alone': () => {
      const script = {
        ...healthy('alpha', 'beta', 'gamma'),
        'POST /site-outages/beta': [json({}, 503), json({}, 400), json({})],
      } satisfies Script;
      return withWorkspaceAndApi(script, async (workspace, api) => {
        const run = () => call(workspace, api, ['alpha', 'beta', 'gamma'], '--retries=0');
        const rest = { outcomes: ['alpha unchanged', 'beta refused', 'gamma unchanged'], posts: ['beta'] };
        expect(await run()).to.deep.include({ code: 8, outcomes: ['alpha accepted', 'beta failed', 'gamma accepted'] });
        expect(await run()).to.deep.include({ ...rest, code: 8 });
        expect(await run()).to.deep.include({ code: 0, posts: ['beta'] });
        expect(await run()).to.deep.include({ code: 0, posts: [] });
      });
    },

    'sends a list that has changed, and sends it back when it changes back': () => {
      const changed = json(outages('alpha', 'beta').filter(({ id }) => id !== 'alpha-1'));
      const original = json(outages('alpha', 'beta'));
      const script = {
        ...healthy('alpha', 'beta'),
        'GET /outages': [original, changed, original, original],
      } satisfies Script;
      return withWorkspaceAndApi(script, async (workspace, api) => {
        const run = () => call(workspace, api, ['alpha', 'beta']);
        await run();
        expect((await run()).outcomes).to.deep.equal(['alpha accepted', 'beta unchanged']);
        expect((await run()).outcomes).to.deep.equal(['alpha accepted', 'beta unchanged']);
        expect((await run()).outcomes).to.deep.equal(['alpha unchanged', 'beta unchanged']);
      });
    },

    'knows one API from another': () =>
      withApi(healthy('alpha'), (other) =>
        withWorkspaceAndApi(healthy('alpha'), async (workspace, api) => {
          await call(workspace, api, ['alpha']);
          expect((await call(workspace, other, ['alpha'])).outcomes).to.deep.equal(['alpha accepted']);
          expect((await call(workspace, api, ['alpha'])).outcomes).to.deep.equal(['alpha unchanged']);
          expect((await call(workspace, api, ['alpha'], '--api-url', `${api.url}///`)).outcomes).to.deep.equal([
            'alpha unchanged',
          ]);
        }),
      ),

    'remembers what the sandbox accepted': () =>
      inWorkspace(async ({ call: run }) => {
        const args = ['submit', '--sandbox', '--journal', JOURNAL, '--format', 'json', '--site', 'norwich-pear-tree'];
        expect(outcomesIn((await run(args)).stdout)).to.deep.equal(['norwich-pear-tree accepted']);
        expect(outcomesIn((await run(args)).stdout)).to.deep.equal(['norwich-pear-tree unchanged']);
        expect(outcomesIn((await run([...args, '--cutoff-inclusive'])).stdout)).to.deep.equal([
          'norwich-pear-tree accepted',
        ]);
      }),

    'keeps what was accepted although a later run could not send': () => {
      const script = {
        ...healthy('alpha'),
        'GET /site-info/alpha': [json(site('alpha')), json({}, 404), json(site('alpha'))],
      } satisfies Script;
      return withWorkspaceAndApi(script, async (workspace, api) => {
        await call(workspace, api, ['alpha']);
        expect((await call(workspace, api, ['alpha'])).outcomes).to.deep.equal(['alpha not-sent']);
        expect((await call(workspace, api, ['alpha'])).outcomes).to.deep.equal(['alpha unchanged']);
        expect(outcomesIn(await workspace.read(JOURNAL))).to.deep.equal(['alpha accepted', 'alpha not-sent']);
      });
    },

    'writes a receipt as soon as it is final, so that a kill does not lose it': () => {
      const script = {
        ...healthy('alpha', 'beta', 'gamma'),
        'POST /site-outages/alpha': [hang, json({})],
      } satisfies Script;
      return withWorkspaceAndApi(script, async (workspace, api) => {
        const running = workspace.start(submitArgs(['alpha', 'beta', 'gamma'], '--concurrency=2'), { env: api.env });
        await running.reaching(api.receives('POST /site-outages/gamma'));
        running.kill('SIGKILL');
        const { code, stdout } = await running.ended;
        expect({ code, stdout }).to.deep.equal({ code: 137, stdout: '' });
        expect(outcomesIn(await workspace.read(JOURNAL)).slice(0, 1)).to.deep.equal(['beta accepted']);
        const { outcomes } = await call(workspace, api, ['alpha', 'beta', 'gamma']);
        expect(outcomes.slice(0, 2)).to.deep.equal(['alpha accepted', 'beta unchanged']);
      });
    },

    'writes every receipt of a run that is terminated': () => {
      const script = { ...healthy('alpha', 'beta'), 'POST /site-outages/alpha': [hang] } satisfies Script;
      return withWorkspaceAndApi(script, async (workspace, api) => {
        const running = workspace.start(submitArgs(['alpha', 'beta'], '--concurrency=1'), { env: api.env });
        await running.reaching(api.receives('POST /site-outages/alpha'));
        running.kill('SIGTERM');
        expect((await running.ended).code).to.equal(143);
        expect(outcomesIn(await workspace.read(JOURNAL))).to.deep.equal(['alpha unknown', 'beta not-sent']);
      });
    },

    'does not keep an interrupted run from printing its receipts': () =>
      withWorkspaceAndApi(healthy('alpha'), async (workspace, api) => {
        await call(workspace, api, ['alpha']);
        let interrupt = (): void => undefined;
        const files = createFiles({ cwd: () => workspace.path });
        const world: TestOverrides = {
          onSignal(listener) {
            interrupt = () => {
              listener('SIGINT');
            };
            return () => undefined;
          },
          files: {
            ...files,
            openLocked(path) {
              interrupt();
              return files.openLocked(path);
            },
          },
        };
        const { code, stdout } = await workspace.call(submitArgs(['alpha', 'beta']), { env: api.env, world });
        expect({ code, outcomes: outcomesIn(stdout) }).to.deep.equal({
          code: 130,
          outcomes: ['alpha not-sent', 'beta not-sent'],
        });
        expect(await workspace.list()).to.deep.equal([JOURNAL]);
      }),

    'repairs a last line that was cut': () =>
      withWorkspaceAndApi(healthy('alpha', 'beta'), async (workspace, api) => {
        await call(workspace, api, ['alpha', 'beta'], '--concurrency=1');
        const whole = await workspace.read(JOURNAL);
        await workspace.write(JOURNAL, whole.slice(0, -40));
        const { code, outcomes } = await call(workspace, api, ['alpha', 'beta']);
        expect({ code, outcomes }).to.deep.equal({ code: 0, outcomes: ['alpha unchanged', 'beta accepted'] });
        expect(outcomesIn(await workspace.read(JOURNAL))).to.deep.equal(['alpha accepted', 'beta accepted']);
        await workspace.write(JOURNAL, whole.trimEnd());
        expect((await call(workspace, api, ['alpha', 'beta'])).posts).to.deep.equal([]);
        expect(await workspace.read(JOURNAL)).to.equal(whole);
      }),

    'refuses a file that is not a journal, and leaves it alone': () =>
      withWorkspaceAndApi(healthy('alpha'), async (workspace, api) => {
        for (const content of ['{"site":"alpha","outcome":"accepted"}\n', 'alpha\n', '{"name":"x"}', '\u0000\u0001']) {
          await workspace.write(JOURNAL, content);
          const result = await workspace.call(submitArgs(['alpha']), { env: api.env });
          expectRefused(result, api, /^--journal journal\.ndjson: not a journal: line 1 is not a journaled receipt$/);
          expect([await workspace.read(JOURNAL), await workspace.list()]).to.deep.equal([content, [JOURNAL]]);
        }
      }),

    'refuses a directory, a device and a FIFO': () =>
      withWorkspaceAndApi(healthy('alpha'), async (workspace, api) => {
        await mkdir(join(workspace.path, JOURNAL));
        await symlink('/dev/null', join(workspace.path, 'device'));
        await workspace.spawn('mkfifo', ['fifo']).ended;
        const names = {
          [JOURNAL]: 'is a directory',
          device: 'not a regular file',
          fifo: 'not a regular file',
          '/dev/stdout': 'not a regular file',
        };
        for (const [name, why] of Object.entries(names)) {
          const args = ['submit', '--site', 'alpha', '--journal', name];
          const result = await workspace.run(args, { env: api.env });
          expectRefused(result, api, new RegExp(`^--journal ${name}: ${why}$`));
        }
        expect(await workspace.list()).to.deep.equal(['device', 'fifo', JOURNAL]);
      }),

    'refuses an empty name, - and a file in a missing directory': () =>
      withWorkspaceAndApi(healthy('alpha'), async (workspace, api) => {
        const names = {
          '': /^--journal: expected a file name$/,
          '-': /^--journal: expected a file name, not - \(stdin or stdout\)$/,
          'no/where': /^--journal no\/where: cannot create the lock .*\/no\/where\.lock: no such file or directory$/,
        };
        for (const [name, error] of Object.entries(names)) {
          const result = await workspace.call(['submit', '--site', 'alpha', '--journal', name], { env: api.env });
          expectRefused(result, api, error);
        }
      }),

    'is locked against a second run, until the first was killed': () => {
      const script = { ...healthy('alpha'), 'POST /site-outages/alpha': [hang, json({})] } satisfies Script;
      return withWorkspaceAndApi(script, async (workspace, api) => {
        const running = workspace.start(submitArgs(['alpha']), { env: api.env });
        await running.reaching(api.receives('POST /site-outages/alpha'));
        const second = await workspace.run(submitArgs(['alpha']), { env: api.env });
        expect({ code: second.code, stdout: second.stdout, failure: failureOf(second) }).to.deep.equal({
          code: 2,
          stdout: '',
          failure: {
            error: `--journal ${JOURNAL}: in use by another process (pid ${running.child.pid ?? ''})`,
            hint: 'wait until that run has ended, or name another file',
          },
        });
        expect(posts(api)).to.deep.equal(['alpha']);
        running.kill('SIGKILL');
        await running.ended;
        expect(await call(workspace, api, ['alpha'])).to.deep.include({ code: 0, outcomes: ['alpha accepted'] });
        expect(await workspace.list()).to.deep.equal([JOURNAL]);
      });
    },

    'sends nothing more once the disk is full, and says so once': () => {
      const ids = Array.from({ length: 9 }, (_, index) => `site-${index}`);
      return withWorkspaceAndApi(healthy(...ids), async (workspace, api) => {
        const args = submitArgs(ids, '--concurrency=1').join(' ');
        // bash counts in units of 1024 bytes.
        const result = await workspace.shell(`ulimit -f 1; kraken-outages ${args}`, { env: api.env });
        const sent = posts(api);
        expect(sent).to.have.length.within(2, 8);
        expect(failureOf(result)).to.deep.equal({
          error: `--journal ${JOURNAL}: cannot write: file too large`,
          hint: 'no further list was sent; fix the problem, then run again to submit the other sites',
        });
        expect({ code: result.code, outcomes: outcomesIn(result.stdout) }).to.deep.equal({
          code: 2,
          outcomes: ids.map((id, index) => `${id} ${index < sent.length ? 'accepted' : 'not-sent'}`),
        });
        const last = fieldsOf(jsonLinesOf(result.stdout).at(-1));
        expect(fieldsOf(last['error'])).to.deep.include({ code: 2, message: failureOf(result).error });
        expect(last).to.deep.include({ status: null, outages: 2, attempts: 0, sha256: sha256('site-8') });

        // The last site was accepted, but its line was cut.
        const again = await call(workspace, api, ids);
        expect(again.code).to.equal(0);
        expect(again.posts).to.have.members(ids.slice(sent.length - 1));
      });
    },

    'never holds the key': () => {
      const echo = json({ message: `bad key ${KEY}` }, 403);
      return withWorkspaceAndApi(
        { ...healthy('alpha'), 'POST /site-outages/alpha': [echo] },
        async (workspace, api) => {
          expect(await call(workspace, api, ['alpha'])).to.deep.include({ code: 4 });
          const journal = await workspace.read(JOURNAL);
          expect([journal.includes('bad key [key]'), journal.includes(KEY)]).to.deep.equal([true, false]);
        },
      );
    },

    'keeps the mode of an existing journal': () =>
      withWorkspaceAndApi(healthy('alpha'), async (workspace, api) => {
        const path = join(workspace.path, JOURNAL);
        await writeFile(path, '');
        await chmod(path, 0o640);
        await call(workspace, api, ['alpha']);
        const { mode } = await stat(path);
        expect([mode & 0o777, outcomesIn(await readFile(path, 'utf8'))]).to.deep.equal([0o640, ['alpha accepted']]);
      }),
  });

  runConcurrentlyIf(hasProgram('script'), 'script', {
    'counts unchanged sites in the summary at a terminal': () =>
      withWorkspaceAndApi(healthy('alpha', 'beta'), async (workspace, api) => {
        await call(workspace, api, ['alpha']);
        const script = `stty cols 80; "$NODE" "$EXECUTABLE" submit --no-color --journal ${JOURNAL} --site alpha --site beta`;
        const env = { ...api.env, NODE: process.execPath, EXECUTABLE };
        const { code, stdout } = await runInTerminal(workspace, ['bash', '-c', script], { env }).ended;
        expect(code).to.equal(0);
        expect(stdout).to.match(/= alpha {2}unchanged {2}2 outages/);
        expect(stdout).to.match(/total: 1 accepted, 1 unchanged of 2 sites in/);
      }),
  });
});
