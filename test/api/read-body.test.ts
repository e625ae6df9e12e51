import { expect } from 'chai';
import { describe, it } from 'mocha';

import type { ApiResponse } from '../../src/api/attempt.ts';
import { readPrefix, readAll, toResponseError } from '../../src/api/read-body.ts';
import { AttemptError } from '../../src/api/attempt-error.ts';
import { InvalidDataError } from '../../src/domain/errors.ts';
import { rejectionOf, toldBy } from '../support/thrown.ts';

const NOW = Date.parse('1994-11-06T08:49:00Z');
const LIMIT = 64 * 1024;
const KEY = 's3cret/key+"0123"';

/** A body of these chunks; whether more of it was asked for than it took. */
async function* bodyOf(...chunks: readonly (string | Uint8Array | Error)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    if (chunk instanceof Error) throw chunk;
    yield await Promise.resolve(Buffer.from(chunk));
  }
}

function answer(
  status: number,
  body: AsyncIterable<Uint8Array> = bodyOf(),
  headers: Record<string, string> = {},
): ApiResponse {
  return { status, headers: new Headers(headers), chunks: () => body };
}

async function messageFor(...chunks: readonly (string | Uint8Array | Error)[]): Promise<string> {
  return (await toResponseError(answer(400, bodyOf(...chunks)), 'GET x', NOW, KEY)).message;
}

describe('readWhole', () => {
  it('joins the chunks', async () => {
    expect(Buffer.from(await readAll(bodyOf('ab', '', 'c'), 3)).toString()).to.equal('abc');
    expect(await readAll(bodyOf(), 0)).to.have.length(0);
  });

  it('stops as soon as there is more than the limit', async () => {
    let taken = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        taken++;
        yield await Promise.resolve(new Uint8Array(10));
      }
    }
    const error = await rejectionOf(readAll(endless(), 25));
    expect(toldBy(error)).to.deep.equal({ type: 'InvalidDataError', message: 'larger than 25 bytes' });
    expect(taken).to.equal(3);
  });
});

describe('readStart', () => {
  it('takes no more than the limit of a body without end', async () => {
    let taken = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        taken++;
        yield await Promise.resolve(new Uint8Array(1000));
      }
    }
    expect(await readPrefix(endless())).to.have.length(LIMIT);
    expect(taken).to.equal(66);
  });

  it('takes what came before the body broke', async () => {
    const broken = new AttemptError('broke', { phase: 'body' });
    expect(Buffer.from(await readPrefix(bodyOf('ab', broken))).toString()).to.equal('ab');
  });

  it('passes on what is no failure of the attempt', async () => {
    const stop = new Error('stop');
    expect(await rejectionOf(readPrefix(bodyOf('ab', stop)))).to.equal(stop);
  });
});

