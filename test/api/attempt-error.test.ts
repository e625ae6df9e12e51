import { expect } from 'chai';
import { describe, it } from 'mocha';

import {
  AttemptError,
  isTransient,
  isRetryableStatus,
  wasDefinitelyNotProcessed,
  type Phase,
  phaseOf,
  reasonOf,
} from '../../src/api/attempt-error.ts';
import { InvalidDataError, NotJsonError, RefusedError, UnreachableError } from '../../src/domain/errors.ts';

/** As Node makes them. */
function systemError(message: string, fields: Readonly<Record<string, string>>): Error {
  return Object.assign(new Error(message), fields);
}

/** As `fetch` makes them. */
function fetchFailed(cause: unknown): Error {
  return new TypeError('fetch failed', { cause });
}

/** As the transport tells of a proxy's answer. */
function proxySays(status: number): Error {
  return systemError(`the proxy answered ${status}`, { syscall: 'connect', code: `ERR_PROXY_${status}` });
}

const refusedV4 = systemError('connect ECONNREFUSED 127.0.0.1:1', { code: 'ECONNREFUSED', syscall: 'connect' });
const refusedV6 = systemError('connect ECONNREFUSED ::1:1', { code: 'ECONNREFUSED', syscall: 'connect' });
const refusedBoth = Object.assign(new AggregateError([refusedV6, refusedV4], ''), { code: 'ECONNREFUSED' });

describe('phaseOf', () => {
  const cases: readonly (readonly [what: string, phase: ReturnType<typeof phaseOf>, error: unknown])[] = [
    ['a refused connection', 'connect', fetchFailed(refusedV4)],
    ['connections refused at each address', 'connect', fetchFailed(refusedBoth)],
    ['an unknown host', 'connect', fetchFailed(systemError('getaddrinfo ENOTFOUND x', { syscall: 'getaddrinfo' }))],
    ['no route', 'connect', fetchFailed(systemError('x', { code: 'ENETUNREACH', syscall: 'connect' }))],
    ['a connection that takes too long', 'connect', fetchFailed(systemError('x', { syscall: 'connect' }))],
    ['a proxy that reaches nobody', 'connect', fetchFailed(proxySays(502))],
    ['a proxy that wants a password', 'proxy', fetchFailed(proxySays(407))],
    ['a connection that broke', 'answer', fetchFailed(systemError('x', { code: 'ECONNRESET', syscall: 'read' }))],
    ['an answer that is no HTTP', 'answer', fetchFailed(systemError('x', { code: 'HPE_INVALID_CONSTANT' }))],
    ['another side that hung up', 'answer', fetchFailed(systemError('socket hang up', { code: 'ECONNRESET' }))],
    ['a failure without a cause', 'answer', fetchFailed(undefined)],
    ['what is no error', 'answer', 'text'],
    ...[
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'CERT_HAS_EXPIRED',
      'CERT_NOT_YET_VALID',
      'CRL_HAS_EXPIRED',
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'ERR_SSL_WRONG_VERSION_NUMBER',
      'HOSTNAME_MISMATCH',
      'INVALID_CA',
      'INVALID_PURPOSE',
      'PATH_LENGTH_EXCEEDED',
      'EPROTO',
    ].map((code) => [`TLS: ${code}`, 'tls', fetchFailed(systemError('x', { code }))] as const),
    [
      'TLS at one of the addresses',
      'tls',
      fetchFailed(new AggregateError([refusedV6, systemError('x', { code: 'EPROTO' })])),
    ],
  ];
  for (const [what, phase, error] of cases) {
    it(`is ${phase} for ${what}`, () => {
      expect(phaseOf(error)).to.equal(phase);
    });
  }

  it('ends where causes go round in circles', () => {
    const circle = new Error('round');
    circle.cause = circle;
    expect(phaseOf(circle)).to.equal('answer');
  });
});

describe('reasonOf', () => {
  it('is the innermost cause that says something', () => {
    expect(reasonOf(fetchFailed(refusedV4))).to.equal('connect ECONNREFUSED 127.0.0.1:1');
    expect(reasonOf(fetchFailed(refusedBoth))).to.equal('connect ECONNREFUSED 127.0.0.1:1');
    expect(reasonOf(fetchFailed(new Error('')))).to.equal('fetch failed');
    expect(reasonOf(new Error(''))).to.equal('no reason given');
    expect(reasonOf('text')).to.equal('no reason given');
  });
});

describe('what may be repeated', () => {
  const statuses: readonly [status: number, isPassing: boolean][] = [
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
  ];
  for (const [status, passing] of statuses) {
    it(`${status} is ${passing ? '' : 'not '}among it`, () => {
      expect(isRetryableStatus(status)).to.equal(passing);
    });
  }

  const phases: readonly [phase: Phase, isPassing: boolean, isSurelyNotTaken: boolean][] = [
    ['connect', true, true],
    ['proxy', false, true],
    ['tls', false, true],
    ['answer', true, false],
    ['status', true, false],
    ['body', true, false],
  ];
  for (const [phase, passing, notTaken] of phases) {
    it(`a failure in phase ${phase} is ${passing ? '' : 'not '}among it, and ${notTaken ? 'surely not' : 'maybe'} taken`, () => {
      const error = new AttemptError('x', { phase });
      expect([isTransient(error), wasDefinitelyNotProcessed(error)]).to.deep.equal([passing, notTaken]);
    });
  }

  it('429 and 503 surely took nothing', () => {
    const isNotTaken = (status: number): boolean =>
      wasDefinitelyNotProcessed(new AttemptError('x', { phase: 'status', status }));
    expect([408, 425, 429, 500, 502, 503, 504].filter(isNotTaken)).to.deep.equal([429, 503]);
  });

  it('what is not JSON is among it; what does not fit is not', () => {
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
});
