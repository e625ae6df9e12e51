import { inspect } from 'node:util';

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { ConfigurationError, UsageError } from '../../src/domain/errors.ts';
import { inputOf } from '../support/environment.ts';
import { errorFields } from '../support/thrown.ts';
import { inWorkspace, shown } from './workspace.ts';

const KEY = 'k-0123456789';

describe('config: references', () => {
  it(
    'resolve ~/ in file: references and file names to the home directory',
    inWorkspace(async ({ load, write, home }) => {
      await write({ '../key': 'k-home-0123', '../sites.txt': 'a\n', '.kraken-outagesrc': 'cutoff: 2022-01-01' });
      const { apiKey } = await load({}, { env: { KRAKEN_API_KEY: 'file:~/key' } });
      expect(apiKey.value).to.equal('k-home-0123');
      const { apiKey: flagged, sites } = await load({ apiKeyFile: '~/key', sitesFile: '~/sites.txt' });
      expect([flagged.value, sites.value]).to.deep.equal(['k-home-0123', ['a']]);
      await write({ '~/key': 'k-literal-0123' });
      const literal = await load({ apiKeyFile: './~/key' });
      expect(literal.apiKey.value).to.equal('k-literal-0123');
      expect(home).to.not.include('~');
    }),
  );

  it(
    'resolve env: and file: in flags, variables and files',
    inWorkspace(async ({ load, write }) => {
      await write({
        'url.txt': 'https://a.example/v1/\r\n',
        'conf/key': `${KEY}\n`,
        'conf/c.yaml': 'apiKey: file:key',
      });
      const settings = await load({ apiUrl: 'file:url.txt', config: 'conf/c.yaml' });
      expect(settings.apiUrl.value).to.equal('https://a.example/v1');
      expect(settings.apiKey).to.deep.equal({
        value: KEY,
        source: { kind: 'file', label: 'conf/c.yaml:1 (apiKey) -> file:key' },
      });
      const byVariable = await load({}, { env: { KRAKEN_API_KEY: 'env:MINE', MINE: KEY } });
      expect(byVariable.apiKey).to.deep.equal({
        value: KEY,
        source: { kind: 'env', label: 'KRAKEN_API_KEY -> env:MINE' },
      });
      const ofWorkingDirectory = await load({}, { env: { KRAKEN_API_KEY: 'file:conf/key' } });
      expect(ofWorkingDirectory.apiKey.value).to.equal(KEY);
    }),
  );

  it(
    'are recognized only at the start of a value',
    inWorkspace(async ({ load }) => {
      const { apiKey } = await load({}, { env: { KRAKEN_API_KEY: 'k-env:MINE', MINE: KEY } });
      expect(apiKey).to.deep.equal({ value: 'k-env:MINE', source: { kind: 'env', label: 'KRAKEN_API_KEY' } });
    }),
  );

  it(
    'resolve a path relative to the file that contains it',
    inWorkspace(async ({ cwd, load, write }) => {
      await write({ '.kraken-outagesrc': 'apiKey: file:key', key: KEY, 'sub/key': 'wrong' });
      const settings = await load({ config: '../.kraken-outagesrc' }, { cwd: `${cwd}/sub` });
      expect(settings.apiKey).to.deep.equal({
        value: KEY,
        source: { kind: 'file', label: '../.kraken-outagesrc:1 (apiKey) -> file:key' },
      });
    }),
  );

  const bad: readonly (readonly [string, string, RegExp])[] = [
    ['an unset variable', 'env:NOPE', /^KRAKEN_API_KEY: the environment variable NOPE is not set$/],
    ['an inherited property', 'env:__proto__', /^KRAKEN_API_KEY: the environment variable __proto__ is not set$/],
    ['an empty variable', 'env:EMPTY', /^KRAKEN_API_KEY: the environment variable EMPTY is empty$/],
    ['an invalid variable name', 'env:SECRET key', /^KRAKEN_API_KEY: env: must be followed by the name of a variable$/],
    ['an empty path', 'file:', /^KRAKEN_API_KEY: file: must be followed by a path$/],
    ['a missing file', 'file:nope', /^KRAKEN_API_KEY: the file \/.*\/nope cannot be read: no such file or directory$/],
    ['a directory', 'file:.', /^KRAKEN_API_KEY: the file \/.* cannot be read: is a directory$/],
    ['a chain through a variable', 'env:CHAIN', /^KRAKEN_API_KEY -> env:CHAIN: references cannot be chained$/],
    ['a chain through a file', 'file:chain', /^KRAKEN_API_KEY -> file:chain: references cannot be chained$/],
    ['a file that is too large', 'file:large', /^KRAKEN_API_KEY: the file \/.*\/large is larger than 64 KiB$/],
    ['an empty parameter name', 'ssm:', /^KRAKEN_API_KEY: ssm: must be followed by a parameter name$/],
    ['an invalid parameter name', 'ssm:SECRET key', /^KRAKEN_API_KEY: ssm: must be followed by a parameter name$/],
    ['an unknown query parameter', 'ssm:/k?zone=1', /^KRAKEN_API_KEY: ssm: takes region and profile, not "zone"$/],
    ['a host as the region', 'ssm:/k?region=evil.example/', /^KRAKEN_API_KEY: "evil\.example\/" is not an AWS region$/],
    [
      'a host and path as the region',
      'ssm:/k?region=evil.example/x',
      /^KRAKEN_API_KEY: "evil\.example\/x" is not an AWS region$/,
    ],
    ['an empty region', 'ssm:/k?region=', /^KRAKEN_API_KEY: "" is not an AWS region$/],
    ['an empty profile', 'ssm:/k?profile=', /^KRAKEN_API_KEY: the name of the profile is empty$/],
    ['an invalid key as the target', 'env:BAD', /^KRAKEN_API_KEY -> env:BAD: the API key has a space at position 7$/],
  ];
  for (const [what, reference, message] of bad) {
    it(
      `are rejected with ${what}`,
      inWorkspace(async ({ fail, write }) => {
        await write({ chain: 'env:SECRET\n', large: 'x'.repeat(64 * 1024 + 1) });
        const env = { KRAKEN_API_KEY: reference, EMPTY: '', CHAIN: 'file:SECRET', BAD: 'SECRET key' };
        const error = await fail({}, { env });
        expect(error).to.be.instanceOf(ConfigurationError);
        expect(error.message).to.match(message);
        expect(error.hint).not.to.be.oneOf([undefined, '']);
        expect(shown(error)).not.to.include('SECRET');
      }),
    );
  }

  it(
    'are not read, resolved or checked if no secrets are needed',
    inWorkspace(async ({ load, write }) => {
      await write({ '.kraken-outagesrc': 'apiKey: file:nope\napiUrl: nonsense\nretries: 1' });
      const settings = await load({ apiKeyFile: 'nope' }, { env: { KRAKEN_API_KEY: 'two words' } }, false);
      expect([settings.apiUrl.value, settings.apiKey.value]).to.deep.equal([undefined, undefined]);
      expect(settings.retries.value).to.equal(1);
    }),
  );
});

