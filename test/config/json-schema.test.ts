import { readFile } from 'node:fs/promises';

import { Ajv } from 'ajv';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { parse } from 'yaml';

import { createJsonSchema } from '../../src/config/json-schema.ts';
import { renderTemplate } from '../../src/config/template.ts';
import { ConfigurationError } from '../../src/domain/errors.ts';
import { inWorkspace } from './workspace.ts';

/** Files, as YAML or JSON, that both the schema and the loader accept (GOOD) or reject (BAD). */
const GOOD: readonly string[] = [
  '',
  '# nothing yet',
  'null',
  '{}',
  '{"$schema": "./node_modules/kraken-outages/dist/config.schema.json", "retries": 3}',
  'apiUrl: https://api.example.com/a/v1/',
  'apiUrl: HTTPS://api.example.com:443',
  'apiUrl: https://api.example.com/a@b',
  'apiUrl: http://localhost:3000/v1',
  'apiUrl: http://127.9.8.7',
  'apiUrl: http://[::1]:80/x',
  'apiUrl: env:URL',
  'apiUrl: file:url',
  'apiKey: env:KEY',
  'apiKey: file:the key.txt',
  'apiKey: k-0123/456+789==',
  'apiKey: 0123456789',
  'sites: [0123, 2022-01-01, no, 1e3, true, "ely old mill", "a#b", "..."]',
  'sites: []',
  'cutoff: 2022-01-01T00:00:00Z',
  'cutoff: 2022-01-01',
  'cutoff: 2021-12-31t23:00:00.123456789-01:00',
  'cutoffInclusive: true',
  'cutoffInclusive: "false"',
  ...['500ms', '30s', '2m', '1h', '1.5s', '.5s', '"10"', '10', '0.5', '1.'].map((text) => `timeout: ${text}`),
  ...['596h', '35791m', '2147483.647', '2147483s', '2147483647ms', '"2147483.647s"', '0000001h', '99999.5s'].map(
    (text) => `deadline: ${text}`,
  ),
  'deadline: auto',
  ...['2024-02-29T23:59:59Z', '2022-10-31t00:00:00.5-23:59', '2016-12-31T23:59:60Z'].map((text) => `cutoff: ${text}`),
  'apiUrl: https://api.example.com/ü',
  ...['0', '5', '100', '"7"', '"099"', '"100"'].map((text) => `retries: ${text}`),
  ...['1', '64', '"8"', '"064"', '"60"', 'auto'].map((text) => `concurrency: ${text}`),
  ...['always', 'safe', 'never'].map((text) => `retryPost: ${text}`),
  'profiles:',
  'profiles: {live: }',
  'profile: live\nprofiles: {live: {apiUrl: "https://live.example", apiKey: "env:KEY", sites: [a]}, 7: {}}',
];
const BAD: readonly string[] = [
  'just text',
  '[a]',
  'cutof: 2022-01-01T00:00:00Z',
  'api-key: x',
  'profiles: {live: {cutof: x}}',
  'profiles: {live: {profile: x}}',
  'profiles: {live: {$schema: x}}',
  'profiles: [live]',
  'profiles: {live: x}',
  'profile: [live]',
  'profile:',
  'apiUrl: ""',
  'apiUrl: api.example.com/v1',
  'apiUrl: ftp://api.example.com',
  'apiUrl: https://joe:word@api.example.com',
  'apiUrl: https://api.example.com?a=b',
  'apiUrl: "https://api.example.com/#a"',
  'apiUrl: http://api.example.com/v1',
  'apiUrl: http://127.0.0.1.example.com',
  'apiUrl: http://notlocalhost',
  'apiUrl: http://api.localhost',
  'apiUrl: " https://api.example.com"',
  'apiUrl: "https://api.example.com/\\u0007"',
  'apiUrl: [https://api.example.com]',
  'apiUrl:',
  'apiKey: ""',
  'apiKey: two words',
  'apiKey: "line\\nbreak"',
  'apiKey: é',
  'apiKey: "env:1"',
  'apiKey: "file:"',
  'apiKey: "ssm:"',
  'apiKey: "ssm:two words"',
  'apiKey: {a: b}',
  'sites: norwich-pear-tree',
  'sites: [""]',
  'sites: ["  "]',
  'sites: [.., a]',
  'sites: ["."]',
  'sites: ["a\\u0007"]',
  'sites: [[a]]',
  'sites: [null]',
  'sites:',
  'cutoff: 2022-01-01T00:00:00',
  'cutoff: yesterday',
  ...['2022-04-31', '2022-13-01T00:00:00Z', '2022-04-31T00:00:00Z', '2022-02-30T00:00:00Z', '2022-00-01T00:00:00Z'].map(
    (text) => `cutoff: ${text}`,
  ),
  ...['2022-01-01T24:00:00Z', '2022-01-01T00:60:00Z', '2022-01-01T00:00:61Z', '2022-01-01T00:00:00+24:00'].map(
    (text) => `cutoff: ${text}`,
  ),
  'cutoffInclusive: "yes"',
  'cutoffInclusive: 1',
  ...['0', '0s', '-1', '1d', '"1 s"', '""', '1e3s', '"."'].map((text) => `timeout: ${text}`),
  ...['597h', '35792m', '2147484', '2147483.648', '2147484s', '"2147484"', '2147483648ms', '25h1', '1000h'].map(
    (text) => `deadline: ${text}`,
  ),
  ...['-1', '101', '1.5', 'many', '""', '"101"', '"110"', '"200"', '"1000"', '"0000000005"'].map(
    (text) => `retries: ${text}`,
  ),
  ...['0', '65', '"65"', '"0"', '"70"', '"100"', 'automatic', '8auto'].map((text) => `concurrency: ${text}`),
  'retryPost: Always',
  'retryPost: true',
];

