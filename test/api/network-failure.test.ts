import { expect } from 'chai';
import { describe, it } from 'mocha';

import { ConnectionLostError, NotConnectedError } from '../../src/api/http/create-fetch.ts';
import { ProxyError } from '../../src/api/http/proxy-error.ts';
import { explainNetworkFailure, phaseOf, reasonOf } from '../../src/api/network-failure.ts';

/** Creates a system error like those of Node. */
function systemError(message: string, fields: Readonly<Record<string, string>>): Error {
  return Object.assign(new Error(message), fields);
}

/** Creates an error like those of `fetch`. */
function fetchFailed(cause: unknown): Error {
  return new TypeError('fetch failed', { cause });
}

/** Creates the error for a response of the proxy. */
function proxyResponse(status: number): Error {
  return new ProxyError('the proxy http://p:1 (--proxy) refused to connect', { status });
}

/** Creates an error like those that Node creates from OpenSSL errors. */
function tlsError(code: string, reason: string): Error {
  return systemError(`write EPROTO 00:error:0A00010B:SSL routines:ssl3_get_record:${reason}:ssl/record.c:1:\n`, {
    code,
    reason,
  });
}

function refusedAt(address: string): Error {
  const fields = { code: 'ECONNREFUSED', syscall: 'connect', address };
  return Object.assign(systemError(`connect ECONNREFUSED ${address}:1`, fields), { port: 1 });
}

const refusedV4 = refusedAt('127.0.0.1');
const refusedV6 = refusedAt('::1');
const refusedBoth = Object.assign(new AggregateError([refusedV6, refusedV4], ''), { code: 'ECONNREFUSED' });

describe('phaseOf', () => {
  const cases: readonly (readonly [what: string, phase: ReturnType<typeof phaseOf>, error: unknown])[] = [
    ['a refused connection', 'connect', fetchFailed(refusedV4)],
    ['connections refused at each address', 'connect', fetchFailed(refusedBoth)],
    ['an unknown host', 'connect', fetchFailed(systemError('getaddrinfo ENOTFOUND x', { syscall: 'getaddrinfo' }))],
    ['no route', 'connect', fetchFailed(systemError('x', { code: 'ENETUNREACH', syscall: 'connect' }))],
    ['a connection that takes too long', 'connect', fetchFailed(systemError('x', { syscall: 'connect' }))],
    ['a proxy that cannot reach the host', 'connect', fetchFailed(proxyResponse(502))],
    ['a proxy that requires a password', 'proxy', fetchFailed(proxyResponse(407))],
    ['a broken connection', 'response', fetchFailed(systemError('x', { code: 'ECONNRESET', syscall: 'read' }))],
    ['a response that is not HTTP', 'response', fetchFailed(systemError('x', { code: 'HPE_INVALID_CONSTANT' }))],
    ['a server that hung up', 'response', fetchFailed(systemError('socket hang up', { code: 'ECONNRESET' }))],
    [
      'an interrupted handshake',
      'connect',
      new NotConnectedError('x', { cause: systemError('x', { code: 'ECONNRESET' }) }),
    ],
    [
      'a connection that broke after the TLS handshake',
      'response',
      new ConnectionLostError('x', { cause: systemError('x', { code: 'EPROTO' }) }),
    ],
    ['a failure without a cause', 'response', fetchFailed(undefined)],
    ['a value that is not an error', 'response', 'text'],
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
    it(`returns ${phase} for ${what}`, () => {
      expect(phaseOf(error)).to.equal(phase);
    });
  }

  it('stops at a cycle of causes', () => {
    const circle = new Error('round');
    circle.cause = circle;
    expect(phaseOf(circle)).to.equal('response');
  });
});

