import { expect } from 'chai';
import { describe, it } from 'mocha';

import type { ApiResponse } from '../../src/api/attempt.ts';
import { readAll, readPrefix, type ResponseErrorOptions, toResponseError } from '../../src/api/read-body.ts';
import { AttemptError } from '../../src/api/attempt-error.ts';
import { InvalidDataError } from '../../src/domain/errors.ts';
import { rejectionOf, errorFields } from '../support/thrown.ts';

const NOW = Date.parse('1994-11-06T08:49:00Z');
const LIMIT = 64 * 1024;
const KEY = 's3cret/key+"0123"';
const GET: ResponseErrorOptions = { method: 'GET', url: 'x', now: NOW, secret: KEY };
const KEY_HINT = 'check the key: KRAKEN_API_KEY, --api-key-file, or apiKey in a file';

/** Yields these chunks, and throws the errors among them. */
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
  return { status, headers: new Headers(headers), chunks: () => body, closeConnection: () => undefined };
}

async function messageFor(...chunks: readonly (string | Uint8Array | Error)[]): Promise<string> {
  return (await toResponseError(answer(400, bodyOf(...chunks)), GET)).message;
}

describe('readAll', () => {
  it('joins the chunks', async () => {
    expect(Buffer.from(await readAll(bodyOf('ab', '', 'c'), 3)).toString()).to.equal('abc');
    expect(await readAll(bodyOf(), 0)).to.have.length(0);
  });

  it('stops once the limit is exceeded', async () => {
    let taken = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        taken++;
        yield await Promise.resolve(new Uint8Array(10));
      }
    }
    const error = await rejectionOf(readAll(endless(), 25));
    expect(errorFields(error)).to.deep.equal({ type: 'InvalidDataError', message: 'larger than 25 bytes' });
    expect(taken).to.equal(3);
  });
});

