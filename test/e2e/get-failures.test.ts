import { expect } from 'chai';
import { describe } from 'mocha';

import {
  type Api,
  bare,
  cut,
  hang,
  healthy,
  json,
  outages,
  payload,
  raw,
  type Reply,
  reset,
  type Script,
  site,
  stall,
  text,
  withApi,
} from './support/scripted-api.ts';
import { runConcurrently } from './support/run-concurrently.ts';
import { failureOf, inWorkspace, KEY, linesOf, type Result } from './support/workspace.ts';

const OUTAGES = 'GET /outages';
const LIST = JSON.stringify(outages('alpha'));
const START = LIST.slice(0, 150);
const NEVER_GUESSED = 'invalid data: nothing was sent for this site';
const TRY_LATER = 'the server has a problem: try again later';
const CHECK_KEY = 'check the key: KRAKEN_API_KEY';
const CHECK_TIMEOUT = 'allow more time with --timeout, or try again later';
const RUN_AGAIN = "try again; if it persists, contact the API's operators";

interface Case {
  /** The response to `GET /outages`. */
  readonly outages?: Reply;
  /** The response to `GET /site-info/alpha`. */
  readonly siteInfo?: Reply;
  readonly flags?: readonly string[];
  readonly code: number;
  /** `API` stands for the URL. */
  readonly error: string | RegExp;
  readonly hint: string | RegExp;
}

const refused = (hint: string) => ({ code: 7, hint });
const ONLY_200 = "only 200 counts as success: check KRAKEN_API_URL, or ask the API's operators";
const REJECTED = "the API rejected this request: check KRAKEN_API_URL, or ask the API's operators";