describe('reasonOf', () => {
  it('names every address that was tried', () => {
    expect(reasonOf(fetchFailed(refusedV4))).to.equal('connection refused (127.0.0.1:1)');
    expect(reasonOf(fetchFailed(refusedBoth))).to.equal('connection refused ([::1]:1, 127.0.0.1:1)');
    const unreachable = { code: 'ENETUNREACH', syscall: 'connect', address: '2001:db8::1' };
    const both = new AggregateError([refusedV4, systemError('connect ENETUNREACH', unreachable)]);
    expect(reasonOf(fetchFailed(both))).to.equal(
      'connection refused (127.0.0.1:1), network is unreachable (2001:db8::1)',
    );
  });

  it('names a host that could not be resolved', () => {
    const fields = { code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: 'api.invalid' };
    expect(reasonOf(fetchFailed(systemError('getaddrinfo ENOTFOUND api.invalid', fields)))).to.equal(
      'the host name could not be resolved (api.invalid)',
    );
    expect(reasonOf(fetchFailed(systemError('x', { syscall: 'getaddrinfo' })))).to.equal('x');
  });

  it('rewords the errors of Node and OpenSSL', () => {
    const reset = systemError('read ECONNRESET', { code: 'ECONNRESET', syscall: 'read' });
    expect(reasonOf(fetchFailed(reset))).to.equal('connection reset');
    const hungUp = systemError('socket hang up', { code: 'ECONNRESET' });
    expect(reasonOf(fetchFailed(hungUp))).to.equal('the server closed the connection');
    const parse = systemError('Parse Error: Expected HTTP/', { code: 'HPE_INVALID_CONSTANT' });
    expect(reasonOf(fetchFailed(parse))).to.equal('invalid HTTP response (Expected HTTP/)');
    expect(reasonOf(fetchFailed(tlsError('EPROTO', 'no shared cipher')))).to.equal('no shared cipher');
  });

  it('returns the innermost non-empty message', () => {
    expect(reasonOf(fetchFailed(new Error('')))).to.equal('fetch failed');
    expect(reasonOf(new Error(''))).to.equal('no reason given');
    expect(reasonOf('text')).to.equal('no reason given');
  });
});

describe('explainNetworkFailure', () => {
  const cases: readonly (readonly [what: string, error: unknown, message: string, hint: RegExp])[] = [
    ['no connection', fetchFailed(refusedV4), 'cannot connect: connection refused (127.0.0.1:1)', /KRAKEN_API_URL/],
    [
      'a proxy that refuses to connect',
      fetchFailed(proxyResponse(407)),
      'the proxy http://p:1 (--proxy) refused to connect: it responded 407',
      /NO_PROXY/,
    ],
    [
      'an unreachable proxy',
      fetchFailed(new ProxyError('cannot connect to the proxy http://p:1 (HTTPS_PROXY)', { cause: refusedV4 })),
      'cannot connect to the proxy http://p:1 (HTTPS_PROXY): connection refused (127.0.0.1:1)',
      /NO_PROXY/,
    ],
    ...(
      [
        ['EPROTO', 'wrong version number'],
        ['ERR_SSL_WRONG_VERSION_NUMBER', 'wrong version number'],
        ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'packet length too long'],
      ] as const
    ).map(
      ([code, reason]) =>
        [
          `${code}, ${reason}`,
          fetchFailed(tlsError(code, reason)),
          'the server does not speak TLS on this port',
          /port/,
        ] as const,
    ),
    [
      'an untrusted certificate',
      fetchFailed(systemError('self-signed certificate', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })),
      'TLS verification failed: self-signed certificate',
      /--ca-file/,
    ],
    [
      'another TLS error',
      fetchFailed(tlsError('EPROTO', 'no shared cipher')),
      'TLS handshake failed: no shared cipher',
      /TLS 1\.2/,
    ],
    [
      'a lost connection',
      new ConnectionLostError('fetch failed', { cause: new Error('the server closed the connection') }),
      'connection lost before a response arrived: the server closed the connection',
      /try again/,
    ],
  ];
  for (const [what, error, message, hint] of cases) {
    it(`explains ${what}`, () => {
      const failure = explainNetworkFailure(error);
      expect(failure.message).to.equal(message);
      expect(failure.hint).to.match(hint);
    });
  }
});
