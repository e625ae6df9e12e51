import { once } from 'node:events';

import { expect } from 'chai';
import { describe } from 'mocha';

import {
  bare,
  hang,
  healthy,
  json,
  outages,
  payload,
  reset,
  type Script,
  site,
  stall,
  withApi,
} from './support/scripted-api.ts';
import { testEnvironment } from '../support/environment.ts';
import { runConcurrently, runConcurrentlyIf } from './support/run-concurrently.ts';
import {
  EXECUTABLE,
  fieldsOf,
  hasProgram,
  inWorkspace,
  linesOf,
  parseTimeless,
  type Running,
  type Workspace,
} from './support/workspace.ts';
import { withWorkspaceAndApi } from './support/with-workspace-and-api.ts';

const OUTAGES = 'GET /outages';
const POST = 'POST /site-outages/alpha';
const SIGNALS = [
  { signal: 'SIGINT', code: 130, word: 'interrupted' },
  { signal: 'SIGTERM', code: 143, word: 'terminated' },
  { signal: 'SIGHUP', code: 129, word: 'hung up' },
] as const;

function outcomesOf(stdout: string): readonly unknown[] {
  return linesOf(stdout).map((line) =>
    Object.fromEntries(
      Object.entries(fieldsOf(parseTimeless(line))).filter(([name]) =>
        ['site', 'status', 'outcome', 'attempts', 'error'].includes(name),
      ),
    ),
  );
}

/** Sends the signal and waits for the run to end. */
function interrupt(running: Running, signal: NodeJS.Signals): Running['ended'] {
  running.kill(signal);
  return running.ended;
}