describe('refusal', () => {
  const passing: readonly [status: number, hint: string][] = [
    [408, 'the fault is on its side: try again later'],
    [425, 'the fault is on its side: try again later'],
    [429, 'too many requests: try again later'],
    [500, 'the fault is on its side: try again later'],
    [503, 'the fault is on its side: try again later'],
  ];
  for (const [status, hint] of passing) {
    it(`of ${status} is an attempt that may end better`, async () => {
      const error = await toResponseError(answer(status), 'GET x', NOW, KEY);
      expect(toldBy(error)).to.deep.equal({ type: 'AttemptError', message: `GET x: the API answered ${status}`, hint });
      expect(error).to.include({ phase: 'status', status, retryAfter: undefined });
    });
  }

  it('holds how long the API asks to wait', async () => {
    for (const [field, retryAfter] of [
      ['7', 7000],
      ['Sun, 06 Nov 1994 08:49:37 GMT', 37_000],
      ['soon', undefined],
    ] as const) {
      expect(await toResponseError(answer(503, bodyOf(), { 'retry-after': field }), 'GET x', NOW, KEY)).to.include({
        retryAfter,
      });
    }
  });

  const final: readonly (readonly [status: number, type: string, hint: string])[] = [
    [401, 'KeyRejectedError', 'check the key: KRAKEN_API_KEY, --api-key-file, or apiKey in a file'],
    [403, 'KeyRejectedError', 'check the key: KRAKEN_API_KEY, --api-key-file, or apiKey in a file'],
    [404, 'RefusedError', 'check the site id and the path of KRAKEN_API_URL'],
    ...[201, 202, 204, 206, 400, 405, 409, 410, 422, 451].map(
      (status) => [status, 'RefusedError', 'only 200 OK counts'] as const,
    ),
    ...[300, 304].map(
      (status) =>
        [
          status,
          'RefusedError',
          'redirects are not followed, as the key would go along: set KRAKEN_API_URL to where the API is',
        ] as const,
    ),
  ];
  for (const [status, type, hint] of final) {
    it(`of ${status} is final`, async () => {
      const error = await toResponseError(answer(status), 'GET x', NOW, KEY);
      expect(toldBy(error)).to.deep.equal({ type, message: `GET x: the API answered ${status}`, hint });
    });
  }

  it('names where a redirect goes, visibly', async () => {
    const target = `https://elsewhere.example/\u009b${'x'.repeat(200)}`;
    const error = await toResponseError(answer(302, bodyOf('moved'), { location: target }), 'GET x', NOW, KEY);
    expect(error.message).to.equal(
      `GET x: the API answered 302: "moved", a redirect to "https://elsewhere.example/\\u009b${'x'.repeat(53)}…"`,
    );
  });

  it('holds no key that the API repeats, and no half of it', async () => {
    const json = JSON.stringify(KEY).slice(1, -1);
    const bodies = [
      `<p>${KEY}`,
      `${'x'.repeat(70)}${KEY}`,
      `{"message":"${'x'.repeat(190)}${json}","difference":"${json}"}`,
    ];
    for (const body of bodies) {
      const { message } = await toResponseError(
        answer(302, bodyOf(body), { location: `https://x.test/?${KEY}` }),
        'GET x',
        NOW,
        KEY,
      );
      expect(message).to.include('[key]').and.not.to.include('s3cret');
    }
  });

  const messages: readonly [what: string, body: readonly (string | Uint8Array | Error)[], words: string][] = [
    ['its message', ['{"message":"Site not found"}'], ': "Site not found"'],
    ['its message, cut anywhere', ['{"mess', 'age":"Forb', 'idden"}'], ': "Forbidden"'],
    ['its message, cut to a size', [JSON.stringify({ message: 'm'.repeat(201) })], `: "${'m'.repeat(200)}…"`],
    ['its message and the difference', ['{"message":"no","difference":"record 1"}'], ': "no" (record 1)'],
    ['no control characters', ['{"message":"\\u001b[2J\u202e","difference":"a\\nb"}'], ': "\\u001b[2J\\u202e" (a\\nb)'],
    ['a text that is no JSON', ['<h1>no</h1>\n'], ': "<h1>no</h1>"'],
    ['a text that is no JSON, cut to a size', ['x'.repeat(81)], `: "${'x'.repeat(80)}…"`],
    ['JSON of another shape, as a text', ['{"error":"no"}'], ': "{"error":"no"}"'],
    ['JSON of another type, as a text', ['{"message":7}'], ': "{"message":7}"'],
    ['bytes that are no UTF-8', [Uint8Array.of(0x61, 0xff)], ': "a\ufffd"'],
    ['what came before the body broke', ['half', new AttemptError('broke', { phase: 'body' })], ': "half"'],
    ['nothing where there is nothing', [' \n'], ''],
  ];
  for (const [what, body, words] of messages) {
    it(`says ${what}`, async () => {
      expect(await messageFor(...body)).to.equal(`GET x: the API answered 400${words}`);
    });
  }

  it('is short even of an error page without end', async () => {
    const difference = 'd'.repeat(10_000);
    expect(await messageFor(JSON.stringify({ message: 'no', difference }))).to.have.length(
      'GET x: the API answered 400: "no" ()'.length + 300,
    );
    const pages = Array.from({ length: 100 }, () => 'x'.repeat(1000));
    expect((await messageFor(...pages)).length).to.be.below(120);
  });

  it('is an error even where the answer would fit', async () => {
    expect(await toResponseError(answer(206, bodyOf('[]')), 'GET x', NOW, KEY)).not.to.be.instanceOf(InvalidDataError);
  });
});