describe('config: the key', () => {
  for (const [ending, content] of Object.entries({
    none: KEY,
    LF: `${KEY}\n`,
    CRLF: `${KEY}\r\n`,
    BOM: `\ufeff${KEY}`,
  })) {
    it(
      `is read from --api-key-file (${ending})`,
      inWorkspace(async ({ load, write }) => {
        await write({ key: content });
        const byFile = await load({ apiKeyFile: 'key' }, { env: { KRAKEN_API_KEY: 'other' } });
        expect(byFile.apiKey).to.deep.equal({ value: KEY, source: { kind: 'file', label: '--api-key-file key' } });
        const byStdin = await load({ apiKeyFile: '-' }, { stdin: inputOf(content) });
        expect(byStdin.apiKey.value).to.equal(KEY);
      }),
    );
  }

  it(
    'appears in only one setting',
    inWorkspace(async ({ load }) => {
      const settings = await load({}, { env: { KRAKEN_API_KEY: KEY } });
      expect(inspect({ ...settings, apiKey: settings.apiKey.source }, { depth: 9 })).not.to.include(KEY);
    }),
  );

  it(
    'causes a usage error if its file cannot be read',
    inWorkspace(async ({ fail, write }) => {
      const missing = await fail({ apiKeyFile: 'nope' });
      expect(errorFields(missing)).to.deep.equal({
        type: 'UsageError',
        message: '--api-key-file nope: the file cannot be read: no such file or directory',
        hint: 'name a file that contains only the key, or - for stdin',
      });
      expect(missing.cause).to.have.property('code', 'ENOENT');
      await write({ large: 'x'.repeat(64 * 1024 + 1) });
      expect((await fail({ apiKeyFile: 'large' })).message).to.equal(
        '--api-key-file large: the file is larger than 64 KiB',
      );
      const byStdin = await fail({ apiKeyFile: '-' }, { stdin: inputOf('x'.repeat(64 * 1024 + 1)) });
      expect(byStdin).to.be.instanceOf(UsageError);
      expect(byStdin.message).to.equal('--api-key-file -: stdin is larger than 64 KiB');
      expect(errorFields(await fail({ apiKeyFile: '' }))).to.deep.equal({
        type: 'UsageError',
        message: '--api-key-file: expected a file name',
        hint: 'name a file that contains only the key, or - for stdin',
      });
    }),
  );

  const bad: readonly (readonly [string, string])[] = [
    ['', 'is empty'],
    ['\n', 'is empty'],
    ['SECRET\n\n', 'has a line break at position 7'],
    ['SECRET\nSECRET', 'has a line break at position 7'],
    ['SECRET\r', 'has a line break at position 7'],
    [' SECRET', 'has a space at position 1'],
    ['SECRET ', 'has a space at position 7'],
    ['SECRET\u0000', 'has a control character at position 7'],
    ['SECRET\t', 'has a control character at position 7'],
    ['SECRÉT', 'has a character beyond ASCII at position 5'],
    ['“SECRET”', 'has a character beyond ASCII at position 1'],
  ];
  for (const [content, problem] of bad) {
    it(
      `is rejected without showing it: ${JSON.stringify(content)}`,
      inWorkspace(async ({ fail, write }) => {
        await write({ key: content, '.kraken-outagesrc': `apiKey: ${JSON.stringify(content)}` });
        const sources: readonly (readonly [string, Parameters<typeof fail>])[] = [
          ['--api-key-file key', [{ apiKeyFile: 'key' }]],
          ['--api-key-file -', [{ apiKeyFile: '-' }, { stdin: inputOf(content) }]],
          ['KRAKEN_API_KEY -> file:key', [{}, { env: { KRAKEN_API_KEY: 'file:key' } }]],
        ];
        for (const [label, args] of sources) {
          const error = await fail(...args);
          expect(error).to.be.instanceOf(ConfigurationError);
          expect(error.message).to.equal(`${label}: the API key ${problem}`);
          expect(shown(error)).not.to.match(/SECR/);
        }
        const ofFile = await fail({ config: '.kraken-outagesrc' });
        expect(ofFile.message).to.match(/^\.kraken-outagesrc:1 \(apiKey\): the API key /);
        expect(shown(ofFile)).not.to.match(/SECR/);
      }),
    );
  }

  it(
    'is not shown if it is used as the URL',
    inWorkspace(async ({ fail }) => {
      expect(shown(await fail({}, { env: { KRAKEN_API_URL: KEY } }))).not.to.include(KEY);
    }),
  );
});
