import { expect } from 'chai';
import { describe, it } from 'mocha';

import * as plain from '../../../src/api/http/plain-fetch.ts';

type HeadersLike = Pick<Headers, 'append' | 'delete' | 'get' | 'has' | 'set'> & Iterable<[string, string]>;

/** The same steps with our class and with the platform's. */
function compare<T>(run: (classes: { Headers: new (source?: never) => HeadersLike }) => T): readonly [T, T] {
  return [run(plain), run(globalThis)];
}

const sorted = (headers: HeadersLike): unknown => Object.fromEntries([...headers].sort());

describe('our Headers', () => {
  const sources: readonly unknown[] = [
    undefined,
    {},
    { Accept: 'a', 'x-api-key': 'k', ACCEPT: 'b' },
    [
      ['Retry-After', '1'],
      ['retry-after', '2'],
      ['Server', 'nginx'],
    ],
    new Map([['A', '1']]),
  ];

  it('hold the same entries as those of the platform', () => {
    for (const source of sources) {
      const [ours, theirs] = compare(({ Headers }) => sorted(new Headers(source as never)));
      expect(ours).to.deep.equal(theirs);
    }
  });

  it('are read, changed and copied like those of the platform', () => {
    const [ours, theirs] = compare(({ Headers }) => {
      const headers = new Headers();
      headers.set('Accept', 'text/html');
      headers.set('ACCEPT', 'application/json');
      headers.append('Via', '1.1 a');
      headers.append('via', '1.1 b');
      headers.set('Server', 'x');
      headers.delete('SERVER');
      const copy = new Headers(headers as never);
      copy.set('accept', 'text/plain');
      return [headers, copy].map((each) => ({
        all: sorted(each),
        accept: each.get('aCCept'),
        missing: each.get('server'),
        has: [each.has('VIA'), each.has('server')],
      }));
    });
    expect(ours).to.deep.equal(theirs);
  });
});

describe('our Request', () => {
  const { signal } = new AbortController();
  const options = { method: 'post', headers: { Accept: 'a' }, signal };

  /** What ky reads of a request. */
  function factsOf(request: plain.Request | Request): unknown {
    const { url, method, body } = request;
    return { url, method, body, accept: request.headers.get('accept') };
  }

  it('is the same as that of the platform, also as a copy with changes', () => {
    const [ours, theirs] = [plain.Request, globalThis.Request].map((Class) => {
      const first = new Class('http://localhost:80/a b?c', options);
      const copy = new Class(first as never, { method: 'PUT', headers: { Accept: 'b' } });
      return [first, copy, first.clone(), new Class(first as never), new Class(new URL('http://localhost'))].map(
        factsOf,
      );
    });
    expect(ours).to.deep.equal(theirs);
  });

  it('keeps the signal itself', () => {
    const request = new plain.Request('http://localhost', options);
    expect(request.clone().signal).to.equal(signal);
    expect(new plain.Request('http://localhost').signal).to.equal(null);
  });

  it('refuses an invalid address, like that of the platform', () => {
    for (const Class of [plain.Request, globalThis.Request]) expect(() => new Class('nothing')).to.throw(TypeError);
  });
});

describe('our Response', () => {
  it('has the status and headers of that of the platform, also as a copy', () => {
    for (const status of [200, 299, 300, 404, 500]) {
      const [ours, theirs] = [plain, globalThis].map(({ Headers, Response }) => {
        const response = new Response(null, { status, headers: new Headers([['Server', 'x']]) as never });
        return [response, response.clone()].map(({ status, ok, headers, body }) => [
          status,
          ok,
          headers.get('server'),
          body,
        ]);
      });
      expect(ours).to.deep.equal(theirs);
    }
  });
});
