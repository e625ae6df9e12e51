import { expect } from 'chai';
import { describe, it } from 'mocha';

import {
  AttemptError,
  isGatewayStatus,
  isRetryableStatus,
  isTransient,
  type Phase,
  wasDefinitelyNotProcessed,
} from '../../src/api/attempt-error.ts';
import { InvalidDataError, NotJsonError, RefusedError, UnreachableError } from '../../src/domain/errors.ts';

describe('retry rules', () => {
  const statuses: readonly [status: number, isRetryable: boolean][] = [
    [200, false],
    [204, false],
    [301, false],
    [400, false],
    [401, false],
    [403, false],
    [404, false],
    [407, false],
    [408, true],
    [409, false],
    [425, true],
    [428, false],
    [429, true],
    [431, false],
    [499, false],
    [500, true],
    [501, true],
    [503, true],
    [599, true],
    [600, true],
    [99, true],
  ];
  for (const [status, retryable] of statuses) {
    it(`${retryable ? 'retry' : 'do not retry'} a ${status}`, () => {
      expect(isRetryableStatus(status)).to.equal(retryable);
    });
  }

  const phases: readonly [phase: Phase, isTransient: boolean, wasNotProcessed: boolean][] = [
    ['connect', true, true],
    ['proxy', false, true],
    ['tls', false, true],
    ['response', true, false],
    ['status', true, false],
    ['body', true, false],
  ];
  for (const [phase, retryable, notProcessed] of phases) {
    it(`${retryable ? 'retry' : 'do not retry'} a failure in the phase ${phase}, which ${notProcessed ? 'was definitely not' : 'may have been'} processed`, () => {
      const error = new AttemptError('x', { phase });
      expect([isTransient(error), wasDefinitelyNotProcessed(error)]).to.deep.equal([retryable, notProcessed]);
    });
  }

  it('know that a request with a 429 or 503 was not processed', () => {
    const wasNotProcessed = (status: number): boolean =>
      wasDefinitelyNotProcessed(new AttemptError('x', { phase: 'status', status }));
    expect([408, 425, 429, 500, 502, 503, 504].filter(wasNotProcessed)).to.deep.equal([429, 503]);
  });

  it('retry a response that is not JSON, but not one that does not match the schema', () => {
    expect(isTransient(new NotJsonError(0, 'x'))).to.equal(true);
    for (const error of [
      new InvalidDataError('x'),
      new RefusedError('x'),
      new UnreachableError('x'),
      new Error('x'),
      'x',
    ]) {
      expect([isTransient(error), wasDefinitelyNotProcessed(error)]).to.deep.equal([false, false]);
    }
  });

  it('recognize the statuses that a gateway sends instead of the API', () => {
    expect([200, 408, 429, 500, 502, 503, 504].filter(isGatewayStatus)).to.deep.equal([408, 502, 504]);
  });
});