const CASES: Readonly<Record<string, Case>> = {
  'a 500': {
    outages: json({ message: 'Internal Server Error' }, 500),
    code: 5,
    error: 'GET API/outages: the API answered 500: "Internal Server Error"',
    hint: TRY_LATER,
  },
  'a 503 without a body': {
    siteInfo: bare(503),
    code: 5,
    error: 'GET API/site-info/alpha: the API answered 503',
    hint: TRY_LATER,
  },
  'a 429': {
    outages: json({ message: 'Limit Exceeded' }, 429),
    code: 5,
    error: 'GET API/outages: the API answered 429: "Limit Exceeded"',
    hint: 'too many requests: try again later',
  },
  'a connection that is reset before the answer': {
    outages: reset,
    code: 5,
    error: /^GET API\/outages: connection lost before a response arrived: ./,
    hint: RUN_AGAIN,
  },
  'invalid headers': {
    outages: raw('\u0001\u0002 garbage\r\n\r\n'),
    code: 5,
    error: /^GET API\/outages: connection lost before a response arrived: ./,
    hint: RUN_AGAIN,
  },
  'a body shorter than its content-length': {
    outages: cut(START, 'content-length'),
    code: 5,
    error: /^GET API\/outages: the response was cut short: ./,
    hint: /./,
  },
  'an incomplete body without a content-length': {
    outages: cut(START, 'close'),
    code: 6,
    error: /^GET API\/outages: invalid JSON at byte 150: ./,
    hint: /./,
  },
  'a stalled body': {
    outages: stall(START),
    flags: ['--timeout', '0.3'],
    code: 5,
    error: 'GET API/outages: the response stalled for 0.3 s',
    hint: CHECK_TIMEOUT,
  },
  'no response within --timeout': {
    siteInfo: hang,
    flags: ['--timeout', '300ms'],
    code: 5,
    error: 'GET API/site-info/alpha: no response for 0.3 s',
    hint: CHECK_TIMEOUT,
  },
  'no response within --deadline': {
    outages: hang,
    flags: ['--deadline', '0.5'],
    code: 5,
    error: 'the run exceeded its deadline of 0.5 s',
    hint: 'allow more time with --deadline, or try again later',
  },
  'a web page with 200': {
    outages: text('<!doctype html><title>Welcome</title>', 200, { 'content-type': 'text/html' }),
    code: 6,
    error: /^GET API\/outages: invalid JSON at byte 0: received an HTML page/,
    hint: /./,
  },
  'an empty body with 200': {
    outages: text(''),
    code: 6,
    error: /^GET API\/outages: invalid JSON at byte 0: /,
    hint: /./,
  },
  'bytes that are not UTF-8': {
    siteInfo: (response) => {
      response.end(Buffer.from(JSON.stringify(site('alpha')).replace('The site', 'Th\u00e9 site'), 'latin1'));
    },
    code: 6,
    error: /^GET API\/site-info\/alpha: .*UTF-8/,
    hint: /./,
  },
  'null in place of the outages': {
    outages: json(null),
    code: 6,
    error: 'GET API/outages: expected an array, received null',
    hint: /./,
  },
  'an outage of the site without a begin': {
    outages: json([...outages('other').slice(0, 1), { id: 'alpha-1', end: '2022-02-03T04:05:06.000Z' }]),
    code: 6,
    error: /^outages\[1\]\.begin: expected ./,
    hint: NEVER_GUESSED,
  },
  'a nonexistent date': {
    outages: json([{ id: 'alpha-1', begin: '2022-02-31T00:00:00.000Z', end: '2022-03-03T00:00:00.000Z' }]),
    code: 6,
    error: /^outages\[0\]\.begin: expected .*2022-02-31T00:00:00\.000Z/,
    hint: NEVER_GUESSED,
  },
  'an outage with an unreadable id': {
    outages: json([...outages('alpha'), { id: 17, begin: 1, end: 2 }]),
    code: 6,
    error: /^outages\[4\]\.id: expected ./,
    hint: NEVER_GUESSED,
  },
  'the site info of another site': {
    siteInfo: json(site('beta')),
    code: 6,
    error: 'GET API/site-info/alpha: id: expected "alpha", received "beta"',
    hint: 'the API returned the site info of another site; nothing was sent for this site',
  },
  'a device with two names': {
    siteInfo: json({ ...site('alpha'), devices: [...site('alpha').devices, { id: 'alpha-1', name: 'Battery 9' }] }),
    code: 6,
    error: /alpha-1.*(two names|Battery)/,
    hint: /./,
  },
  'a 404': {
    siteInfo: json({ message: 'Site not found' }, 404),
    error: 'GET API/site-info/alpha: the API answered 404: "Site not found"',
    ...refused('check the site id and the path of KRAKEN_API_URL'),
  },
  'a 204': { outages: bare(204), error: 'GET API/outages: the API answered 204', ...refused(ONLY_200) },
  'a 201 with the right body': {
    outages: text(LIST, 201),
    error: /^GET API\/outages: the API answered 201: ./,
    ...refused(ONLY_200),
  },
  'a 401': {
    outages: json({ message: 'Unauthorized' }, 401),
    code: 4,
    error: 'GET API/outages: the API answered 401: "Unauthorized"',
    hint: CHECK_KEY,
  },
  'a 403': {
    siteInfo: json({ message: 'Forbidden' }, 403),
    code: 4,
    error: 'GET API/site-info/alpha: the API answered 403: "Forbidden"',
    hint: CHECK_KEY,
  },
  'the 403 that API Gateway sends for an unknown path': {
    siteInfo: json({ message: 'Missing Authentication Token' }, 403),
    code: 4,
    error: 'GET API/site-info/alpha: the API answered 403: "Missing Authentication Token"',
    hint: `check the path of KRAKEN_API_URL: the server may not know it; then ${CHECK_KEY}`,
  },
  'an error page that contains control characters and the key': {
    outages: (response, request) => {
      text(`\u001b[2J\u009b1A\u202e${String(request.headers['x-api-key'])}`, 418)(response, request);
    },
    error: 'GET API/outages: the API answered 418: "\\u001b[2J\\u009b1A\\u202e[key]"',
    ...refused(REJECTED),
  },
};

/** Runs `preview --site alpha` against the script, within this process. */
async function preview(
  script: Script,
  flags: readonly string[],
  check: (result: Result, api: Api) => void,
): Promise<void> {
  await withApi({ ...healthy('alpha'), ...script }, (api) =>
    inWorkspace(async ({ call }) => {
      const { code, stdout, stderr } = await call(['preview', '--site', 'alpha', ...flags], { env: api.env });
      check({ code, stdout, stderr: stderr.replaceAll(api.url, 'API') }, api);
    }),
  );
}

function match(actual: string, expected: string | RegExp): void {
  if (typeof expected === 'string') expect(actual).to.equal(expected);
  else expect(actual).to.match(expected);
}