for (const { signal, code, word } of SIGNALS) {
  const SUBMIT = ['submit', '--format', 'json', '--site'];

  describe(`e2e: ${signal} to a process`, () => {
    const WAITING = 'stops preview while it waits for the outages';
    const BETWEEN = 'reports each site between the POSTs of several sites';
    const tests = {
      [WAITING]: () =>
        withWorkspaceAndApi({ ...healthy('alpha'), [OUTAGES]: [hang] }, async ({ start }, api) => {
          const running = start(['preview', '--site', 'alpha'], { env: api.env });
          await running.reaching(api.receives(OUTAGES));
          const result = await interrupt(running, signal);
          expect({ code: result.code, stdout: result.stdout }).to.deep.equal({ code, stdout: '' });
          expect(result.stderr).to.match(new RegExp(`^error: alpha: ${word}\n`));
        }),

      'leaves no file and keeps the existing one during the outages': () =>
        withWorkspaceAndApi(
          { ...healthy('alpha'), [OUTAGES]: [stall(JSON.stringify(outages('alpha')).slice(0, -1))] },
          async ({ start, list, read, write }, api) => {
            await write('out.json', 'old');
            const running = start(['fetch', '--output', 'out.json'], { env: api.env });
            await running.reaching(api.receives(OUTAGES));
            const result = await interrupt(running, signal);
            expect({ code: result.code, files: await list(), content: await read('out.json') }).to.deep.equal({
              code,
              files: ['out.json'],
              content: 'old',
            });
          },
        ),

      'stops submit while it waits for a retry': () =>
        withWorkspaceAndApi(
          { ...healthy('alpha'), [OUTAGES]: [bare(503, { 'retry-after': '60' })] },
          async ({ start }, api) => {
            const running = start([...SUBMIT, 'alpha', '--verbose'], { env: api.env });
            await running.until(() => running.stderr().includes('retrying in'));
            const result = await interrupt(running, signal);
            expect(result.code).to.equal(code);
            expect(outcomesOf(result.stdout)).to.deep.equal([
              { site: 'alpha', status: null, outcome: 'not-sent', attempts: 0, error: { code, message: word } },
            ]);
          },
        ),

      'reports unknown while it waits for the response to a POST': () =>
        withWorkspaceAndApi({ ...healthy('alpha'), [POST]: [hang] }, async ({ start }, api) => {
          const running = start([...SUBMIT, 'alpha'], { env: api.env });
          await running.reaching(api.receives(POST));
          const result = await interrupt(running, signal);
          expect(result.code).to.equal(code);
          expect(outcomesOf(result.stdout)).to.deep.equal([
            {
              site: 'alpha',
              status: null,
              outcome: 'unknown',
              attempts: 1,
              error: {
                code: 9,
                message: `the list was sent, but whether it was accepted is unknown: ${word}`,
                hint: 'submit again: a list replaces the previous one, so sending it twice is safe',
              },
            },
          ]);
        }),

      [BETWEEN]: () =>
        withWorkspaceAndApi(
          { ...healthy('alpha', 'beta', 'gamma'), 'POST /site-outages/beta': [hang] },
          async ({ start }, api) => {
            const flags = ['--site', 'beta', '--site', 'gamma', '--concurrency', '1'];
            const running = start([...SUBMIT, 'alpha', ...flags], { env: api.env });
            await running.reaching(api.receives('POST /site-outages/beta'));
            const result = await interrupt(running, signal);
            expect(result.code).to.equal(code);
            expect(outcomesOf(result.stdout)).to.deep.equal([
              { site: 'alpha', status: 200, outcome: 'accepted', attempts: 1 },
              {
                site: 'beta',
                status: null,
                outcome: 'unknown',
                attempts: 1,
                error: {
                  code: 9,
                  message: `the list was sent, but whether it was accepted is unknown: ${word}`,
                  hint: 'submit again: a list replaces the previous one, so sending it twice is safe',
                },
              },
              { site: 'gamma', status: null, outcome: 'not-sent', attempts: 0, error: { code, message: word } },
            ]);
            expect(api.to('POST /site-outages/gamma')).to.deep.equal([]);
            expect(api.to(POST).map(({ body }) => body)).to.deep.equal([payload('alpha')]);
          },
        ),

      'summarizes many sites in three lines': () => {
        const posted = ['alpha', 'beta'];
        const waiting = Array.from({ length: 20 }, (_, index) => `site-${index}`);
        const ids = [...posted, ...waiting];
        const atCutoff = { id: 'alpha-1', begin: '2022-01-01T00:00:00Z', end: '2022-01-02T00:00:00Z' };
        const script: Script = {
          ...healthy(...ids),
          [OUTAGES]: [json([atCutoff, ...outages(...ids)])],
          'POST /site-outages/beta': [hang],
        };
        return withWorkspaceAndApi(script, async ({ start }, api) => {
          const running = start(['submit', ...ids, '--concurrency', '1'], { env: api.env });
          await running.reaching(api.receives('POST /site-outages/beta'));
          const { stdout, stderr } = await interrupt(running, signal);
          expect(linesOf(stderr).map((line) => line.replace(/\d+\.\d\d s$/, '0.00 s'))).to.deep.equal([
            `error: beta: the list was sent, but whether it was accepted is unknown: ${word}`,
            `error: 20 sites not sent: ${word}: site-0, site-1, site-2 and 17 more`,
            'total: 1 accepted, 1 unknown, 20 not sent of 22 sites in 0.00 s',
          ]);
          expect(linesOf(stdout).map((line) => line.split(/ +/)[1])).to.deep.equal(ids);
        });
      },

      'stops submit while it reads a snapshot from an open stdin': () =>
        withWorkspaceAndApi(healthy('alpha', 'beta'), async ({ start }, api) => {
          const flags = ['--site', 'beta', '--snapshot', '-'];
          const running = start([...SUBMIT, 'alpha', ...flags], { env: api.env, stdin: { open: true } });
          const snapshot = JSON.stringify({ sites: [site('alpha')], outages: outages('alpha') });
          // Larger than the buffer of a pipe, so the program has read some of it when the write ends.
          await running.reaching(written(running, snapshot.padEnd(400_000)));
          const result = await interrupt(running, signal);
          expect(result.code).to.equal(code);
          const notSent = { status: null, outcome: 'not-sent', attempts: 0, error: { code, message: word } };
          expect(outcomesOf(result.stdout)).to.deep.equal([
            { site: 'alpha', ...notSent },
            { site: 'beta', ...notSent },
          ]);
          expect(api.requests).to.deep.equal([]);
          running.child.stdin?.destroy();
        }),
    };
    // The other signals take the same path as SIGINT, so two tests are enough for them.
    const { [WAITING]: waiting, [BETWEEN]: between } = tests;
    runConcurrently(signal === 'SIGINT' ? tests : { [WAITING]: waiting, [BETWEEN]: between });
  });
}

