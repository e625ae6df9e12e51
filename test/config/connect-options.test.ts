import { expect } from 'chai';
import { describe, it } from 'mocha';

import { checkOptions, checkSites, type ConnectOptions } from '../../src/config/connect-options.ts';
import { ConfigurationError } from '../../src/domain/errors.ts';

const GOOD = { apiUrl: 'https://api.example.com/v1', apiKey: 'key-of-tests' };

/** Checks options that a program without types may pass. */
function checkUntyped(given: unknown): unknown {
  const check: (options: never) => unknown = checkOptions;
  return Reflect.apply(check, undefined, [given]);
}

function failureOf(check: () => unknown): { message: string; hint: string } {
  try {
    check();
  } catch (error) {
    if (error instanceof ConfigurationError) return { message: error.message, hint: error.hint ?? '' };
  }
  throw new Error('no configuration error was thrown');
}

const INVALID: Readonly<Record<string, readonly [unknown, string, string?]>> = {
  'no options': [undefined, 'connect(options): expected an object', 'give at least apiUrl and apiKey'],
  'no URL': [{ apiKey: GOOD.apiKey }, 'connect({ apiUrl }): the option is missing'],
  'no key': [{ apiUrl: GOOD.apiUrl, apiKey: undefined }, 'connect({ apiKey }): the option is missing'],
  'a misspelt option': [
    { ...GOOD, time_out: 5 },
    'connect(options): unknown option "time_out"',
    'did you mean timeout?',
  ],
  'an option unlike any other': [
    { ...GOOD, verbose: true },
    'connect(options): unknown option "verbose"',
    'the options are apiUrl, apiKey, cutoff, cutoffInclusive, timeout, deadline, retries, retryPost, concurrency, proxy, caFile, signal, onEvent',
  ],
  'a duration with a unit': [
    { ...GOOD, timeout: '30s' },
    'connect({ timeout }): expected milliseconds, a number above 0 and up to 2147483647',
    'for example 30000 for 30s',
  ],
  'a negative duration': [
    { ...GOOD, deadline: -5 },
    'connect({ deadline }): expected milliseconds, a number above 0 and up to 2147483647, not -5',
    'for example 120000 for 2m',
  ],
  'a fractional number of retries': [
    { ...GOOD, retries: 1.5 },
    'connect({ retries }): expected a whole number from 0 to 100, not "1.5"',
  ],
  'a text for concurrency': [{ ...GOOD, concurrency: '8' }, "connect({ concurrency }): expected a number or 'auto'"],
  'an invalid signal': [{ ...GOOD, signal: {} }, 'connect({ signal }): expected an AbortSignal'],
};

describe('the options of connect()', () => {
  for (const [title, [options, message, hint]] of Object.entries(INVALID)) {
    it(`reject ${title}`, () => {
      const failure = failureOf(() => checkUntyped(options));
      expect(failure.message).to.equal(message);
      if (hint !== undefined) expect(failure.hint).to.equal(hint);
    });
  }

  for (const apiKey of ['env:KRAKEN_API_KEY', 'file:/run/secrets/key', 'SSM:/kraken/key']) {
    it(`reject ${apiKey} as the key`, () => {
      expect(failureOf(() => checkOptions({ ...GOOD, apiKey }))).to.deep.equal({
        message: 'connect({ apiKey }): the API key is a reference',
        hint: 'connect() does not resolve references: pass the key itself, for example process.env.KRAKEN_API_KEY',
      });
    });
  }

  it('are never quoted in the error if the key is not a string', () => {
    const { message, hint } = failureOf(() => checkUntyped({ ...GOOD, apiKey: 1234567890 }));
    expect(message).to.equal('connect({ apiKey }): expected a string');
    expect(hint).not.to.include('1234567890');
  });

  it('accept undefined as the default', () => {
    const given: { readonly [Name in keyof ConnectOptions]: ConnectOptions[Name] | undefined } = {
      ...GOOD,
      timeout: undefined,
      concurrency: undefined,
      signal: undefined,
    };
    expect(checkUntyped(given)).to.include({
      timeout: 30_000,
      concurrency: 'auto',
      retries: 5,
      cutoffInclusive: false,
    });
  });
});

describe('the sites of a call', () => {
  it('are distinct', () => {
    expect(checkSites('submit', ['b', 'a', 'b'])).to.deep.equal(['b', 'a']);
  });

  it('are an array, and not one site', () => {
    expect(failureOf(() => checkSites('submit', 'one-site'))).to.deep.equal({
      message: 'submit(sites): expected an array of site ids, not a string',
      hint: 'write submit(["one-site"])',
    });
  });

  for (const [title, sites] of Object.entries({ 'a number': [5], 'an empty text': [''], nothing: undefined })) {
    it(`are not ${title}`, () => {
      expect(failureOf(() => checkSites('preview', sites)).message).to.match(/^preview\(sites\): /);
    });
  }
});
