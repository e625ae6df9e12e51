import { createHash } from 'node:crypto';

import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';

import { type ClientOptions, createClient } from '../../src/api/client.ts';
import { InterruptedError, InvalidDataError, UnreachableError, UsageError } from '../../src/domain/errors.ts';
import type { BuiltList } from '../../src/pipeline/build-lists.ts';
import { submitList, type SubmitOptions } from '../../src/pipeline/submit-list.ts';
import { closeServers, listen, listenForRequests, serve } from '../support/servers.ts';
import { createVirtualClock } from '../support/clock.ts';
import { RECEIPT_FACTS, RUN_FACTS } from '../support/run-facts.ts';
import { errorFields } from '../support/thrown.ts';
import { trackedFetch } from '../support/tracked-fetch.ts';
import '../support/unhandled.ts';

const TIME = '2022-05-23T12:21:27.377Z';
const outages = [
  { id: 'a', name: 'A №1', begin: TIME, end: TIME },
  { id: 'b', name: 'B', begin: TIME, end: TIME },
];
const payload = JSON.stringify(outages);
const sha256 = createHash('sha256').update(payload).digest('hex');
const plan: BuiltList = {
  site: 's',
  list: { site: 's', siteName: 'S', devices: [], outages },
  atCutoff: 0,
  excluded: [],
};
const rule = { cutoffText: '2022-01-01T00:00:00Z', cutoffInclusive: false };

const { signal } = new AbortController();

/** Submits to an API that responds with these statuses in order; `lost` closes the connection. */
async function submit(
  answers: readonly (number | 'lost')[],
  planned: BuiltList = plan,
  options: Partial<ClientOptions> & { readonly rule?: typeof rule; readonly step?: number } = {},
) {
  const { url } = await listenForRequests((socket, number) => {
    const answer = answers[number - 1] ?? 'lost';
    if (answer === 'lost') socket.end();
    else socket.end(`HTTP/1.1 ${answer} Status\r\nconnection: close\r\ncontent-length: 2\r\n\r\nno`);
  });
  const clock = createVirtualClock([30_000]);
  const client = createClient(
    {
      ...{
        apiUrl: url,
        apiKey: 'k',
        timeout: 30_000,
        retries: 2,
        retryPost: 'always',
        deadlineAt: () => Infinity,
        signal,
      },
      ...options,
    },
    { clock, random: () => 0.4, fetch: trackedFetch(fetch) },
    () => undefined,
  );
  let calls = 0;
  const monotonic = (): number => clock.monotonic() + (options.step ?? 0.4) * calls++;
  const { receipt, error } = await submitList(planned, client, {
    run: RUN_FACTS,
    rule: options.rule ?? rule,
    monotonic,
    signal,
  });
  return { receipt, error, url };
}