interface Phase {
  readonly script: Script;
  /** Sends the signal after this request, or when a timer of so many milliseconds starts. */
  readonly when: { readonly requested: string } | { readonly waits: number };
  /** The outcomes in the receipts of alpha and beta. */
  readonly outcomes: readonly [string, string];
  /** The sites that received a POST. */
  readonly posted?: readonly string[];
}

const LATER = bare(503, { 'retry-after': '60' });
const NOTHING_SENT = ['not-sent', 'not-sent'] as const;

const PHASES: Readonly<Record<string, Phase>> = {
  'while it waits for the site info': {
    script: { 'GET /site-info/beta': [hang] },
    when: { requested: 'GET /site-info/beta' },
    outcomes: NOTHING_SENT,
  },
  'while it waits to retry the site info': {
    script: { 'GET /site-info/beta': [LATER] },
    when: { waits: 60_000 },
    outcomes: NOTHING_SENT,
  },
  'while it waits for the outages': {
    script: { [OUTAGES]: [hang] },
    when: { requested: OUTAGES },
    outcomes: NOTHING_SENT,
  },
  'during the outages': { script: { [OUTAGES]: [stall('[')] }, when: { requested: OUTAGES }, outcomes: NOTHING_SENT },
  'while it waits to retry the outages': {
    script: { [OUTAGES]: [LATER] },
    when: { waits: 60_000 },
    outcomes: NOTHING_SENT,
  },
  'while it waits for the response to a POST': {
    script: { [POST]: [hang] },
    when: { requested: POST },
    outcomes: ['unknown', 'not-sent'],
    posted: ['alpha'],
  },
  'while it waits to retry a POST that was not processed': {
    script: { [POST]: [LATER] },
    when: { waits: 60_000 },
    outcomes: ['failed', 'not-sent'],
    posted: ['alpha'],
  },
  'while it waits to retry a POST that may have been processed': {
    script: { [POST]: [reset, LATER] },
    when: { waits: 60_000 },
    outcomes: ['unknown', 'not-sent'],
    posted: ['alpha', 'alpha'],
  },
  'during a response to a POST whose status is 200': {
    script: { [POST]: [stall('{')] },
    when: { waits: 1000 },
    outcomes: ['accepted', 'not-sent'],
    posted: ['alpha'],
  },
  'between two POSTs': {
    script: { 'POST /site-outages/beta': [hang] },
    when: { requested: 'POST /site-outages/beta' },
    outcomes: ['accepted', 'unknown'],
    posted: ['alpha', 'beta'],
  },
};

describe('e2e: a signal in each phase of submit', () => {
  const tests = Object.entries(PHASES).flatMap(([title, { script, when, outcomes, posted = [] }]) =>
    SIGNALS.map(
      ({ signal, code }) =>
        [
          `reports what was sent after ${signal} ${title}`,
          () =>
            withWorkspaceAndApi({ ...healthy('alpha', 'beta'), ...script }, async ({ call }, api) => {
              let interrupt: () => void = () => undefined;
              const { clock } = testEnvironment();
              const result = call(
                ['submit', '--site', 'alpha', '--site', 'beta', '--concurrency', '1', '--format', 'json'],
                {
                  env: api.env,
                  world: {
                    onSignal(listener) {
                      interrupt = () => {
                        listener(signal);
                      };
                      return () => undefined;
                    },
                    clock: {
                      ...clock,
                      after(milliseconds, callback) {
                        if ('waits' in when && when.waits === milliseconds) setImmediate(interrupt);
                        return clock.after(milliseconds, callback);
                      },
                    },
                  },
                },
              );
              if ('requested' in when) {
                await api.receives(when.requested);
                interrupt();
              }
              const { code: seen, stdout, stderr } = await result;
              expect({
                seen,
                outcomes: outcomesOf(stdout).map((receipt) => fieldsOf(receipt)['outcome']),
              }).to.deep.equal({
                seen: code,
                outcomes,
              });
              expect(
                api.requests.filter(({ method }) => method === 'POST').map(({ path, body }) => [path, body]),
              ).to.deep.equal(posted.map((id) => [`/site-outages/${id}`, payload(id)]));
              // Each outcome other than success has an error line.
              const failed = new Set(outcomes.filter((outcome) => outcome !== 'accepted'));
              expect(stderr.match(/^error: /gm)).to.have.length(failed.size);
            }),
        ] as const,
    ),
  );
  runConcurrently(Object.fromEntries(tests));
});

