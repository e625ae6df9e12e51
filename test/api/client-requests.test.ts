import { expect } from 'chai';
import { describe, it } from 'mocha';

import { rejectionOf, errorFields } from '../support/thrown.ts';
import '../support/unhandled.ts';
import { createWorld, idsOf, KEY, sha256Of, SITE, SITE_JSON, submit, useNock } from './support/client.ts';

describe('client: requests', () => {
  const { requests, answer } = useNock();

  it('append each path to the API URL', async () => {
    const { client } = createWorld();
    answer('GET', { status: 200, body: SITE_JSON }, { status: 200, body: '[]' });
    answer('POST', { status: 200, body: '{}' });
    await client.siteInfo('s');
    await idsOf(client);
    await submit(client);
    expect(requests.map(({ path }) => path)).to.deep.equal([
      '/interview-tests-mock-api/v1/site-info/s',
      '/interview-tests-mock-api/v1/outages',
      '/interview-tests-mock-api/v1/site-outages/s',
    ]);
  });

  it('escape the site id in the URL', async () => {
    const { client } = createWorld();
    for (const [site, encoded] of [
      ['a/b c', 'a%2Fb%20c'],
      ['../outages', '..%2Foutages'],
      ['a?b#c', 'a%3Fb%23c'],
      ['a%2Fb', 'a%252Fb'],
      ['é', '%C3%A9'],
    ] as const) {
      answer('GET', { status: 200, body: JSON.stringify({ ...SITE, id: site }) });
      answer('POST', { status: 200 });
      await client.siteInfo(site);
      await submit(client, site);
      expect(requests.splice(0).map(({ path }) => path.replace('/interview-tests-mock-api/v1', ''))).to.deep.equal([
        `/site-info/${encoded}`,
        `/site-outages/${encoded}`,
      ]);
    }
  });

  it('carry the key, accept JSON, and send a list as JSON', async () => {
    const { client } = createWorld();
    answer('GET', { status: 200, body: SITE_JSON }, { status: 200, body: '[]' });
    answer('POST', { status: 200 });
    await client.siteInfo('s');
    await idsOf(client);
    await submit(client, 's', '[{"id":"a"}]');
    for (const { headers } of requests) expect(headers).to.include({ 'x-api-key': KEY, accept: 'application/json' });
    const [info, outages, list] = requests;
    for (const request of [info, outages]) {
      expect(request?.headers).not.to.have.any.keys('content-type', 'idempotency-key', 'authorization', 'cookie');
      expect(request?.body).to.equal('');
    }
    expect(list?.headers).to.include({ 'content-type': 'application/json' });
    expect(list?.body).to.deep.equal([{ id: 'a' }]);
  });

  it('probe the outages without reading them', async () => {
    const { client } = createWorld();
    answer('GET', { status: 200, body: 'not JSON' }, { status: 403 });
    await client.probe();
    expect(requests.map(({ path }) => path)).to.deep.equal(['/interview-tests-mock-api/v1/outages']);
    expect(errorFields(await rejectionOf(client.probe()))).to.include({ type: 'KeyRejectedError' });
  });

  it('report progress from the start of a long request', async () => {
    const { client, events } = createWorld({ retries: 0 });
    answer('GET', { status: 200, body: SITE_JSON }, { status: 200, body: '' });
    await client.siteInfo('s');
    await rejectionOf(idsOf(client));
    expect(events.filter(({ type }) => type === 'progress')).to.deep.equal([
      { type: 'progress', task: 'outages', attempt: 1 },
    ]);
  });

  it('carry one idempotency key per run, site and list', async () => {
    const post = async (runId: string | undefined, site: string, text: string): Promise<unknown> => {
      answer('POST', { status: 500 }, { status: 429 }, { status: 200 });
      await submit(createWorld(runId === undefined ? {} : { runId }).client, site, text);
      const keys = new Set(requests.splice(0).map(({ headers }) => headers['idempotency-key']));
      expect(keys.size).to.equal(1);
      return [...keys][0];
    };
    const key = await post('run', 'a', '[]');
    expect(key).to.equal(sha256Of(`run\0a\0${sha256Of('[]')}`));
    expect(await post('run', 'a', '[]')).to.equal(key);
    const others = [
      await post('run2', 'a', '[]'),
      await post('run', 'b', '[]'),
      await post('run', 'a', '12'),
      await post('run', 'a1', '2'),
      await post(undefined, 'a', '[]'),
    ];
    expect(new Set([key, ...others]).size).to.equal(6);
  });

  it('carry another idempotency key in each run, and the same for all lists of a run', async () => {
    const keys: unknown[] = [];
    for (const random of [0.1, 0.2]) {
      const { client } = createWorld({}, () => random);
      answer('POST', { status: 200 }, { status: 200 });
      await submit(client);
      await submit(client);
      keys.push(...requests.splice(0).map(({ headers }) => headers['idempotency-key']));
    }
    expect(keys[0]).to.equal(keys[1]);
    expect(keys[2]).to.equal(keys[3]);
    expect(keys[0]).not.to.equal(keys[2]);
  });
});
