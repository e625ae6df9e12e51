import { gzipSync } from 'node:zlib';

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { rejectionOf, errorFields } from '../support/thrown.ts';
import '../support/unhandled.ts';
import {
  acceptedAfter,
  API,
  createWorld,
  idsOf,
  INVALID_DATA_HINT,
  record,
  SITE,
  SITE_JSON,
  submit,
  useNock,
  KEY,
} from './support/client.ts';

describe('client: response bodies', () => {
  const { requests, answer } = useNock();

  const GET_SITE = `GET ${API}/site-info/s`;
  const GET_OUTAGES = `GET ${API}/outages`;
  const notJson: readonly [what: string, body: string | Buffer, site: string, outages: string][] = [
    ['empty', '', 'byte 0: unexpected end of data', 'byte 0: unexpected end of data'],
    ['truncated', '[{"id":"a', 'byte 9: unexpected end of data', 'byte 9: unexpected end of data'],
    [
      'a web page',
      '<!doctype html><title>Sign in</title>',
      'byte 0: received an HTML page instead of JSON: "Sign in"',
      'byte 0: received an HTML page instead of JSON: "Sign in"',
    ],
    [
      'not UTF-8',
      Buffer.from('["é"]', 'latin1'),
      'byte 0: invalid UTF-8 in the document',
      'byte 1: invalid UTF-8 in record 0',
    ],
  ];
  for (const [what, body, site, outages] of notJson) {
    it(`retries a body that is ${what}`, async () => {
      const { client, clock } = createWorld({ retries: 1 });
      answer('GET', { status: 200, body }, { status: 200, body: SITE_JSON });
      answer('GET', { status: 200, body }, { status: 200, body: '[]' });
      expect(await client.siteInfo('s')).to.deep.equal(SITE);
      expect((await idsOf(client)).visitors).to.have.length(2);
      expect(clock.waits).to.deep.equal([200, 200]);

      answer('GET', ...Array.from({ length: 4 }, () => ({ status: 200, body })));
      expect(errorFields(await rejectionOf(client.siteInfo('s')))).to.deep.equal({
        type: 'NotJsonError',
        message: `${GET_SITE}: invalid JSON at ${site} (2 attempts in 0.2 s)`,
        hint: INVALID_DATA_HINT,
      });
      expect(errorFields(await rejectionOf(idsOf(client)))).to.deep.equal({
        type: 'NotJsonError',
        message: `${GET_OUTAGES}: invalid JSON at ${outages} (2 attempts in 0.2 s)`,
        hint: INVALID_DATA_HINT,
      });
    });
  }

  it('does not retry JSON that does not match the schema', async () => {
    const { client, clock } = createWorld();
    answer('GET', { status: 200, body: '{}' }, { status: 200, body: '{}' });
    const site = await rejectionOf(client.siteInfo('s'));
    expect(errorFields(site)).to.deep.equal({
      type: 'InvalidDataError',
      message: `${GET_SITE}: devices: expected an array, received nothing`,
      hint: INVALID_DATA_HINT,
    });
    expect(errorFields(await rejectionOf(idsOf(client)))).to.deep.equal({
      type: 'InvalidDataError',
      message: `${GET_OUTAGES}: expected an array, received an object`,
      hint: INVALID_DATA_HINT,
    });
    expect([requests.length, clock.waits]).to.deep.equal([2, []]);
  });

  for (const [body, start] of [
    ['<html><title>Sign in</title>', '<html><title>Sign in</title>'],
    ['{"message":"Forbidden"}', '{"message":"Forbidden"}'],
    [`{"errors":["${KEY}"]}`, '{"errors":["[key]"]}'],
    ['{"success":false}', '{"success":false}'],
    ['{"status":500}', '{"status":500}'],
    [`{"error":"${'x'.repeat(100)}"}`, `{"error":"${'x'.repeat(70)}…`],
  ] as const) {
    it(`warns if the response to a list is a 200 that looks like an error: ${start}`, async () => {
      const { client, events } = createWorld();
      answer('POST', { status: 200, body });
      expect(await submit(client)).to.deep.equal(acceptedAfter(1));
      expect(events.filter(({ type }) => type === 'notice')).to.deep.equal([
        {
          type: 'notice',
          site: 's',
          message: `the API answered 200, but its response looks like an error: "${start}"`,
          hint: "a 200 counts as accepted; if in doubt, check with the API's operators",
        },
      ]);
    });
  }

  it('accepts any other body in a 200 to a list without a warning', async () => {
    const bodies = ['', '{}', '[]', 'null', '"error"', 'OK', Buffer.of(0xff), '{"error":null,"status":200,"ok":true}'];
    for (const body of bodies) {
      const { client, events } = createWorld();
      answer('POST', { status: 200, body });
      expect(await submit(client)).to.deep.equal(acceptedAfter(1));
      expect(events.map(({ type }) => type)).to.deep.equal(['attempt']);
    }
  });

  it('retries a site info of another site once', async () => {
    const { client } = createWorld();
    const other = JSON.stringify({ ...SITE, id: 'other' });
    answer('GET', { status: 200, body: other }, { status: 200, body: SITE_JSON });
    expect(await client.siteInfo('s')).to.deep.equal(SITE);
    expect(requests).to.have.length(2);

    answer('GET', { status: 200, body: other }, { status: 200, body: other });
    expect(errorFields(await rejectionOf(client.siteInfo('s')))).to.deep.equal({
      type: 'InvalidDataError',
      message: `${GET_SITE}: id: expected "s", received "other"`,
      hint: 'the API returned the site info of another site; nothing was sent for this site',
    });
    expect(requests).to.have.length(4);
  });

  it('returns only the requested outages, and counts all of them', async () => {
    const { client } = createWorld();
    const body = `[${['a', 'b', 'c', 'a'].map(record).join(',')},{"id":"d","begin":"x","end":"y"}]`;
    answer('GET', { status: 200, body }, { status: 200, body });
    expect(await idsOf(client, ['a', 'c'])).to.deep.include({
      ids: ['a', 'c', 'a'],
      tally: { records: 5, invalidSkipped: 1 },
    });
    expect(await idsOf(client)).to.deep.include({
      ids: ['a', 'b', 'c', 'a', 'd'],
      tally: { records: 5, invalidSkipped: 0 },
    });
  });

  it('reports progress, with the total size', async () => {
    const { client, events } = createWorld();
    const body = `[${record('a')}]`;
    answer('GET', { status: 500 }, { status: 200, body, headers: { 'content-length': String(body.length) } });
    await idsOf(client);
    const progress = events.filter(({ type }) => type === 'progress');
    expect(progress.slice(0, 2)).to.deep.equal([
      { type: 'progress', task: 'outages', attempt: 1 },
      { type: 'progress', task: 'outages', attempt: 2 },
    ]);
    expect(progress.at(-1)).to.deep.equal({
      type: 'progress',
      task: 'outages',
      attempt: 2,
      bytes: body.length,
      records: 1,
      totalBytes: body.length,
    });
  });

  it('reports no total size if the body is compressed or chunked', async () => {
    const plain = `[${record('a')}]`;
    const body = gzipSync(plain);
    const headers = { 'content-length': String(body.length), 'content-encoding': 'gzip' };
    for (const reply of [{ body, headers }, { body: plain }]) {
      const { client, events } = createWorld();
      answer('GET', { status: 200, ...reply });
      expect((await idsOf(client)).ids).to.deep.equal(['a']);
      expect(events.filter(({ type }) => type === 'progress').at(-1)).to.deep.equal({
        type: 'progress',
        task: 'outages',
        attempt: 1,
        bytes: plain.length,
        records: 1,
      });
    }
  });
});
