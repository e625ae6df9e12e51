import { createHash } from 'node:crypto';

import { expect } from 'chai';
import { describe } from 'mocha';

import { testEnvironment, type TestOverrides } from '../support/environment.ts';
import {
  type Api,
  bare,
  hang,
  healthy,
  json,
  outages,
  payload,
  type Reply,
  reset,
  type Script,
  site,
  withApi,
} from './support/scripted-api.ts';
import { runConcurrently } from './support/run-concurrently.ts';
import {
  fieldsOf,
  inWorkspace,
  KEY,
  linesOf,
  parseTimeless,
  type Result,
  withoutRunFacts,
  type Workspace,
} from './support/workspace.ts';
import { withWorkspaceAndApi } from './support/with-workspace-and-api.ts';

const POST = 'POST /site-outages/alpha';

interface Way {
  /** Runs the executable instead of calling `main` in this process. */
  readonly spawned?: boolean;
  readonly prepare?: (workspace: Workspace) => Promise<unknown>;
  /** If the program runs in this process. */
  readonly world?: TestOverrides;
}

/** Runs `submit` against the script, with `--format json` and errors only. */
async function submit(
  script: Script,
  flags: readonly string[],
  check: (result: Result, api: Api) => void,
  { spawned = false, prepare, world = {} }: Way = {},
): Promise<void> {
  await withApi(script, (api) =>
    inWorkspace(async (workspace) => {
      await prepare?.(workspace);
      const args = ['submit', '--format', 'json', '--quiet', ...flags];
      const { env } = api;
      const result = await (spawned ? workspace.run(args, { env }) : workspace.call(args, { env, world }));
      const withoutUrl = (text: string): string => text.replaceAll(api.url, 'API');
      check({ code: result.code, stdout: withoutUrl(result.stdout), stderr: withoutUrl(result.stderr) }, api);
    }),
  );
}