describe('readPrefix', () => {
  it('stops at the limit of an endless body', async () => {
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

  it('returns the start of a truncated body', async () => {
    const broken = new AttemptError('broke', { phase: 'body' });
    expect(Buffer.from(await readPrefix(bodyOf('ab', broken))).toString()).to.equal('ab');
  });

  it('passes on other errors', async () => {
    const stop = new Error('stop');
    expect(await rejectionOf(readPrefix(bodyOf('ab', stop)))).to.equal(stop);
  });
});

describe('toResponseError', () => {
  const passing: readonly [status: number, hint: string][] = [
    [408, 'the server has a problem: try again later'],
    [425, 'the server has a problem: try again later'],
    [429, 'too many requests: try again later'],
    [500, 'the server has a problem: try again later'],
    [503, 'the server has a problem: try again later'],
  ];
  for (const [status, hint] of passing) {
    it(`returns a retryable error for ${status}`, async () => {
      const error = await toResponseError(answer(status), GET);
      expect(errorFields(error)).to.deep.equal({
        type: 'AttemptError',
        message: `GET x: the API answered ${status}`,
        hint,
      });
      expect(error).to.include({ phase: 'status', status, retryAfter: undefined });
    });
  }

  it('keeps the Retry-After time', async () => {
    for (const [field, retryAfter] of [
      ['7', 7000],
      ['Sun, 06 Nov 1994 08:49:37 GMT', 37_000],
      ['soon', undefined],
    ] as const) {
      expect(await toResponseError(answer(503, bodyOf(), { 'retry-after': field }), GET)).to.include({
        retryAfter,
      });
    }
  });

  const final: readonly (readonly [status: number, type: string, hint: string])[] = [
    [401, 'KeyRejectedError', KEY_HINT],
    [403, 'KeyRejectedError', KEY_HINT],
    [404, 'RefusedError', 'check the site id and the path of KRAKEN_API_URL'],
    ...[201, 202, 204, 206].map(
      (status) =>
        [
          status,
          'RefusedError',
          "only 200 counts as success: check KRAKEN_API_URL, or ask the API's operators",
        ] as const,
    ),
    ...[400, 405, 409, 410, 422, 451].map(
      (status) =>
        [
          status,
          'RefusedError',
          "the API rejected this request: check KRAKEN_API_URL, or ask the API's operators",
        ] as const,
    ),
    ...[300, 304].map(
      (status) =>
        [
          status,
          'RefusedError',
          'redirects are not followed, to protect the key: set KRAKEN_API_URL to the final URL',
        ] as const,
    ),
  ];
  for (const [status, type, hint] of final) {
    it(`returns a final error for ${status}`, async () => {
      const error = await toResponseError(answer(status), GET);
      expect(errorFields(error)).to.deep.equal({ type, message: `GET x: the API answered ${status}`, hint });
    });
  }

  it('suggests checking the path for the 403 that AWS API Gateway sends for unknown paths', async () => {
    const hint = `check the path of KRAKEN_API_URL: the server may not know it; then ${KEY_HINT}`;
    const expectedError = { type: 'KeyRejectedError', hint };
    const byBody = answer(403, bodyOf('{"message":"Missing Authentication Token"}'));
    const byHeader = answer(403, bodyOf(), { 'x-amzn-errortype': 'MissingAuthenticationTokenException' });
    for (const response of [byBody, byHeader]) {
      expect(errorFields(await toResponseError(response, GET))).to.include(expectedError);
    }
  });

  it('says that a list was rejected', async () => {
    const error = await toResponseError(answer(400), { ...GET, method: 'POST' });
    const hint = "the API rejected this list: compare it with preview, or ask the API's operators";
    expect(errorFields(error)).to.deep.equal({ type: 'RefusedError', message: 'POST x: the API answered 400', hint });
  });

  for (const [status, shown] of [
    [99, '099'],
    [600, '600'],
    [999, '999'],
  ] as const) {
    it(`shows the status ${shown}, which is outside the range of HTTP, and returns a retryable error`, async () => {
      const error = await toResponseError(answer(status), GET);
      expect(error.message).to.equal(`GET x: the API answered ${shown}`);
      expect(error).to.include({ phase: 'status', status });
    });
  }

  it('names the target of a redirect, with control characters escaped', async () => {
    const target = `https://elsewhere.example/\u009b${'x'.repeat(200)}`;
    const error = await toResponseError(answer(302, bodyOf('moved'), { location: target }), GET);
    expect(error.message).to.equal(
      `GET x: the API answered 302: "moved", a redirect to "https://elsewhere.example/\\u009b${'x'.repeat(53)}…"`,
    );
  });

  it('redacts a key that the API echoes, even where the text is cut', async () => {
    const json = JSON.stringify(KEY).slice(1, -1);
    const bodies = [
      `<p>${KEY}`,
      `${'x'.repeat(70)}${KEY}`,
      `{"message":"${'x'.repeat(190)}${json}","difference":"${json}"}`,
    ];
    for (const body of bodies) {
      const { message } = await toResponseError(answer(302, bodyOf(body), { location: `https://x.test/?${KEY}` }), GET);
      expect(message).to.include('[key]').and.not.to.include('s3cret');
    }
  });

  const messages: readonly [what: string, body: readonly (string | Uint8Array | Error)[], words: string][] = [
    ['its message', ['{"message":"Site not found"}'], ': "Site not found"'],
    ['its message, in several chunks', ['{"mess', 'age":"Forb', 'idden"}'], ': "Forbidden"'],
    ['its message, cut to 200 characters', [JSON.stringify({ message: 'm'.repeat(201) })], `: "${'m'.repeat(200)}…"`],
    ['its message and the difference', ['{"message":"no","difference":"record 1"}'], ': "no" (record 1)'],
    [
      'control characters, escaped',
      ['{"message":"\\u001b[2J\u202e","difference":"a\\nb"}'],
      ': "\\u001b[2J\\u202e" (a\\nb)',
    ],
    ['a text that is not JSON', ['no\n'], ': "no"'],
    ['JSON after a byte order mark', ['\ufeff{"message":"no"}'], ': "no"'],
    ['the title of an HTML page', ['<!DOCTYPE html><title>\nSign\n in</title>'], ': an HTML page titled "Sign in"'],
    ['an HTML page without a title', ['<!-- x --><html><h1>no'], ': an HTML page: "<!-- x --><html><h1>no"'],
    ['a text that is not JSON, cut to 80 characters', ['x'.repeat(81)], `: "${'x'.repeat(80)}…"`],
    ['JSON of another shape, as text', ['{"error":"no"}'], ': "{"error":"no"}"'],
    ['JSON of another type, as text', ['{"message":7}'], ': "{"message":7}"'],
    ['bytes that are not UTF-8', [Uint8Array.of(0x61, 0xff)], ': "a\ufffd"'],
    ['the start of a truncated body', ['half', new AttemptError('broke', { phase: 'body' })], ': "half"'],
    ['nothing of an empty body', [' \n'], ''],
  ];
  for (const [what, body, words] of messages) {
    it(`quotes ${what}`, async () => {
      expect(await messageFor(...body)).to.equal(`GET x: the API answered 400${words}`);
    });
  }

  it('cuts an endless error page', async () => {
    const difference = 'd'.repeat(10_000);
    expect(await messageFor(JSON.stringify({ message: 'no', difference }))).to.have.length(
      'GET x: the API answered 400: "no" ()'.length + 300,
    );
    const pages = Array.from({ length: 100 }, () => 'x'.repeat(1000));
    expect((await messageFor(...pages)).length).to.be.below(120);
  });

  it('returns an error for a 206 with a valid body', async () => {
    expect(await toResponseError(answer(206, bodyOf('[]')), GET)).not.to.be.instanceOf(InvalidDataError);
  });
});