describe('config: the JSON Schema', () => {
  const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(createJsonSchema());
  /** Parses YAML as editors do. */
  const valueOf = (text: string): unknown => parse(text) as unknown;

  for (const text of GOOD) {
    it(
      `accepts ${JSON.stringify(text)}, like the loader`,
      inWorkspace(async ({ load, write }) => {
        await write({ file: text, url: 'https://a.example', 'the key.txt': 'k-1' });
        await load({ config: 'file' }, { env: { URL: 'https://a.example', KEY: 'k-1' } });
        expect(validate(valueOf(text)), JSON.stringify(validate.errors)).to.equal(true);
      }),
    );
  }

  for (const text of BAD) {
    it(
      `rejects ${JSON.stringify(text)}, like the loader`,
      inWorkspace(async ({ fail, write }) => {
        await write({ file: text });
        expect(await fail({ config: 'file' })).to.be.instanceOf(ConfigurationError);
        expect(validate(valueOf(text))).to.equal(false);
      }),
    );
  }

  it('accepts references to Parameter Store', () => {
    for (const name of ['/kraken/key', '/kraken/key:3?region=eu-west-1&profile=work', 'arn:aws:ssm:a:1:parameter/x']) {
      expect(validate({ apiUrl: `ssm:${name}`, apiKey: `ssm:${name}` })).to.equal(true);
    }
  });

  it('accepts the example and a new file', async () => {
    const example = await readFile(new URL('../../.kraken-outagesrc.example', import.meta.url), 'utf8');
    for (const text of [example, renderTemplate(new Map())]) {
      expect(validate(valueOf(text)), JSON.stringify(validate.errors)).to.equal(true);
    }
  });

  it('is in the package at the path that the example names', async () => {
    const example = await readFile(new URL('../../.kraken-outagesrc.example', import.meta.url), 'utf8');
    const [, path = ''] = /^# yaml-language-server: \$schema=node_modules\/kraken-outages\/(\S+)\n/.exec(example) ?? [];
    const shipped: unknown = JSON.parse(await readFile(new URL(`../../${path}`, import.meta.url), 'utf8'));
    expect(shipped).to.deep.equal(createJsonSchema());
  });
});
