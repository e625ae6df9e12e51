import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';

import { UsageError } from '../../src/domain/errors.ts';
import { drawFault, parseFaults } from '../../src/sandbox/faults.ts';
import { answerOf, closeAll, exchange, get, post, start } from './sandbox-client.ts';

describe('sandbox: --faults', () => {
  it('parses every kind', () => {
    expect(parseFaults('500:0.2, 429:.1,reset:0.05,truncate:5e-2,stall:0,lost:0.1')).to.deep.equal([
      { kind: 500, probability: 0.2 },
      { kind: 429, probability: 0.1 },
      { kind: 'reset', probability: 0.05 },
      { kind: 'truncate', probability: 0.05 },
      { kind: 'stall', probability: 0 },
      { kind: 'lost', probability: 0.1 },
    ]);
  });

  it('accepts a sum of exactly 1, also with a floating-point error', () => {
    expect(parseFaults('500:1')).to.have.length(1);
    expect(parseFaults('500:0.1,501:0.7,502:0.2,503:0.0')).to.have.length(4);
  });

  for (const [text, message] of [
    ['', '"" is not an entry'],
    ['500', '"500" is not an entry'],
    ['500:0.1:2', '"500:0.1:2" is not an entry'],
    ['500:0.1,', '"" is not an entry'],
    ['399:0.1', '"399" is not a kind of fault'],
    ['600:0.1', '"600" is not a kind of fault'],
    ['Reset:0.1', '"Reset" is not a kind of fault'],
    ['toString:0.1', '"toString" is not a kind of fault'],
    ['reset:1.1', '"1.1" is not a probability for reset'],
    ['reset:-0.1', '"-0.1" is not a probability for reset'],
    ['reset:', '"" is not a probability for reset'],
    ['reset:20%', '"20%" is not a probability for reset'],
    ['reset:NaN', '"NaN" is not a probability for reset'],
    ['reset:0.6,500:0.6', 'the probabilities add up to 1.2, expected at most 1'],
    ['500:0.1,500:0.1', '500 is given more than once'],
  ] as const) {
    it(`rejects ${JSON.stringify(text)}`, () => {
      expect(() => parseFaults(text))
        .to.throw(UsageError, message)
        .with.property('message')
        .that.matches(/^--faults: /);
    });
  }

  it('draws each fault with its probability, and the share of the response to send', () => {
    const faults = parseFaults('500:0.2,reset:0.3');
    const draw = (number: number): unknown => drawFault(faults, () => number);
    expect(draw(0)).to.deep.equal({ kind: 500, position: 0 });
    expect(draw(0.1)).to.deep.equal({ kind: 500, position: 0.5 });
    expect(draw(0.2)).to.deep.equal({ kind: 'reset', position: 0 });
    expect(draw(0.49)).to.have.property('kind', 'reset');
    expect(draw(0.51)).to.equal(undefined);
  });
});

describe('sandbox: faults over sockets', () => {
  afterEach(closeAll);

  it('responds with the status of the fault, without Retry-After', async () => {
    const sandbox = await start({ faults: parseFaults('429:1') });
    const response = await get(sandbox, '/outages');
    expect(response.headers.get('content-type')).to.equal('application/json');
    expect(response.headers.has('retry-after')).to.equal(false);
    expect(await answerOf(response)).to.deep.equal({ status: 429, body: { message: 'Too Many Requests' } });
  });

  it('responds with a status that has no name', async () => {
    const sandbox = await start({ faults: parseFaults('599:1') });
    const response = await post(sandbox, 'ely-old-mill', '[]');
    expect(await answerOf(response)).to.deep.equal({ status: 599, body: { message: 'Status 599' } });
  });

  it('resets the connection before and during the response', async () => {
    const sandbox = await start({ faults: parseFaults('reset:1') });
    const exchanges = await Promise.all(Array.from({ length: 20 }, () => exchange(sandbox, 'GET', '/outages')));
    const before = exchanges.filter(({ received }) => received === '');
    const within = exchanges.filter(({ received }) => received !== '');
    expect(before).not.to.be.empty;
    expect(within).not.to.be.empty;
    // If data and the reset arrive together, libuv reports an end of file instead.
    expect(new Set(before.map(({ ending }) => ending))).to.deep.equal(new Set(['ECONNRESET']));
    for (const { received } of within)
      expect(received).to.match(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n[^]*[^\]\r\n]\r\n$/);
  });

  for (const path of ['/outages', '/site-info/norwich-pear-tree']) {
    it(`truncates the body of ${path}`, async () => {
      const whole = await (await get(await start(), path)).text();
      const sandbox = await start({ faults: parseFaults('truncate:1') });
      const response = await get(sandbox, path);
      expect(response.status).to.equal(200);
      expect(await failureOf(response.text())).to.be.an('error');

      const { received, ending } = await exchange(sandbox, 'GET', path);
      expect(ending).to.equal('end');
      const body = received.slice(received.indexOf('\r\n\r\n') + 4);
      expect(body.length).to.be.within(1, whole.length - 1);
    });
  }

  it('stalls within the body until the client disconnects', async () => {
    const sandbox = await start({ faults: parseFaults('stall:1') });
    const leaving = new AbortController();
    const response = await get(sandbox, '/outages', leaving.signal);
    const reader = response.body?.getReader();
    expect((await reader?.read())?.done).to.equal(false);
    leaving.abort();
    expect(await failureOf(reader?.read())).to.have.property('name', 'AbortError');
  });

  it('loses the response to a POST only', async () => {
    const sandbox = await start({ faults: parseFaults('lost:1') });
    const lost = await exchange(sandbox, 'POST', '/site-outages/ely-old-mill');
    expect(lost).to.deep.equal({ received: '', ending: 'ECONNRESET' });
    expect((await get(sandbox, '/site-info/ely-old-mill')).status).to.equal(200);
  });

  it('repeats the sequence of faults for the same seed only', async () => {
    const sequence = async (seed: number): Promise<readonly number[]> => {
      const sandbox = await start({ seed, faults: parseFaults('500:0.3,429:0.2') });
      const statuses: number[] = [];
      for (let count = 0; count < 40; count += 1) {
        const response = await get(sandbox, '/site-info/norwich-pear');
        statuses.push(response.status);
        await response.text();
      }
      return statuses;
    };
    const [one, same, other] = await Promise.all([sequence(7), sequence(7), sequence(8)]);
    expect(same).to.deep.equal(one);
    expect(other).not.to.deep.equal(one);
    expect(new Set(one)).to.deep.equal(new Set([200, 429, 500]));
  });
});

async function failureOf(promise: Promise<unknown> | undefined): Promise<unknown> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return error;
  }
}