describe('submitList', () => {
  afterEach(closeServers);

  const receipt = { site: 's', outages: 2, sha256, ...RECEIPT_FACTS };

  it('reports a list as accepted', async () => {
    const { receipt: actual, error } = await submit([200]);
    expect(actual).to.deep.equal({
      ...receipt,
      status: 200,
      outcome: 'accepted',
      attempts: 1,
      elapsedMs: 0,
      ...RECEIPT_FACTS,
    });
    expect(Object.keys(actual)).to.deep.equal([
      'site',
      'status',
      'outcome',
      'outages',
      'attempts',
      'sha256',
      'elapsedMs',
      'time',
      'run',
      'api',
      'cutoff',
      'cutoffInclusive',
    ]);
    expect(error).to.equal(undefined);
  });

  it('reports a list as accepted after retries', async () => {
    const { receipt: actual } = await submit([500, 'lost', 200]);
    expect(actual).to.include({ status: 200, outcome: 'accepted', attempts: 3, elapsedMs: 600 });
    expect(actual).not.to.have.property('error');
  });

  it('sends the bytes that the hash was computed from', async () => {
    const received: Buffer[] = [];
    const { url } = await serve((request, response) => {
      request.on('data', (data: Buffer) => received.push(data));
      request.on('end', () => response.end('{}'));
    });
    const { receipt: actual } = await submit([], plan, { apiUrl: url });
    expect(actual.outcome).to.equal('accepted');
    expect(Buffer.concat(received).toString()).to.equal(payload);
    expect(createHash('sha256').update(Buffer.concat(received)).digest('hex')).to.equal(actual.sha256);
  });

  it('reports a list as refused', async () => {
    for (const [status, code, hint] of [
      [400, 7, "the API rejected this list: compare it with preview, or ask the API's operators"],
      [201, 7, "only 200 counts as success: check KRAKEN_API_URL, or ask the API's operators"],
      [404, 7, 'check the site id and the path of KRAKEN_API_URL'],
      [403, 4, 'check the key: KRAKEN_API_KEY, --api-key-file, or apiKey in a file'],
    ] as const) {
      const { receipt: actual, error, url } = await submit([status]);
      const message = `POST ${url}/site-outages/s: the API answered ${status}: "no"`;
      expect(actual).to.deep.equal({
        ...receipt,
        ...{ status, outcome: 'refused', attempts: 1, elapsedMs: 0, ...RECEIPT_FACTS },
        error: { code, message, hint },
      });
      expect(errorFields(error)).to.deep.include({ message, hint });
    }
  });

  it('reports a list as failed', async () => {
    const { receipt: actual, url } = await submit([500, 500, 503]);
    expect(actual).to.deep.equal({
      ...receipt,
      ...{ status: 503, outcome: 'failed', attempts: 3, elapsedMs: 600 },
      error: {
        code: 5,
        message: `POST ${url}/site-outages/s: the API answered 503: "no" (3 attempts in 0.6 s)`,
        hint: 'the server has a problem: try again later',
      },
    });
  });

  it('reports the outcome as unknown', async () => {
    const hint = 'submit again: a list replaces the previous one, so sending it twice is safe';
    const lost = await submit(['lost', 'lost', 'lost']);
    expect(lost.receipt).to.deep.include({ ...receipt, status: null, outcome: 'unknown', attempts: 3 });
    expect(lost.receipt.error).to.deep.include({ code: 9, hint });
    expect(lost.receipt.error?.message).to.match(
      /^the list was sent, but whether it was accepted is unknown: POST http:/,
    );
    expect(errorFields(lost.error)).to.include({ type: 'UnknownOutcomeError' });

    // The last response does not tell whether the first attempt was processed.
    const later = await submit(['lost', 500, 500]);
    expect(later.receipt).to.deep.include({ status: 500, outcome: 'unknown', attempts: 3 });
    expect(later.receipt.error).to.deep.include({ code: 9 });
  });

  it('reports a list as not sent without a connection', async () => {
    const { url } = await listen(() => undefined);
    await closeServers();
    const { receipt: actual } = await submit([], plan, { apiUrl: url });
    expect(actual).to.deep.include({ ...receipt, status: null, outcome: 'not-sent', attempts: 3, elapsedMs: 600 });
    expect(actual.error).to.deep.include({
      code: 5,
      hint: 'check the URL (KRAKEN_API_URL) and your network connection',
    });
  });

  it('reports a list as failed if an earlier attempt was answered', async () => {
    const error = new UnreachableError('no connection');
    const outcome = { status: undefined, attempts: 2, wasAnswered: true, mayHaveBeenProcessed: false, error };
    const client = { submit: () => Promise.resolve(outcome) };
    const submitted = await submitList(plan, client, { run: RUN_FACTS, rule, monotonic: () => 7, signal });
    expect(submitted.receipt).to.deep.include({ ...receipt, status: null, outcome: 'failed', attempts: 2 });
  });

  it('reports a list as not sent if it cannot be serialized', async () => {
    const client = { submit: () => Promise.reject(new Error('nothing must be sent')) };
    const error = new RangeError('Array buffer allocation failed');
    const unwritable = {
      ...{ id: 'a', begin: TIME, end: TIME },
      get name(): string {
        throw error;
      },
    };
    const large: BuiltList = { ...plan, list: { ...plan.list, outages: [unwritable] } };
    expect(await submitList(large, client, { run: RUN_FACTS, rule, monotonic: () => 7, signal })).to.deep.equal({
      receipt: {
        ...{
          site: 's',
          status: null,
          outcome: 'not-sent',
          outages: null,
          attempts: 0,
          sha256: null,
          elapsedMs: 0,
          ...RECEIPT_FACTS,
        },
        error: { code: 1, message: 'Array buffer allocation failed' },
      },
      error,
    });
  });

  it('reports a list as not sent if the run was stopped before', async () => {
    const reason = new InterruptedError('SIGTERM');
    const { receipt: actual, error } = await submit([200], plan, { signal: AbortSignal.abort(reason), step: 7 });
    expect(actual).to.deep.equal({
      ...receipt,
      ...{ status: null, outcome: 'not-sent', attempts: 0, elapsedMs: 0, ...RECEIPT_FACTS },
      error: { code: 143, message: 'terminated' },
    });
    expect(error).to.equal(reason);
  });

  describe('with a journal', () => {
    const client = { submit: () => Promise.reject(new Error('nothing must be sent')) };
    const failure = new UsageError('cannot write', { hint: 'make room' });
    const wasAccepted = (site: string, hash: string): boolean => site === 's' && hash === sha256;
    const unsent = { status: null, attempts: 0, elapsedMs: 0, ...RECEIPT_FACTS };
    const submitted = (journal: SubmitOptions['journal']) =>
      submitList(plan, client, { run: RUN_FACTS, rule, monotonic: () => 7, signal, journal });

    it('reports an accepted list as unchanged, even if the journal has failed', async () => {
      for (const failed of [undefined, failure]) {
        const { receipt: told, ...rest } = await submitted({ wasAccepted, failure: () => failed });
        expect({ told, ...rest }).to.deep.equal({
          told: { ...receipt, ...unsent, outcome: 'unchanged' },
          error: undefined,
        });
        expect(Object.keys(told).slice(0, 3)).to.deep.equal(['site', 'status', 'outcome']);
      }
    });

    it('sends nothing once the journal has failed', async () => {
      const error = { code: 2, message: 'cannot write', hint: 'make room' };
      expect(await submitted({ wasAccepted: () => false, failure: () => failure })).to.deep.equal({
        receipt: { ...receipt, ...unsent, outcome: 'not-sent', error },
        error: failure,
        isReported: true,
      });
    });
  });

  it('reports a site without a list as not sent', async () => {
    const client = { submit: () => Promise.reject(new Error('nothing must be sent')) };
    const nothing = {
      site: 's',
      status: null,
      outcome: 'not-sent',
      outages: null,
      attempts: 0,
      sha256: null,
      elapsedMs: 0,
      ...RECEIPT_FACTS,
    };
    for (const [error, expected] of [
      [new InvalidDataError('what', { hint: 'do' }), { code: 6, message: 'what', hint: 'do' }],
      [new UsageError('what'), { code: 2, message: 'what' }],
      [new TypeError('what'), { code: 1, message: 'what' }],
    ] as const) {
      const submitted = await submitList({ site: 's', error }, client, {
        run: RUN_FACTS,
        rule,
        monotonic: () => 7,
        signal,
      });
      expect(submitted).to.deep.equal({ receipt: { ...nothing, error: expected }, error });
      expect(Object.keys(submitted.receipt).slice(0, -1)).to.deep.equal(Object.keys(nothing));
    }
  });

  describe('with outages at the cutoff', () => {
    const atCutoff = { ...plan, atCutoff: 1 };

    it('adds a hint about the cutoff to a 400', async () => {
      const { receipt: actual, error, url } = await submit([400], atCutoff);
      const message = `POST ${url}/site-outages/s: the API answered 400: "no"`;
      const hint =
        'excluded 1 outage that began exactly at the cutoff (2022-01-01T00:00:00Z): to include it, run again with --cutoff-inclusive';
      expect(actual.error).to.deep.equal({ code: 7, message, hint });
      expect(errorFields(error)).to.deep.equal({ type: 'RefusedError', message, hint });
    });

    it('adds another hint if they were included', async () => {
      const { receipt: actual } = await submit([400], atCutoff, { rule: { ...rule, cutoffInclusive: true } });
      expect(actual.error?.hint).to.equal(
        'included 1 outage that began exactly at the cutoff (2022-01-01T00:00:00Z); because of --cutoff-inclusive; without it, it is excluded',
      );
    });

    it('adds no such hint to other statuses', async () => {
      for (const status of [403, 404, 409, 302]) {
        const { receipt: actual } = await submit([status], atCutoff);
        expect(actual.error?.hint).not.to.contain('cutoff');
      }
      expect((await submit([400])).receipt.error?.hint).to.equal(
        "the API rejected this list: compare it with preview, or ask the API's operators",
      );
    });
  });
});
