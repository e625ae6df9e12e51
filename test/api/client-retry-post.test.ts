import { expect } from 'chai';
import { describe, it } from 'mocha';
import nock from 'nock';

import { type ClientOptions } from '../../src/api/client.ts';
import '../support/unhandled.ts';
import { API, createWorld, SITE, SITE_JSON, submit, useNock, WAITS, withErrorFields } from './support/client.ts';

describe('client: retries of submissions', () => {
  const { answer } = useNock();

  it('give up after --retries retries', async () => {
    const { client, clock } = createWorld();
    answer('POST', ...Array.from({ length: 6 }, () => ({ status: 500 })));
    expect(withErrorFields(await submit(client))).to.deep.equal({
      status: 500,
      attempts: 6,
      wasAnswered: true,
      mayHaveBeenProcessed: false,
      error: {
        type: 'AttemptError',
        message: `POST ${API}/site-outages/s: the API answered 500 (6 attempts in 6.2 s)`,
        hint: 'the server has a problem: try again later',
      },
    });
    expect(clock.waits).to.deep.equal(WAITS);
  });

  const policies: readonly [retryPost: ClientOptions['retryPost'], repeated: readonly number[]][] = [
    ['always', [408, 425, 429, 500, 502, 503, 504]],
    ['safe', [429, 503]],
    ['never', []],
  ];
  for (const [retryPost, repeated] of policies) {
    it(`follow --retry-post ${retryPost}`, async () => {
      const seen: number[] = [];
      for (const status of [408, 425, 429, 500, 502, 503, 504]) {
        const { client } = createWorld({ retryPost });
        answer('POST', { status }, { status: 200 });
        const submission = await submit(client);
        if (submission.attempts === 2) seen.push(status);
        expect(submission.status).to.equal(submission.attempts === 2 ? 200 : status);
        expect(submission.error === undefined).to.equal(submission.attempts === 2);
        // A gateway may have forwarded the list.
        const isOpen = submission.attempts === 1 && [408, 502, 504].includes(status);
        expect(submission.mayHaveBeenProcessed).to.equal(isOpen);
        nock.cleanAll();
      }
      expect(seen).to.deep.equal(repeated);
    });
  }

  it('do not follow --retry-post for a GET', async () => {
    const { client } = createWorld({ retryPost: 'never' });
    answer('GET', { status: 500 }, { status: 200, body: SITE_JSON });
    expect(await client.siteInfo('s')).to.deep.equal(SITE);
  });
});