describe('e2e: preview after a failed GET, without retries', () => {
  const tests = Object.entries(CASES).map(
    ([title, { outages: list, siteInfo, flags = [], code, error, hint }]) =>
      [
        `exits ${code} for ${title}`,
        () =>
          preview(
            {
              ...(list && { [OUTAGES]: [list] as const }),
              ...(siteInfo && { 'GET /site-info/alpha': [siteInfo] as const }),
            },
            ['--retries', '0', ...flags],
            (result, { requests }) => {
              const failure = failureOf(result);
              expect({ code: result.code, stdout: result.stdout }).to.deep.equal({ code, stdout: '' });
              expect(failure.error.startsWith('alpha: '), failure.error).to.equal(true);
              match(failure.error.slice('alpha: '.length), error);
              match(failure.hint, hint);
              expect(new Set(requests.map(({ method, path }) => `${method} ${path}`)).size).to.equal(requests.length);
            },
          ),
      ] as const,
  );
  runConcurrently(Object.fromEntries(tests));
});

describe('e2e: retries', () => {
  const right = { code: 0, stdout: `${payload('alpha')}\n`, stderr: '' };

  runConcurrently({
    'retries a 500 and logs each attempt with --verbose': () =>
      preview({ [OUTAGES]: [json({ message: 'oh' }, 500), text(LIST)] }, ['--verbose'], (result) => {
        expect({ code: result.code, stdout: result.stdout }).to.deep.equal({ code: 0, stdout: right.stdout });
        expect(linesOf(result.stderr).map((line) => line.replace(/\d+ ms/g, 'N ms'))).to.deep.equal([
          'GET API/site-info/alpha  200  N ms  attempt 1',
          'GET API/outages  500  N ms  attempt 1, retrying in N ms: the API answered 500: "oh"',
          'GET API/outages  200  N ms  attempt 2',
        ]);
      }),

    'fails at once if Retry-After is later than the deadline': () =>
      preview({ [OUTAGES]: [json({}, 503, { 'retry-after': '3600' })] }, ['--deadline', '10s'], (result, api) => {
        expect({ code: result.code, requests: api.to(OUTAGES).length }).to.deep.equal({ code: 5, requests: 1 });
        const { error, hint } = failureOf(result);
        expect(error).to.match(
          /^alpha: GET API\/outages: the API answered 503: .*; the API asked to retry after 3600 s \(at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\)$/,
        );
        expect(hint).to.match(/--deadline/);
      }),

    'retries at most --retries times': () =>
      preview({ [OUTAGES]: [bare(500)] }, ['--retries', '1'], (result, api) => {
        expect({ code: result.code, requests: api.to(OUTAGES).length }).to.deep.equal({ code: 5, requests: 2 });
        expect(failureOf(result)).to.deep.equal({
          error: 'alpha: GET API/outages: the API answered 500 (2 attempts in 0.0 s)',
          hint: TRY_LATER,
        });
      }),
  });
});

describe('e2e: connections to the API', () => {
  runConcurrently({
    'does not follow a redirect to another origin': () =>
      withApi(healthy('alpha'), (other) =>
        preview({ [OUTAGES]: [bare(302, { location: `${other.url}/outages` })] }, [], (result) => {
          expect(result.code).to.equal(7);
          const { error, hint } = failureOf(result);
          expect(error).to.equal(`alpha: GET API/outages: the API answered 302, a redirect to "${other.url}/outages"`);
          expect(hint).to.match(/^redirects are not followed, to protect the key/);
          expect(other.requests).to.deep.equal([]);
        }),
      ),

    'exits 5 if the connection is refused, with a hint': () =>
      inWorkspace(async ({ call }) => {
        const url = await withApi({}, (api) => Promise.resolve(api.url));
        const result = await call(['preview', '--site', 'a', '--retries', '0', '--api-url', url], {
          env: { KRAKEN_API_KEY: KEY },
        });
        expect(result.code).to.equal(5);
        const { error, hint } = failureOf(result);
        expect(error).to.match(/^a: GET http:\/\/127\.0\.0\.1:\d+\/some\/where\/v1\/site-info\/a: cannot connect: ./);
        expect(hint).to.equal('check the URL (--api-url) and your network connection');
      }),

    'names the file and line of the key that the API rejects': () =>
      withApi({ 'GET /site-info/a': [json({ message: 'no' }, 403)] }, (api) =>
        inWorkspace(async ({ call, write }) => {
          const file = await write('mine.yaml', `apiUrl: ${api.url}\napiKey: ${KEY}\n`);
          const result = await call(['preview', '--site', 'a', '--config', file], { env: {} });
          expect(result.code).to.equal(4);
          expect(failureOf(result).hint).to.equal(`check the key: ${file}:2 (apiKey)`);
        }),
      ),
  });
});
