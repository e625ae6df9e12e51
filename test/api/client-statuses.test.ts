import { expect } from 'chai';
import { describe, it } from 'mocha';

import { deadlineError } from '../../src/pipeline/run-deadline.ts';
import { rejectionOf, errorFields } from '../support/thrown.ts';
import '../support/unhandled.ts';
import {
  acceptedAfter,
  API,
  createWorld,
  idsOf,
  ORIGIN,
  type Reply,
  SITE,
  SITE_JSON,
  submit,
  useNock,
  withErrorFields,
} from './support/client.ts';

const ONLY_200 = "only 200 counts as success: check KRAKEN_API_URL, or ask the API's operators";
const REJECTED = {
  GET: "the API rejected this request: check KRAKEN_API_URL, or ask the API's operators",
  POST: "the API rejected this list: compare it with preview, or ask the API's operators",
};

describe('client: statuses', () => {
  const { requests, answer } = useNock();

  const KEY_HINT = 'check the key: KRAKEN_API_KEY, --api-key-file, or apiKey in a file';
  const final: readonly (readonly [reply: Reply, type: string, words: string, hint: string])[] = [
    [{ status: 401 }, 'KeyRejectedError', '401', KEY_HINT],
    [{ status: 403, body: '{"message":"Forbidden"}' }, 'KeyRejectedError', '403: "Forbidden"', KEY_HINT],
    [
      { status: 404, body: '{"message":"Site not found"}' },
      'RefusedError',
      '404: "Site not found"',
      'check the site id and the path of KRAKEN_API_URL',
    ],
    [{ status: 400, body: 'no' }, 'RefusedError', '400: "no"', ''],
    [{ status: 201, body: SITE_JSON }, 'RefusedError', `201: "${SITE_JSON.slice(0, 80)}"`, ONLY_200],
    [{ status: 204 }, 'RefusedError', '204', ONLY_200],
    [{ status: 206, body: '[]' }, 'RefusedError', '206: "[]"', ONLY_200],
    ...[301, 302, 303, 307, 308].map(
      (status) =>
        [
          { status, headers: { location: `${ORIGIN}/elsewhere` } },
          'RefusedError',
          `${status}, a redirect to "${ORIGIN}/elsewhere"`,
          'redirects are not followed, to protect the key: set KRAKEN_API_URL to the final URL',
        ] as const,
    ),
  ];
  for (const [reply, type, words, hint] of final) {
    it(`does not retry a ${reply.status}, for each endpoint`, async () => {
      const { client, clock } = createWorld();
      answer('GET', reply, reply);
      answer('POST', reply);
      const expectedError = (method: 'GET' | 'POST', path: string): unknown => ({
        type,
        message: `${method} ${API}${path}: the API answered ${words}`,
        hint: hint === '' ? REJECTED[method] : hint,
      });
      expect(errorFields(await rejectionOf(client.siteInfo('s')))).to.deep.equal(expectedError('GET', '/site-info/s'));
      expect(errorFields(await rejectionOf(idsOf(client)))).to.deep.equal(expectedError('GET', '/outages'));
      expect(withErrorFields(await submit(client))).to.deep.equal({
        status: reply.status,
        attempts: 1,
        wasAnswered: true,
        mayHaveBeenProcessed: false,
        error: expectedError('POST', '/site-outages/s'),
      });
      expect([requests.length, clock.waits, clock.pending()]).to.deep.equal([3, [], 0]);
    });
  }

  for (const status of [408, 425, 500, 502, 503, 504]) {
    it(`retries a ${status}, for each endpoint`, async () => {
      const { client, clock } = createWorld();
      answer('GET', { status }, { status: 200, body: SITE_JSON }, { status }, { status: 200, body: '[]' });
      answer('POST', { status }, { status: 200 });
      expect(await client.siteInfo('s')).to.deep.equal(SITE);
      expect((await idsOf(client)).ids).to.deep.equal([]);
      expect(await submit(client)).to.deep.equal(acceptedAfter(2));
      expect([clock.waits, clock.pending()]).to.deep.equal([[200, 200, 200], 0]);
    });
  }

  it('gives up after --retries retries', async () => {
    const { client, clock } = createWorld({ retries: 2 });
    answer('GET', { status: 500 }, { status: 502 }, { status: 503, body: 'down' });
    expect(errorFields(await rejectionOf(client.siteInfo('s')))).to.deep.equal({
      type: 'AttemptError',
      message: `GET ${API}/site-info/s: the API answered 503: "down" (3 attempts in 0.6 s)`,
      hint: 'the server has a problem: try again later',
    });
    expect(clock.waits).to.deep.equal([200, 400]);
  });

  it('waits as long as the API asks', async () => {
    const { client, clock } = createWorld();
    const date = new Date(clock.now() + 7000 + 60_000).toUTCString();
    answer('GET', { status: 429, headers: { 'retry-after': '7' } });
    answer('GET', { status: 503, headers: { 'retry-after': date } });
    answer('GET', { status: 503, headers: { 'retry-after': 'garbage' } });
    answer('GET', { status: 503, headers: { 'retry-after': '-5' } });
    answer('GET', { status: 200, body: SITE_JSON });
    await client.siteInfo('s');
    // HTTP dates have whole seconds.
    expect(clock.waits).to.deep.equal([7000, 59_322, 400, 800]);
  });

  it('does not count a 429 as a retry', async () => {
    const { client, clock } = createWorld({ retries: 1 });
    const many = Array.from({ length: 20 }, () => ({ status: 429 }));
    answer('GET', ...many, { status: 500 }, { status: 200, body: SITE_JSON });
    answer('POST', ...many, { status: 200 });
    expect(await client.siteInfo('s')).to.deep.equal(SITE);
    expect(await submit(client)).to.deep.equal(acceptedAfter(21));
    expect(clock.pending()).to.equal(0);
  });

  it('gives up after a 429 without retries', async () => {
    const { client, clock } = createWorld({ retries: 0 });
    answer('GET', { status: 429, body: '{"message":"slow"}' });
    expect(await rejectionOf(client.siteInfo('s'))).to.match(/the API answered 429: "slow"$/);
    expect(clock.waits).to.deep.equal([]);
  });

  it('retries until the deadline, and suggests a sufficient deadline', async () => {
    const { client, clock, controller, attempts } = createWorld({ plannedRequests: 100 });
    answer('GET', ...Array.from({ length: 200 }, () => ({ status: 429 })));
    const failing = rejectionOf(client.siteInfo('s'));
    while (attempts().length < 20) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(deadlineError(60_000));
    const error = await failing;
    expect(error).to.match(/: the run exceeded its deadline of 60 s: the API limits the rate to about \d(\.\d)?\/s$/);
    expect(error)
      .to.have.property('hint')
      .that.matches(/^allow about \d+s with --deadline/);
    expect(clock.pending()).to.equal(0);
  });

  it('gives up at once if the API asks to wait beyond the deadline', async () => {
    const { client, clock } = createWorld();
    answer('GET', { status: 429, headers: { 'retry-after': '120' }, body: '{"message":"slow"}' });
    expect(errorFields(await rejectionOf(client.siteInfo('s')))).to.deep.equal({
      type: 'AttemptError',
      message: `GET ${API}/site-info/s: the API answered 429: "slow"; the API asked to retry after 120 s (at 2026-01-02T03:06:05Z)`,
      hint: "that is after the run's deadline: run it again then, or allow more time with --deadline",
    });
    expect(clock.waits).to.deep.equal([]);
  });
});