/** The receipts, checked for their keys and the order of keys. */
function receiptsOf({ stdout }: Result): readonly unknown[] {
  return linesOf(stdout).map((line) => {
    expect(line).to.match(
      /^\{"site":"[^"]*","status":(\d+|null),"outcome":"[a-z-]+","outages":(\d+|null),"attempts":\d+,"sha256":("[\da-f]{64}"|null),"elapsedMs":\d+,"time":"\d{4}-\d\d-\d\dT[\d:.]+Z","run":"[\da-f]{32}","api":"(?:API|http:[^"]*)","cutoff":"[^"]*","cutoffInclusive":(true|false)(,"error":\{.*\})?\}$/,
    );
    return withoutRunFacts(parseTimeless(line));
  });
}

function receipt(id: string, fields: Readonly<Record<string, unknown>> = {}): unknown {
  const sha256 = createHash('sha256').update(payload(id)).digest('hex');
  return { site: id, status: 200, outcome: 'accepted', outages: 2, attempts: 1, sha256, elapsedMs: 0, ...fields };
}

const SUBMIT_AGAIN = 'submit again: a list replaces the previous one, so sending it twice is safe';
const WHERE = 'POST API/site-outages/alpha:';

interface Case {
  readonly reply: Reply;
  readonly flags?: readonly string[];
  readonly code: number;
  /** Differences from the receipt of a success. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Without the method and URL at its start. */
  readonly error?: string | RegExp;
  readonly hint?: string;
}

const unknown = { status: null, outcome: 'unknown' };
const refused = (status: number) => ({ status, outcome: 'refused' });

const CASES: Readonly<Record<string, Case>> = {
  'a 200': { reply: json({}), code: 0, fields: {} },
  'a 201': {
    reply: json({}, 201),
    code: 7,
    fields: refused(201),
    error: 'the API answered 201: "{}"',
    hint: "only 200 counts as success: check KRAKEN_API_URL, or ask the API's operators",
  },
  'a 303, a redirect that turns POST into GET': {
    reply: bare(303, { location: '/elsewhere' }),
    code: 7,
    fields: refused(303),
    error: 'the API answered 303, a redirect to "/elsewhere"',
    hint: 'redirects are not followed, to protect the key: set KRAKEN_API_URL to the final URL',
  },
  'a 400': {
    reply: json({ message: 'Unexpected outages received' }, 400),
    code: 7,
    fields: refused(400),
    error: 'the API answered 400: "Unexpected outages received"',
    hint: "the API rejected this list: compare it with preview, or ask the API's operators",
  },
  'a 403': {
    reply: json({ message: 'Forbidden' }, 403),
    code: 4,
    fields: refused(403),
    error: 'the API answered 403: "Forbidden"',
    hint: 'check the key: KRAKEN_API_KEY',
  },
  'a 429': {
    reply: json({ message: 'Limit Exceeded' }, 429),
    code: 5,
    fields: { status: 429, outcome: 'failed' },
    error: 'the API answered 429: "Limit Exceeded"',
    hint: 'too many requests: try again later',
  },
  'a 500': {
    reply: bare(500),
    code: 5,
    fields: { status: 500, outcome: 'failed' },
    error: 'the API answered 500',
    hint: 'the server has a problem: try again later',
  },
  'a 504 from a gateway': {
    reply: bare(504),
    code: 9,
    fields: { status: 504, outcome: 'unknown' },
    error: 'the API answered 504',
    hint: SUBMIT_AGAIN,
  },
  'a lost response': {
    reply: reset,
    code: 9,
    fields: unknown,
    error: /^connection lost before a response arrived: ./,
    hint: SUBMIT_AGAIN,
  },
  'no response within --timeout': {
    reply: hang,
    flags: ['--timeout', '0.3'],
    code: 9,
    fields: unknown,
    error: 'no response for 0.3 s',
    hint: SUBMIT_AGAIN,
  },
};

describe('e2e: submit by the response to the POST, without retries', () => {
  const tests = Object.entries(CASES).map(
    ([title, { reply, flags = [], code, fields, error, hint }]) =>
      [
        `exits ${code} for ${title}`,
        () =>
          submit(
            { ...healthy('alpha'), [POST]: [reply] },
            ['--site', 'alpha', '--retries', '0', ...flags],
            (result, api) => {
              const match = /^error: alpha: (.*)\nhint: (.*)\n$/.exec(result.stderr);
              const [, message = '', advice] = match ?? [];
              expect({ code: result.code, receipts: receiptsOf(result) }).to.deep.equal({
                code,
                receipts: [
                  receipt('alpha', { ...fields, ...(error !== undefined && { error: { code, message, hint } }) }),
                ],
              });
              if (error === undefined) expect(result.stderr).to.equal('');
              else {
                const start = code === 9 ? 'the list was sent, but whether it was accepted is unknown: ' : '';
                expect(message.startsWith(`${start}${WHERE} `), message).to.equal(true);
                const rest = message.slice(`${start}${WHERE} `.length);
                if (typeof error === 'string') expect(rest).to.equal(error);
                else expect(rest).to.match(error);
              }
              expect(advice).to.equal(hint);
              expect(api.to(POST).map(({ body }) => body)).to.deep.equal([payload('alpha')]);
            },
          ),
      ] as const,
  );
  runConcurrently(Object.fromEntries(tests));
});

describe('e2e: submit', () => {
  runConcurrently({
    'sends JSON, with the key in every request': () =>
      submit(healthy('alpha'), ['--site', 'alpha'], (_, { requests }) => {
        expect(requests.map(({ headers }) => headers['x-api-key'])).to.deep.equal([KEY, KEY, KEY]);
        expect(requests.at(-1)?.headers).to.include({
          'content-type': 'application/json',
          'content-length': String(payload('alpha').length),
        });
      }),

    'sends an empty list if no outage is left': () =>
      submit({ ...healthy('alpha'), 'GET /outages': [json(outages('beta'))] }, ['--site', 'alpha'], (result, api) => {
        expect(api.to(POST).map(({ body }) => body)).to.deep.equal(['[]']);
        expect(receiptsOf(result)).to.deep.equal([
          receipt('alpha', { outages: 0, sha256: createHash('sha256').update('[]').digest('hex') }),
        ]);
      }),

    'retries after a 500 and a lost response, with the same bytes and Idempotency-Key': () =>
      submit(
        { ...healthy('alpha'), [POST]: [bare(500), reset, json({})] },
        ['--site', 'alpha'],
        (result, api) => {
          expect({ code: result.code, receipts: receiptsOf(result), stderr: result.stderr }).to.deep.equal({
            code: 0,
            receipts: [receipt('alpha', { attempts: 3 })],
            stderr: '',
          });
          const sent = api.to(POST).map(({ body, headers }) => ({ body, key: headers['idempotency-key'] }));
          expect(sent[0]?.key).to.match(/^[\da-f]{64}$/);
          expect(sent).to.deep.equal([sent[0], sent[0], sent[0]]);
          expect(sent[0]?.body).to.equal(payload('alpha'));
        },
        { spawned: true },
      ),

    'reports unknown if the response was lost each time': () =>
      submit(
        { ...healthy('alpha'), [POST]: [reset] },
        ['--site', 'alpha', '--retries', '1'],
        (result) => {
          expect(result.code).to.equal(9);
          expect(result.stdout).to.match(/"status":null,"outcome":"unknown","outages":2,"attempts":2,/);
        },
        { spawned: true },
      ),

    'reports unknown if a 500 follows a lost response': () =>
      submit({ ...healthy('alpha'), [POST]: [reset, bare(500)] }, ['--site', 'alpha', '--retries', '1'], (result) => {
        expect(result.code).to.equal(9);
        expect(result.stdout).to.match(/"status":500,"outcome":"unknown","outages":2,"attempts":2,/);
      }),

    'retries while the wall clock jumps': () => {
      const { clock } = testEnvironment();
      let looks = 0;
      const jumping = { ...clock, now: () => clock.now() + (looks++ % 2 === 0 ? -1 : 1) * 400 * 86_400_000 };
      return submit(
        { ...healthy('alpha'), [POST]: [bare(503, { 'retry-after': '0' }), bare(500), json({})] },
        ['--site', 'alpha', '--deadline', '10s'],
        (result) => {
          expect({ code: result.code, receipts: receiptsOf(result), stderr: result.stderr }).to.deep.equal({
            code: 0,
            receipts: [receipt('alpha', { attempts: 3 })],
            stderr: '',
          });
          expect(result.stdout).to.match(/"elapsedMs":\d{1,4},/);
        },
        { world: { clock: jumping } },
      );
    },

    'does not retry a POST with --retry-post never': () =>
      submit(
        { ...healthy('alpha'), [POST]: [bare(503), json({})] },
        ['--site', 'alpha', '--retry-post', 'never'],
        (result, api) => {
          expect({ code: result.code, posts: api.to(POST).length }).to.deep.equal({ code: 5, posts: 1 });
        },
      ),

    'retries a POST that was definitely not processed with --retry-post safe': () =>
      submit(
        { ...healthy('alpha'), [POST]: [bare(503), reset, json({})] },
        ['--site', 'alpha', '--retry-post', 'safe'],
        (result, api) => {
          expect({ code: result.code, posts: api.to(POST).length }).to.deep.equal({ code: 9, posts: 2 });
        },
      ),
  });
});

describe('e2e: several sites', () => {
  const three = healthy('alpha', 'beta', 'gamma');

  runConcurrently({
    'share one request for the outages and get receipts in order': () =>
      submit(
        three,
        ['--site', 'gamma', '--site', 'alpha', '--site', 'gamma', '--sites-file', 'sites.txt'],
        (result, api) => {
          expect({ code: result.code, receipts: receiptsOf(result), stderr: result.stderr }).to.deep.equal({
            code: 0,
            receipts: [receipt('gamma'), receipt('alpha'), receipt('beta')],
            stderr: '',
          });
          expect(api.requests.map(({ method, path }) => `${method} ${path}`).sort()).to.deep.equal([
            'GET /outages',
            'GET /site-info/alpha',
            'GET /site-info/beta',
            'GET /site-info/gamma',
            'POST /site-outages/alpha',
            'POST /site-outages/beta',
            'POST /site-outages/gamma',
          ]);
          for (const id of ['alpha', 'beta', 'gamma']) {
            expect(api.to(`POST /site-outages/${id}`)[0]?.body).to.equal(payload(id));
          }
        },
        { spawned: true, prepare: ({ write }) => write('sites.txt', 'beta\r\n\n  alpha  \nbeta\n') },
      ),

    'are requested concurrently without a warning on stderr': () => {
      const ids = Array.from({ length: 20 }, (_, index) => `site-${index}`);
      return submit(
        healthy(...ids),
        [...ids.flatMap((id) => ['--site', id]), '--concurrency', '20'],
        (result) => {
          expect({ code: result.code, stderr: result.stderr }).to.deep.equal({ code: 0, stderr: '' });
        },
        { spawned: true },
      );
    },

    'are submitted if one of them fails, with exit 8': () =>
      submit(
        { ...three, 'GET /site-info/beta': [json(site('alpha'))], 'POST /site-outages/gamma': [reset] },
        ['--site', 'alpha', '--site', 'beta', '--site', 'gamma', '--retries', '0'],
        (result, api) => {
          expect(result.code).to.equal(8);
          const [alpha, beta, gamma, ...more] = receiptsOf(result);
          expect(more).to.deep.equal([]);
          expect(alpha).to.deep.equal(receipt('alpha'));
          expect(beta).to.deep.equal({
            site: 'beta',
            status: null,
            outcome: 'not-sent',
            outages: null,
            attempts: 0,
            sha256: null,
            elapsedMs: 0,
            error: {
              code: 6,
              message: 'GET API/site-info/beta: id: expected "beta", received "alpha"',
              hint: 'the API returned the site info of another site; nothing was sent for this site',
            },
          });
          expect(gamma).to.include({ site: 'gamma', status: null, outcome: 'unknown' });
          expect(linesOf(result.stderr)).to.have.length(4);
          expect(api.to('POST /site-outages/beta')).to.deep.equal([]);
        },
        { spawned: true },
      ),

    'share the exit code if all fail alike': () =>
      submit({ 'GET /outages': [json([])] }, ['--site', 'alpha', '--site', 'beta', '--retries', '0'], (result) => {
        expect(result.code).to.equal(7);
        expect(receiptsOf(result)).to.have.length(2);
      }),

    'are submitted despite an invalid outage of another device, with a notice': () =>
      withApi(
        { ...healthy('alpha'), 'GET /outages': [json([{ id: 'other', begin: 3 }, ...outages('alpha')])] },
        (api) =>
          inWorkspace(async ({ call }) => {
            const { code, stderr } = await call(['submit', '--site', 'alpha'], { env: api.env });
            expect({ code, stderr }).to.deep.equal({
              code: 0,
              stderr:
                'note: 1 outage of another device is invalid\n' +
                '  skipped, because no requested site has such a device\n',
            });
            expect(api.to(POST).map(({ body }) => body)).to.deep.equal([payload('alpha')]);
          }),
      ),

    'are summarized after the notices, with the way to retry in the last line': () => {
      const atCutoff = { id: 'alpha-1', begin: '2022-01-01T00:00:00Z', end: '2022-01-02T00:00:00Z' };
      const script = {
        ...healthy('alpha', 'beta'),
        'GET /outages': [json([atCutoff, ...outages('alpha', 'beta')])],
        'POST /site-outages/beta': [json({ message: 'no' }, 400)],
      } as const;
      return withWorkspaceAndApi(script, async ({ call }, api) => {
        const { code, stderr } = await call(['submit', 'alpha', 'beta'], { env: api.env });
        expect(code).to.equal(8);
        expect(linesOf(stderr).map((line) => line.slice(0, 20))).to.deep.equal([
          'note: alpha: exclude',
          '  use --cutoff-inclu',
          'error: beta: POST ht',
          'hint: the API reject',
          'total: 1 accepted, 1',
          '  with --journal FIL',
        ]);
      });
    },

    'are left unsent near the deadline, rather than sent with an unknown outcome': () => {
      const ids = Array.from({ length: 30 }, (_, index) => `site-${index}`);
      const slow: Reply = (response, request) => {
        setTimeout(() => {
          json({})(response, request);
        }, 200);
      };
      const replies: Record<string, readonly [Reply]> = Object.fromEntries(
        ids.map((id) => [`POST /site-outages/${id}`, [slow]]),
      );
      return withWorkspaceAndApi({ ...healthy(...ids), ...replies }, async ({ call }, api) => {
        const flags = ['--deadline', '2s', '--concurrency', '2', '--format', 'json'];
        const { code, stdout, stderr } = await call(['submit', ...ids, ...flags], { env: api.env });
        const outcomes = linesOf(stdout).map((line) => fieldsOf(JSON.parse(line))['outcome']);
        expect(new Set(outcomes)).to.deep.equal(new Set(['accepted', 'not-sent']));
        expect(code).to.equal(8);
        expect(stderr).to.match(
          /^error: \d+ sites not sent: the deadline is too near to send the list and wait for the response: /m,
        );
        expect(api.requests.filter(({ method }) => method === 'POST')).to.have.length(
          outcomes.filter((outcome) => outcome === 'accepted').length,
        );
      });
    },

    'are read from stdin, one id per line': () =>
      withApi(three, (api) =>
        inWorkspace(async ({ run }) => {
          const flags = ['--sites-file', '-', '--format', 'json'];
          const { code, stdout, stderr } = await run(['submit', ...flags], { env: api.env, stdin: 'beta\nalpha' });
          expect({
            code,
            stderr: stderr.replace(/\d\.\d\d s/, '0.00 s'),
            receipts: receiptsOf({ code, stdout, stderr }),
          }).to.deep.equal({
            code: 0,
            stderr: 'total: 2 accepted of 2 sites in 0.00 s\n',
            receipts: [receipt('beta'), receipt('alpha')],
          });
        }),
      ),

    'are previewed as an object without the failed ones, with exit 8': () =>
      withApi({ ...three, 'GET /site-info/beta': [bare(404)] }, (api) =>
        inWorkspace(async ({ call }) => {
          const flags = ['--site', 'gamma', '--site', 'beta', '--site', 'alpha'];
          const { code, stdout, stderr } = await call(['preview', ...flags], { env: api.env });
          expect({ code, stdout }).to.deep.equal({
            code: 8,
            stdout: `{"gamma":${payload('gamma')},"alpha":${payload('alpha')}}\n`,
          });
          expect(stderr.replaceAll(api.url, 'API')).to.equal(
            'error: beta: GET API/site-info/beta: the API answered 404\n' +
              'hint: check the site id and the path of KRAKEN_API_URL\n',
          );
          expect(api.requests.filter(({ method }) => method === 'POST')).to.deep.equal([]);
        }),
      ),
  });
});