async function written({ child: { stdin } }: Running, text: string): Promise<void> {
  await new Promise<void>((resolve) =>
    stdin?.write(text, () => {
      resolve();
    }),
  );
}

const LARGE = JSON.stringify({
  outages: Array.from({ length: 20_000 }, () => ({
    id: 'alpha-1',
    begin: '2022-05-01T10:20:30.400Z',
    end: '2022-05-01T12:20:30.400Z',
  })),
  sites: [site('alpha')],
});

describe('e2e: signals while output is blocked', () => {
  /** Starts a preview of 2 MB and stops reading after its first chunk. */
  async function startBlocked({ start, write }: Workspace): Promise<Running> {
    await write('large.json', LARGE);
    const running = start(['preview', '--site', 'alpha', '--snapshot', 'large.json']);
    const { stdout } = running.child;
    if (stdout) {
      const first = once(stdout, 'data');
      await running.reaching(first);
      stdout.pause();
    }
    return running;
  }

  runConcurrently({
    'end a preview that is being printed': () =>
      inWorkspace(async (workspace) => {
        const running = await startBlocked(workspace);
        running.kill('SIGINT');
        await running.until(() => running.stderr().includes('interrupted'));
        running.child.stdout?.resume();
        expect((await running.ended).code).to.equal(130);
      }),

    'end a fetch into a named pipe without a reader after the second one': () =>
      withApi(healthy('alpha'), (api) =>
        inWorkspace(async ({ shell, start }) => {
          await shell('mkfifo pipe');
          const running = start(['fetch', '--output', 'pipe', '--verbose'], { env: api.env });
          await running.until(() => running.stderr().includes('/outages  200'));
          running.kill('SIGINT');
          running.kill('SIGTERM');
          await running.reaching(once(running.child, 'exit'));
          expect((await running.ended).code).to.be.oneOf([130, 143]);
        }),
      ),

    'end the process at once after the second one': () =>
      inWorkspace(async (workspace) => {
        const running = await startBlocked(workspace);
        running.kill('SIGINT');
        running.kill('SIGTERM');
        await once(running.child, 'exit');
        running.child.stdout?.resume();
        expect((await running.ended).code).to.be.oneOf([130, 143]);
      }),
  });
});

describe('e2e: the end of a process after a signal', () => {
  runConcurrently({
    ...Object.fromEntries(
      SIGNALS.map(({ signal, word }) => [
        `is by ${signal} itself, after its last word`,
        () =>
          withWorkspaceAndApi({ ...healthy('alpha'), [OUTAGES]: [hang] }, async ({ start }, api) => {
            const running = start(['preview', '--site', 'alpha'], { env: api.env });
            await running.reaching(api.receives(OUTAGES));
            const { stderr } = await interrupt(running, signal);
            expect(stderr).to.include(word);
            expect(running.child.signalCode).to.equal(signal);
          }),
      ]),
    ),
  });
  runConcurrentlyIf(hasProgram('setsid'), 'setsid', {
    'stops a loop and a list of commands of a shell': () =>
      withWorkspaceAndApi({ ...healthy('alpha'), [OUTAGES]: [hang] }, async ({ spawn }, api) => {
        const command = `"$NODE" "$EXECUTABLE" preview --site alpha`;
        const script = `for turn in 1 2; do ${command} || echo "went on"; done; echo "went on"`;
        // As a terminal does, to all processes of a group: setsid makes one.
        const env = { ...api.env, NODE: process.execPath, EXECUTABLE };
        const running = spawn('setsid', ['--wait', 'bash', '-c', `echo $$; ${script}`], { env });
        await running.reaching(api.receives(OUTAGES));
        process.kill(-Number(running.stdout()), 'SIGINT');
        expect((await running.ended).stdout).to.match(/^\d+\n$/);
      }),
  });
});
