import { expect } from 'chai';
import { describe, it } from 'mocha';

import type { ConfigFlags } from '../../src/config/settings.ts';
import { deadlineFor, MAX_TIMER_MILLISECONDS, writeDuration } from '../../src/config/value-schemas.ts';
import { UsageError } from '../../src/domain/errors.ts';
import { inWorkspace } from './workspace.ts';

const KEY = 'k-0123456789';

describe('config: values', () => {
  const durations: readonly (readonly [string, number])[] = [
    ['500ms', 500],
    ['30s', 30_000],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['1.5s', 1500],
    ['.5s', 500],
    ['1.005s', 1005],
    ['10', 10_000],
    ['0.1ms', 1],
    ['2147483647ms', 2_147_483_647],
  ];
  for (const [text, milliseconds] of durations) {
    it(
      `parses ${text} as ${milliseconds} ms`,
      inWorkspace(async ({ load }) => {
        const { timeout, deadline } = await load({ timeout: text, deadline: text });
        expect([timeout.value, deadline.value]).to.deep.equal([milliseconds, milliseconds]);
      }),
    );
  }

  it('formats durations in the largest unit without a fraction', () => {
    const written = [1, 1500, 30_000, 90_000, 120_000, 3_600_000].map(writeDuration);
    expect(written).to.deep.equal(['1ms', '1500ms', '30s', '90s', '2m', '1h']);
  });

  const validUrls: readonly (readonly [string, string])[] = [
    ['https://api.example.com/a/v1', 'https://api.example.com/a/v1'],
    ['https://api.example.com/a/v1///', 'https://api.example.com/a/v1'],
    ['https://api.example.com', 'https://api.example.com'],
    ['HTTPS://api.example.com:443/', 'https://api.example.com'],
    ['http://localhost:3000/v1', 'http://localhost:3000/v1'],
    ['http://127.0.0.1:1', 'http://127.0.0.1:1'],
    ['http://127.9.8.7', 'http://127.9.8.7'],
    ['http://[::1]:80/x', 'http://[::1]/x'],
    ['http://127.1:0081/x', 'http://127.0.0.1:81/x'],
    ['https://api.example.com:/x', 'https://api.example.com/x'],
    ['https://api.example.com/a@b', 'https://api.example.com/a@b'],
  ];
  for (const [text, url] of validUrls) {
    it(
      `accepts the API URL ${text}`,
      inWorkspace(async ({ load }) => {
        expect((await load({ apiUrl: text })).apiUrl.value).to.equal(url);
      }),
    );
  }

  const invalidUrls: readonly (readonly [string, string])[] = [
    ['', 'is empty'],
    ['api.example.com/v1', 'must begin with https://'],
    ['localhost:3000', 'must begin with https://'],
    ['ftp://api.example.com', 'must begin with https://'],
    ['/v1', 'must begin with https://'],
    ['xhttps://api.example.com', 'must begin with https://'],
    ['https://', 'not a valid URL'],
    ['https://host:99999', 'not a valid URL'],
    ['https://joe:SECRET@api.example.com', 'user name or password'],
    ['https://SECRET@api.example.com', 'user name or password'],
    ['https://:SECRET@api.example.com', 'user name or password'],
    ['https://joe:SECRET@', 'not a valid URL'],
    ['https://api.example.com?key=SECRET', 'query'],
    ['https://api.example.com/?', 'query'],
    ['https://api.example.com/#SECRET', 'fragment'],
    ['http://api.example.com/v1', 'plain http:'],
    ['http://127.0.0.1.example.com', 'plain http:'],
    ['http://localhost.example.com', 'plain http:'],
    ['http://notlocalhost', 'plain http:'],
    ['http://api.localhost', 'plain http:'],
    ['http://127.0.0.1:0', 'there is no port 0'],
    ['https://api.example.com:00/v1', 'there is no port 0'],
    ['"https://api.example.com/v1"', 'must begin with https://'],
    ['http://[::2]', 'plain http:'],
    [' https://api.example.com', 'white space'],
    ['https://api.exa\nmple.com', 'white space'],
    ['https://api.example.com/\u0007', 'control character'],
  ];
  for (const [text, problem] of invalidUrls) {
    it(
      `rejects the API URL ${JSON.stringify(text)}`,
      inWorkspace(async ({ fail }) => {
        const error = await fail({ apiUrl: text });
        expect(error).to.be.instanceOf(UsageError);
        expect(error.message)
          .to.match(/^--api-url: /)
          .and.to.include(problem);
        expect(error.message + (error.hint ?? '')).not.to.include('SECRET');
        expect(error.hint).to.match(/https:\/\/api\.example\.com|^remove the quotes$/);
      }),
    );
  }

  const notKeys: readonly (readonly [string, string])[] = [
    [`"${KEY}"`, 'is in quotes'],
    [`'${KEY}'`, 'is in quotes'],
    ['SSM:/kraken/key', 'looks like a reference'],
    ['File:key.txt', 'looks like a reference'],
    ['ENV:KRAKEN_KEY', 'looks like a reference'],
    ['${KRAKEN_KEY}', 'is a variable or placeholder'],
    ['$KRAKEN_KEY', 'is a variable or placeholder'],
    ['$(cat_key)', 'is a variable or placeholder'],
    ['%KRAKEN_KEY%', 'is a variable or placeholder'],
    ['{{KRAKEN_KEY}}', 'is a variable or placeholder'],
    ['<your-api-key>', 'is a variable or placeholder'],
    ['https://api.example.com/v1', 'is a URL or ARN'],
    ['arn:aws:ssm:eu-west-2:1:parameter/key', 'is a URL or ARN'],
    ['KRAKEN_API_KEY=0123456789', 'is an assignment'],
    ['/run/secrets/key', 'is a path'],
    ['/kraken/key', 'is a path'],
    ['/Users/Jo/Key', 'is a path'],
    ['~/.kraken-key', 'is a path'],
    ['./kraken-key', 'is a path'],
    ['C:\\keys\\kraken', 'is a path'],
    ['secrets/key.txt', 'is a path'],
  ];
  for (const [text, problem] of notKeys) {
    it(
      `rejects the key ${text} with a hint`,
      inWorkspace(async ({ fail }) => {
        const error = await fail({}, { env: { KRAKEN_API_KEY: text } });
        expect(error.message)
          .to.match(/^KRAKEN_API_KEY: the API key /)
          .and.to.include(problem);
        expect(error.hint).to.be.a('string').that.is.not.empty;
        expect(error.message + (error.hint ?? '')).not.to.include(text);
      }),
    );
  }

  for (const text of [
    KEY,
    'k-0123456/456+789==',
    '/aB3dE/fGh+1234=',
    'AAAA=====',
    'a$b{c}%d<e>',
    'x.y.z-0123',
    '"half',
  ]) {
    it(
      `accepts the key ${text}`,
      inWorkspace(async ({ load }) => {
        expect((await load({}, { env: { KRAKEN_API_KEY: text } })).apiKey.value).to.equal(text);
      }),
    );
  }

  it(
    'parses a date as midnight UTC, from every source',
    inWorkspace(async ({ load, write }) => {
      const midnight = '2024-02-29T00:00:00Z';
      expect((await load({ cutoff: '2024-02-29' })).cutoff.value).to.equal(midnight);
      expect((await load({}, { env: { KRAKEN_CUTOFF: '2024-02-29' } })).cutoff.value).to.equal(midnight);
      await write({ '.kraken-outagesrc': 'cutoff: 2024-02-29' });
      expect((await load()).cutoff.value).to.equal(midnight);
    }),
  );

  it(
    'has a variable for each setting',
    inWorkspace(async ({ load }) => {
      const env = {
        KRAKEN_TIMEOUT: '5s',
        KRAKEN_DEADLINE: '6m',
        KRAKEN_RETRIES: '7',
        KRAKEN_RETRY_POST: 'safe',
        KRAKEN_CONCURRENCY: '9',
      };
      const { timeout, deadline, retries, retryPost, concurrency } = await load({}, { env });
      const values = [timeout, deadline, retries, retryPost, concurrency].map(({ value }) => value);
      expect(values).to.deep.equal([5000, 360_000, 7, 'safe', 9]);
    }),
  );

  it('sets the default deadline to 2 minutes, or a second per site if that is longer', () => {
    expect([0, 1, 120, 121, 300, 1e9].map((sites) => deadlineFor('auto', sites))).to.deep.equal([
      120_000,
      120_000,
      120_000,
      121_000,
      300_000,
      MAX_TIMER_MILLISECONDS,
    ]);
    expect(deadlineFor(5000, 300)).to.equal(5000);
  });

  const bad: readonly (readonly [ConfigFlags, string, string])[] = [
    [
      { cutoff: '2022-13-01' },
      '--cutoff: expected a date, or an RFC 3339 time with Z or an offset, not "2022-13-01"',
      'for example --cutoff 2022-01-01T00:00:00Z',
    ],
    [{ cutoff: ' 2022-01-01\n' }, '--cutoff: expected', 'write 2022-01-01'],
    [{ cutoff: '2022-02-29' }, '--cutoff: expected', 'for example --cutoff'],
    [{ deadline: 'automatic' }, '--deadline: expected auto, or a duration', '--deadline 10m'],
    [{ cutoff: '2022-01-01 10:30' }, '--cutoff: expected', 'write 2022-01-01T10:30:00Z'],
    [{ cutoff: '2022-01-01T00:00:00' }, '--cutoff: expected', 'write 2022-01-01T00:00:00Z'],
    [{ cutoff: '2022-01-01 00:00:00Z' }, '"2022-01-01 00:00:00Z"', 'write 2022-01-01T00:00:00Z'],
    [{ cutoff: '2022-02-31T00:00:00Z' }, '--cutoff: expected', 'for example --cutoff 2022-01-01T00:00:00Z'],
    [{ cutoff: '' }, '--cutoff: expected', 'for example --cutoff'],
    [{ timeout: '0' }, '--timeout: expected a duration', 'for example --timeout 30s'],
    [{ timeout: '0.0s' }, '--timeout: expected a duration', 'for example --timeout 30s'],
    [{ timeout: '-1s' }, '--timeout: expected a duration', 'for example --timeout 30s'],
    [{ timeout: '1d' }, '--timeout: expected a duration', 'for example --timeout 30s'],
    [{ timeout: '1 s' }, '--timeout: expected a duration', 'for example --timeout 30s'],
    [{ timeout: '.' }, '--timeout: expected a duration', 'for example --timeout 30s'],
    [{ timeout: '1e3' }, '--timeout: expected a duration', 'for example --timeout 30s'],
    [{ deadline: '2147483648ms' }, 'up to 24 days', 'for example --deadline 10m'],
    [{ deadline: '\u001b[31m' }, 'not "\\u001b[31m"', 'for example --deadline 10m'],
    [{ retries: '101' }, '--retries: expected a whole number from 0 to 100, not "101"', '--retries 5'],
    [{ retries: '1.5' }, '--retries: expected a whole number', '--retries 5'],
    [{ retries: '-1' }, '--retries: expected a whole number', '--retries 5'],
    [{ retries: '' }, '--retries: expected a whole number', '--retries 5'],
    [{ concurrency: '0' }, '--concurrency: expected auto, or a whole number from 1 to 64', '--concurrency auto'],
    [{ concurrency: '65' }, '--concurrency: expected auto, or a whole number from 1 to 64', '--concurrency auto'],
    [{ retryPost: 'Always' }, '--retry-post: expected always, safe or never, not "Always"', '--retry-post safe'],
    [{ site: [''] }, '--site: a site id is empty', '--site norwich-pear-tree'],
    [{ site: ['ok', '..'] }, '--site: expected a site id, not ".."', '--site norwich-pear-tree'],
    [{ site: ['.'] }, '--site: expected a site id, not "."', '--site norwich-pear-tree'],
    [{ site: ['a\u0007'] }, '"a\\u0007" contains a control character', '--site norwich-pear-tree'],
    [{ site: ['a\u0085'] }, 'contains a control character', '--site norwich-pear-tree'],
  ];
  for (const [flags, problem, hint] of bad) {
    it(
      `rejects ${JSON.stringify(flags)}`,
      inWorkspace(async ({ fail }) => {
        const error = await fail(flags);
        expect(error).to.be.instanceOf(UsageError);
        expect(error.message).to.include(problem);
        expect(error.hint).to.include(hint);
      }),
    );
  }

  it(
    'keeps the text of the cutoff and accepts the limits of numbers',
    inWorkspace(async ({ load }) => {
      const settings = await load({ cutoff: '2021-12-31T23:00:00.5-01:00', retries: '0', concurrency: '64' });
      expect(settings.cutoff).to.deep.equal({
        value: '2021-12-31T23:00:00.5-01:00',
        source: { kind: 'flag', label: '--cutoff' },
      });
      expect([settings.retries.value, settings.concurrency.value]).to.deep.equal([0, 64]);
    }),
  );
});
