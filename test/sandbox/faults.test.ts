import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';

import { UsageError } from '../../src/domain/errors.ts';
import { drawFault, parseFaults } from '../../src/sandbox/faults.ts';
import { answerOf, closeAll, exchange, get, post, start } from './sandbox-client.ts';

describe('sandbox: --faults', () => {
  it('reads every kind', () => {
    expect(parseFaults('500:0.2, 429:.1,reset:0.05,truncate:5e-2,stall:0,lost:0.1')).to.deep.equal([
      { kind: 500, probability: 0.2 },
      { kind: 429, probability: 0.1 },
      { kind: 'reset', probability: 0.05 },
      { kind: 'truncate', probability: 0.05 },
      { kind: 'stall', probability: 0 },
      { kind: 'lost', probability: 0.1 },
    ]);
  });

  it('takes a sum of exactly 1, also where it is off by a last bit', () => {
    expect(parseFaults('500:1')).to.have.length(1);
    expect(parseFaults('500:0.1,501:0.7,502:0.2,503:0.0')).to.have.length(4);
  });

  for (const [text, message] of [
    ['', '"" is no entry'],
    ['500', '"500" is no entry'],
    ['500:0.1:2', '"500:0.1:2" is no entry'],
    ['500:0.1,', '"" is no entry'],
    ['399:0.1', '"399" is no kind of fault'],
    ['600:0.1', '"600" is no kind of fault'],
    ['Reset:0.1', '"Reset" is no kind of fault'],
    ['toString:0.1', '"toString" is no kind of fault'],
    ['reset:1.1', '"1.1" is no probability of reset'],
    ['reset:-0.1', '"-0.1" is no probability of reset'],
    ['reset:', '"" is no probability of reset'],
    ['reset:20%', '"20%" is no probability of reset'],
    ['reset:NaN', '"NaN" is no probability of reset'],
    ['reset:0.6,500:0.6', 'the probabilities add up to 1.2, expected at most 1'],
    ['500:0.1,500:0.1', '500 is given twice'],
  ] as const) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => parseFaults(text))
        .to.throw(UsageError, message)
        .with.property('message')
        .that.matches(/^--faults: /);
    });
  }

  it('draws each fault as often as told, and tells how far the answer gets', () => {
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

  it('answers a status in place of the right one, and never a Retry-After', async () => {
    const sandbox = await start({ faults: parseFaults('429:1') });
    const response = await get(sandbox, '/outages');
    expect(response.headers.get('content-type')).to.equal('application/json');
    expect(response.headers.has('retry-after')).to.equal(false);
    expect(await answerOf(response)).to.deep.equal({ status: 429, body: { message: 'Too Many Requests' } });
  });

  it('answers a status without a name of its own', async () => {
    const sandbox = await start({ faults: parseFaults('599:1') });
    const response = await post(sandbox, 'ely-old-mill', '[]');
    expect(await answerOf(response)).to.deep.equal({ status: 599, body: { message: 'Status 599' } });
  });

  it('resets the connection before and within the answer', async () => {
    const sandbox = await start({ faults: parseFaults('reset:1') });
    const exchanges = await Promise.all(Array.from({ length: 20 }, () => exchange(sandbox, 'GET', '/outages')));
    const before = exchanges.filter(({ received }) => received === '');
    const within = exchanges.filter(({ received }) => received !== '');
    expect(before).not.to.be.empty;
    expect(within).not.to.be.empty;
    // Where data and the reset arrive at once, libuv tells its reader of an end instead.
    expect(new Set(before.map(({ ending }) => ending))).to.deep.equal(new Set(['ECONNRESET']));
    for (const { received } of within)
      expect(received).to.match(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n[^]*[^\]\r\n]\r\n$/);
  });

  for (const path of ['/outages', '/site-info/norwich-pear-tree']) {
    it(`breaks off the body of ${path}`, async () => {
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

  it('stalls within the body until the client leaves', async () => {
    const sandbox = await start({ faults: parseFaults('stall:1') });
    const leaving = new AbortController();
    const response = await get(sandbox, '/outages', leaving.signal);
    const reader = response.body?.getReader();
    expect((await reader?.read())?.done).to.equal(false);
    leaving.abort();
    expect(await failureOf(reader?.read())).to.have.property('name', 'AbortError');
  });

  it('takes a post and loses the answer, and answers everything else', async () => {
    const sandbox = await start({ faults: parseFaults('lost:1') });
    const lost = await exchange(sandbox, 'POST', '/site-outages/ely-old-mill');
    expect(lost).to.deep.equal({ received: '', ending: 'ECONNRESET' });
    expect((await get(sandbox, '/site-info/ely-old-mill')).status).to.equal(200);
  });

  it('has the same sequence of faults for the same seed, and another one for another', async () => {
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
