import { expect } from 'chai';
import { describe, it } from 'mocha';

import { rejectionOf, errorFields } from '../support/thrown.ts';
import '../support/unhandled.ts';
import { API, createWorld, KEY, SITE_JSON, submit, useNock } from './support/client.ts';

describe('client: attempt events', () => {
  const { answer } = useNock();

  it('report each attempt, its failure, and the wait for the next', async () => {
    const { client, attempts } = createWorld();
    answer('GET', { status: 503, body: 'down' }, { status: 200, body: 'x' }, { status: 200, body: SITE_JSON });
    await client.siteInfo('s');
    const event = { type: 'attempt', method: 'GET', retries: 5, url: `${API}/site-info/s`, milliseconds: 0 };
    expect(attempts()).to.deep.equal([
      { ...event, attempt: 1, status: 503, failure: 'the API answered 503: "down"', repeatedIn: 200 },
      {
        ...event,
        attempt: 2,
        status: 200,
        failure: 'invalid JSON at byte 0: expected a value',
        repeatedIn: 400,
      },
      { ...event, attempt: 3, status: 200 },
    ]);
  });

  it('report an attempt that is not retried', async () => {
    const { client, attempts } = createWorld({ retries: 1 });
    answer('POST', { status: 500 }, { status: 400, body: '{"message":"no"}' });
    await submit(client);
    const event = { type: 'attempt', method: 'POST', retries: 1, url: `${API}/site-outages/s`, milliseconds: 0 };
    expect(attempts()).to.deep.equal([
      { ...event, attempt: 1, status: 500, failure: 'the API answered 500', repeatedIn: 200 },
      { ...event, attempt: 2, status: 400, failure: 'the API answered 400: "no"' },
    ]);
  });

  it('never contain the key', async () => {
    const { client, events } = createWorld({ retries: 1 });
    answer('GET', { status: 500 }, { status: 403 });
    const error = await rejectionOf(client.siteInfo('s'));
    expect(JSON.stringify([events, errorFields(error)])).not.to.contain(KEY);
  });
});
