import { chmod } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { missingError, openConfiguration, requireApi } from '../../src/config/load.ts';
import type { Environment } from '../../src/platform/environment.ts';
import { ConfigurationError, UsageError } from '../../src/domain/errors.ts';
import { inputOf, testEnvironment } from '../support/environment.ts';
import { rejectionOf, thrownBy, errorFields } from '../support/thrown.ts';
import { inWorkspace } from './workspace.ts';

const KEY = 'k-0123456789';

describe('config: precedence', () => {
  it(
    'returns frozen defaults without any configuration',
    inWorkspace(async ({ load }) => {
      const settings = await load();
      const values = Object.entries(settings).map(([name, setting]: [string, { value: unknown }]) => [
        name,
        setting.value,
      ]);
      expect(Object.fromEntries(values)).to.deep.equal({
        apiUrl: undefined,
        apiKey: undefined,
        sites: [],
        cutoff: '2022-01-01T00:00:00Z',
        cutoffInclusive: false,
        timeout: 30_000,
        deadline: 'auto',
        retries: 5,
        retryPost: 'always',
        concurrency: 'auto',
        queue: undefined,
      });
      for (const frozen of [settings, settings.sites, settings.sites.value, settings.cutoff, settings.cutoff.source]) {
        expect(frozen).to.be.frozen;
      }
      expect(settings.cutoff.source).to.deep.equal({ kind: 'default', label: 'default' });
    }),
  );

  it(
    'prefers flags to variables, the project file and the user file, for each key',
    inWorkspace(async ({ load, write }) => {
      const cutoff = (year: number): string => `${year}-01-01T00:00:00Z`;
      await write({
        '.kraken-outagesrc': `cutoff: ${cutoff(2003)}\nretries: 3\ntimeout: 3s\nsites: [three]`,
        '../.config/kraken-outages/config.yaml': `cutoff: ${cutoff(2004)}\nretries: 4\nconcurrency: 4\ntimeout: 4s`,
      });
      const env = { KRAKEN_CUTOFF: cutoff(2002), KRAKEN_SITE: 'two,b' };
      const first = await load({ cutoff: cutoff(2001), retries: '1' }, { env });
      expect(first.cutoff.value).to.equal(cutoff(2001));
      expect(first.retries.source.label).to.equal('--retries');
      expect(first.sites).to.deep.equal({ value: ['two', 'b'], source: { kind: 'env', label: 'KRAKEN_SITE' } });
      const second = await load({}, { env });
      expect(second.cutoff).to.deep.equal({
        value: cutoff(2002),
        source: { kind: 'env', label: 'KRAKEN_CUTOFF' },
      });
      const third = await load();
      expect(third.cutoff).to.deep.equal({
        value: cutoff(2003),
        source: { kind: 'file', label: '.kraken-outagesrc:1 (cutoff)' },
      });
      expect(third.sites).to.deep.equal({
        value: ['three'],
        source: { kind: 'file', label: '.kraken-outagesrc:4 (sites)' },
      });
      expect(third.concurrency.value).to.equal(4);
      expect(third.concurrency.source.label).to.match(/\/\.config\/kraken-outages\/config\.yaml:3 \(concurrency\)$/);
    }),
  );

  it(
    'reads the user file from XDG_CONFIG_HOME if it is absolute',
    inWorkspace(async ({ home, load, write }) => {
      await write({ '../xdg/kraken-outages/config.yaml': 'retries: 9' });
      expect((await load({}, { env: { XDG_CONFIG_HOME: `${home}/xdg` } })).retries.value).to.equal(9);
      expect((await load({}, { env: { XDG_CONFIG_HOME: '../xdg' } })).retries.value).to.equal(5);
    }),
  );

  it(
    'ignores an empty variable, but rejects an empty key or URL',
    inWorkspace(async ({ fail, load, write }) => {
      await write({ '.kraken-outagesrc': 'retries: 3' });
      const empty = { KRAKEN_SITE: '', KRAKEN_CUTOFF: '', KRAKEN_PROFILE: '', KRAKEN_CONFIG: '' };
      const settings = await load({}, { env: empty });
      expect([settings.retries.value, settings.cutoff.source.kind]).to.deep.equal([3, 'default']);
      for (const name of ['KRAKEN_API_KEY', 'KRAKEN_API_URL']) {
        const error = await fail({}, { env: { [name]: '' } });
        expect(error).to.be.instanceOf(ConfigurationError);
        expect(error.message).to.match(new RegExp(`^${name}: .* is empty$`));
        expect(error.hint).to.equal(`give ${name} a value, or unset it`);
      }
      await load({}, { env: { KRAKEN_API_KEY: '', KRAKEN_API_URL: '' } }, false);
    }),
  );

  it(
    'reports an invalid value of a variable or file as a configuration error',
    inWorkspace(async ({ fail, write }) => {
      const ofVariable = await fail({}, { env: { KRAKEN_CUTOFF: 'yesterday' } });
      expect(ofVariable).to.be.instanceOf(ConfigurationError);
      expect(ofVariable.message).to.match(/^KRAKEN_CUTOFF: expected .*"yesterday"$/);
      expect(ofVariable.hint).to.equal('for example KRAKEN_CUTOFF=2022-01-01T00:00:00Z');
      await write({ '.kraken-outagesrc': '# first\nretries: many' });
      const ofFile = await fail();
      expect(ofFile).to.be.instanceOf(ConfigurationError);
      expect(ofFile.message).to.match(/^\.kraken-outagesrc:2 \(retries\): expected .*"many"$/);
      expect(ofFile.hint).to.equal('for example retries: 5');
      await write({ '.kraken-outagesrc': 'cutoffInclusive: yes' });
      expect(errorFields(await fail())).to.deep.equal({
        type: 'ConfigurationError',
        message: '.kraken-outagesrc:1 (cutoffInclusive): expected true or false, not "yes"',
        hint: 'for example cutoffInclusive: true',
      });
    }),
  );

  it(
    'reads --config or KRAKEN_CONFIG in place of the project file',
    inWorkspace(async ({ load, write }) => {
      await write({
        '.kraken-outagesrc': 'retries: 1\ntimeout: 1s',
        'flag.yaml': 'retries: 2',
        'env.yaml': 'retries: 3',
        '../.config/kraken-outages/config.yaml': 'concurrency: 4',
      });
      const env = { KRAKEN_CONFIG: 'env.yaml' };
      const byFlag = await load({ config: './flag.yaml' }, { env });
      expect([byFlag.retries.value, byFlag.timeout.value, byFlag.concurrency.value]).to.deep.equal([2, 30_000, 4]);
      expect(byFlag.retries.source.label).to.equal('./flag.yaml:1 (retries)');
      expect((await load({}, { env })).retries.value).to.equal(3);
    }),
  );

  it(
    'reports a missing --config file with the flag or variable that names it',
    inWorkspace(async ({ cwd, fail }) => {
      const byFlag = await fail({ config: 'no.yaml' });
      const hint = 'name a file that can be read';
      expect(errorFields(byFlag)).to.deep.equal({
        type: 'UsageError',
        message: '--config: no.yaml cannot be read: no such file or directory',
        hint,
      });
      expect(byFlag.cause).to.have.property('code', 'ENOENT');
      const byVariable = await fail({}, { env: { KRAKEN_CONFIG: 'no.yaml' } });
      const message = 'KRAKEN_CONFIG: no.yaml cannot be read: no such file or directory';
      expect(errorFields(byVariable)).to.deep.equal({ type: 'ConfigurationError', message, hint });
      expect((await fail({ config: cwd })).message).to.match(/ cannot be read: is a directory$/);
      expect(errorFields(await fail({ config: '' }))).to.deep.equal({
        type: 'UsageError',
        message: '--config: expected a file name',
        hint: 'give the file to read',
      });
    }),
  );

  it(
    'reports an unreadable user file',
    inWorkspace(async ({ home, fail, write }) => {
      await write({ '../.config/kraken-outages/config.yaml/a': '' });
      const error = await fail();
      expect(errorFields(error)).to.deep.equal({
        type: 'ConfigurationError',
        message: `${home}/.config/kraken-outages/config.yaml cannot be read: is a directory`,
        hint: 'make it readable, or remove it',
      });
      expect(error.cause).to.have.property('code', 'EISDIR');
    }),
  );
});

describe('config: profiles', () => {
  const PROJECT = 'retries: 1\ntimeout: 1s\nprofiles:\n  live:\n    retries: 2\n  test:\n    retries: 3\n';

  it(
    'override the values of their own file if a flag, variable or file selects them',
    inWorkspace(async ({ load, write }) => {
      await write({
        '.kraken-outagesrc': `profile: live\n${PROJECT}`,
        '../.config/kraken-outages/config.yaml': 'profiles: {live: {timeout: 9s, concurrency: 9}, test: {}}',
      });
      const config = '.kraken-outagesrc';
      const live = await load({ config });
      expect(live.retries.value).to.equal(2);
      expect(live.retries.source.label).to.equal('.kraken-outagesrc:6 (profiles.live.retries)');
      expect([live.timeout.value, live.concurrency.value]).to.deep.equal([1000, 9]);
      const env = { KRAKEN_PROFILE: 'test' };
      expect((await load({ config }, { env })).retries.value).to.equal(3);
      expect((await load({ config, profile: 'live' }, { env })).retries.value).to.equal(2);
    }),
  );

  it(
    'may contain any setting, including references and sites',
    inWorkspace(async ({ load, write }) => {
      await write({
        'c.yaml':
          'apiUrl: https://a.example\nsites: [a]\ncutoffInclusive: true\nprofiles:\n' +
          '  live: {apiUrl: "env:LIVE_URL", apiKey: "file:key", sites: [b, c], cutoffInclusive: false}\n  none:\n',
        key: KEY,
      });
      const env = { KRAKEN_CONFIG: 'c.yaml', LIVE_URL: 'https://live.example' };
      const live = await load({ profile: 'live' }, { env });
      expect([live.apiUrl.value, live.apiKey.value]).to.deep.equal(['https://live.example', KEY]);
      expect([live.sites.value, live.cutoffInclusive.value]).to.deep.equal([['b', 'c'], false]);
      expect(live.apiUrl.source.label).to.equal('c.yaml:5 (profiles.live.apiUrl) -> env:LIVE_URL');
      expect((await load({ profile: 'none' }, { env })).apiUrl.value).to.equal('https://a.example');
    }),
  );

  it(
    'are found in the project file and the user file',
    inWorkspace(async ({ load, write }) => {
      await write({ '../.config/kraken-outages/config.yaml': 'profile: live\nprofiles: {live: {retries: 7}}' });
      expect((await load()).retries.value).to.equal(7);
      await write({ '.kraken-outagesrc': 'retries: 1\nprofile: test\nprofiles: {test: {timeout: 3s}}' });
      const both = await load();
      expect([both.retries.value, both.timeout.value]).to.deep.equal([1, 3000]);
      // A profile overrides the other values of its own file, not those of the project file.
      expect((await load({ profile: 'live' })).retries.value).to.equal(1);
    }),
  );

  it(
    'are listed in the error about an unknown profile',
    inWorkspace(async ({ fail, write }) => {
      expect((await fail({ profile: 'x' })).hint).to.equal('no configuration file was found');
      await write({ '.kraken-outagesrc': 'retries: 1' });
      expect((await fail({ profile: 'x' })).hint).to.equal('.kraken-outagesrc has none');
      await write({ empty: '' });
      expect((await fail({ profile: 'x', config: 'empty' })).hint).to.equal('empty has none');
      await write({ '.kraken-outagesrc': PROJECT });
      const byFlag = await fail({ profile: 'constructor' });
      expect(byFlag).to.be.instanceOf(UsageError);
      expect(byFlag.message).to.equal('--profile: there is no profile "constructor"');
      expect(byFlag.hint).to.equal('the profiles are "live", "test"');
      expect(await fail({}, { env: { KRAKEN_PROFILE: 'x' } })).to.be.instanceOf(ConfigurationError);
      expect((await fail({}, { env: { KRAKEN_PROFILE: 'x' } })).message).to.match(/^KRAKEN_PROFILE: /);
      await write({ '.kraken-outagesrc': 'retries: 1', '../.config/kraken-outages/config.yaml': 'retries: 1' });
      expect((await fail({ profile: 'x' })).hint).to.match(/^\.kraken-outagesrc and \/.+config\.yaml has none$/);
      await write({ '.kraken-outagesrc': 'profile: x' });
      expect((await fail()).message).to.equal('.kraken-outagesrc:1 (profile): there is no profile "x"');
    }),
  );
});

describe('config: sites', () => {
  const lists: readonly (readonly [string, readonly string[]])[] = [
    ['a', ['a']],
    ['a,b', ['a', 'b']],
    [' a, b\n\tc ,,a ', ['a', 'b', 'c']],
  ];
  for (const [text, sites] of lists) {
    it(
      `are read from KRAKEN_SITE=${JSON.stringify(text)}`,
      inWorkspace(async ({ load }) => {
        expect((await load({}, { env: { KRAKEN_SITE: text } })).sites.value).to.deep.equal(sites);
      }),
    );
  }

  it(
    'are required in a KRAKEN_SITE that contains only separators',
    inWorkspace(async ({ fail }) => {
      for (const text of [' ', ',', '\n,']) {
        expect((await fail({}, { env: { KRAKEN_SITE: text } })).message).to.equal('KRAKEN_SITE: a site id is empty');
      }
    }),
  );

  it(
    'are taken from the arguments, before --site',
    inWorkspace(async ({ load, fail }) => {
      const { sites } = await load({ siteArguments: ['b,c', 'a'], site: ['d'] });
      expect(sites).to.deep.equal({
        value: ['b,c', 'a', 'd'],
        source: { kind: 'flag', label: 'site argument, --site' },
      });
      expect((await fail({ siteArguments: [''] })).message).to.equal('site argument: a site id is empty');
    }),
  );

  it(
    'can be mixed with comments and blank lines in --sites-file',
    inWorkspace(async ({ load, write }) => {
      await write({ 'sites.txt': '# north\na\n\n  # b\n#c\nd#e\n' });
      expect((await load({ sitesFile: 'sites.txt' })).sites.value).to.deep.equal(['a', 'd#e']);
    }),
  );

  it(
    'merge --site and --sites-file in order without duplicates',
    inWorkspace(async ({ load, write }) => {
      await write({ 'sites.txt': '\ufeff b \r\n\r\n\n\tc d\r\na\nb' });
      const { sites } = await load({ site: ['a', 'b', 'a'], sitesFile: 'sites.txt' });
      expect(sites).to.deep.equal({
        value: ['a', 'b', 'c d'],
        source: { kind: 'flag', label: '--site, --sites-file' },
      });
      const { sites: listed } = await load({ sitesFile: 'sites.txt' });
      expect(listed.source).to.deep.equal({ kind: 'flag', label: '--sites-file' });
    }),
  );

  it(
    'are read from stdin with --sites-file -',
    inWorkspace(async ({ load }) => {
      const { sites } = await load({ sitesFile: '-' }, { stdin: inputOf('a\nb\n') });
      expect(sites.value).to.deep.equal(['a', 'b']);
    }),
  );

  const WRITE = 'write one id per line';
  const SAVE = 'save the file as UTF-8';
  const EXAMPLE = 'for example --site norwich-pear-tree';
  const bad: readonly (readonly [string, string | Uint8Array, (name: string) => string, string])[] = [
    ['an empty file', ' \r\n\n', (name) => `--sites-file: ${name} contains no site id`, WRITE],
    ['an invalid id', 'a\n\n..\n', (name) => `${name}:3 (--sites-file): expected a site id, not ".."`, EXAMPLE],
    [
      'a control character',
      'a\nb\u0000c',
      (name) => String.raw`${name}:2 (--sites-file): the site id "b\u0000c" contains a control character`,
      EXAMPLE,
    ],
    ['invalid UTF-8', new Uint8Array([0x61, 0x0a, 0x62, 0xff]), (name) => `${name}:2: invalid UTF-8`, SAVE],
    ['an incomplete character', new Uint8Array([0x61, 0xc3]), (name) => `${name}:1: invalid UTF-8`, SAVE],
  ];
  for (const [what, content, messageOf, hint] of bad) {
    it(
      `are rejected with ${what}, in a file and on stdin`,
      inWorkspace(async ({ fail, write }) => {
        await write({ 'sites.txt': content });
        const byFile = errorFields(await fail({ sitesFile: 'sites.txt' }));
        expect(byFile).to.deep.equal({ type: 'UsageError', message: messageOf('sites.txt'), hint });
        const byStdin = errorFields(await fail({ sitesFile: '-' }, { stdin: inputOf(content) }));
        expect(byStdin).to.deep.equal({ type: 'UsageError', message: messageOf('stdin'), hint });
      }),
    );
  }

  it(
    'are reported with the missing file, or the line of an invalid id',
    inWorkspace(async ({ fail, write }) => {
      const missing = await fail({ sitesFile: 'no.txt' });
      expect(errorFields(missing)).to.deep.equal({
        type: 'UsageError',
        message: '--sites-file: no.txt cannot be read: no such file or directory',
        hint: 'name a file with one site id per line, or - for stdin',
      });
      expect(missing.cause).to.have.property('code', 'ENOENT');
      expect(errorFields(await fail({ sitesFile: '' }))).to.deep.equal({
        type: 'UsageError',
        message: '--sites-file: expected a file name',
        hint: 'name a file with one site id per line, or - for stdin',
      });
      await write({ '.kraken-outagesrc': 'sites:\n  - a\n  - ..\n' });
      const error = await fail();
      expect(error).to.be.instanceOf(ConfigurationError);
      expect(error.message).to.equal('.kraken-outagesrc:3 (sites): expected a site id, not ".."');
    }),
  );
});

describe('config: openConfiguration', () => {
  it(
    'returns the selected profile and its source',
    inWorkspace(async ({ home, cwd, write }) => {
      await write({ '.kraken-outagesrc': 'profiles: {live: {retries: 2}}' });
      const open = (env: Environment['env']) =>
        openConfiguration({}, testEnvironment({ cwd, home, env }), { secrets: false });
      expect((await open({})).profile).to.deep.equal({
        value: undefined,
        source: { kind: 'default', label: 'default' },
      });
      expect((await open({ KRAKEN_PROFILE: 'live' })).profile).to.deep.equal({
        value: 'live',
        source: { kind: 'env', label: 'KRAKEN_PROFILE' },
      });
    }),
  );

  it(
    'rejects a key that other users can read, but returns the URL',
    inWorkspace(async ({ home, cwd, write }) => {
      await write({ key: KEY });
      await chmod(join(cwd, 'key'), 0o644);
      const env = { KRAKEN_API_URL: 'https://a.example/v1', KRAKEN_API_KEY: 'file:key' };
      const open = () => openConfiguration({}, testEnvironment({ cwd, home, env }), { secrets: true });
      expect(await (await open()).settings.apiUrl()).to.have.property('value', 'https://a.example/v1');
      const { settings } = await open();
      expect(await rejectionOf(Promise.resolve(settings.apiKey()))).to.be.instanceOf(ConfigurationError);
    }),
  );
});

describe('config: checkKeyPermissions of a configuration', () => {
  it(
    'lists the files that contain a key if a key is configured',
    inWorkspace(async ({ home, cwd, write }) => {
      await write({ key: KEY, 'c.yaml': `profiles: {old: {apiKey: ${KEY}}}` });
      const keyFilesOf = async (env: Environment['env']): Promise<readonly string[]> => {
        const environment = testEnvironment({ cwd, home, env: { KRAKEN_CONFIG: 'c.yaml', ...env } });
        const { checkKeyPermissions } = await openConfiguration({}, environment, { secrets: true });
        return (await checkKeyPermissions()).map(({ path }) => path);
      };
      expect(await keyFilesOf({})).to.deep.equal([]);
      expect(await keyFilesOf({ KRAKEN_API_KEY: KEY })).to.deep.equal(['c.yaml']);
      expect(await keyFilesOf({ KRAKEN_API_KEY: 'file:key' })).to.deep.equal(['c.yaml', `${cwd}/key`]);
    }),
  );
});

describe('config: requireApi', () => {
  it(
    'returns the API URL and the key',
    inWorkspace(async ({ load }) => {
      const settings = await load({}, { env: { KRAKEN_API_KEY: KEY, KRAKEN_API_URL: 'https://a.example/v1/' } });
      expect(requireApi(settings)).to.deep.equal({ apiUrl: 'https://a.example/v1', apiKey: KEY });
    }),
  );

  it(
    'names the missing setting and every way to set it',
    inWorkspace(async ({ load }) => {
      const none = await load();
      expect(errorFields(thrownBy(() => requireApi(none)))).to.deep.equal({
        type: 'ConfigurationError',
        message: 'no API URL and no API key is configured',
        hint:
          'run: kraken-outages config init; or set KRAKEN_API_URL and KRAKEN_API_KEY, give --api-url <url> and --api-key-file <file>, or write apiUrl and apiKey ' +
          'into .kraken-outagesrc or ~/.config/kraken-outages/config.yaml; to try it without an API, use --sandbox',
      });
      expect(errorFields(missingError(['queue']))).to.deep.equal({
        type: 'ConfigurationError',
        message: 'no queue is configured',
        hint:
          'set KRAKEN_QUEUE, give --queue <url>, or write queue ' +
          'into .kraken-outagesrc or ~/.config/kraken-outages/config.yaml',
      });
      const noUrl = await load({}, { env: { KRAKEN_API_KEY: KEY } });
      expect(thrownBy(() => requireApi(noUrl))).to.have.property('message', 'no API URL is configured');
      const noKey = await load({ apiUrl: 'https://a.example' });
      try {
        requireApi(noKey);
        expect.fail('nothing was thrown');
      } catch (error) {
        expect(error).to.include({ message: 'no API key is configured' });
        expect(error).to.have.property('hint').that.includes('KRAKEN_API_KEY');
        expect(error).to.have.property('hint').that.includes('--api-key-file <file>');
        expect(error).to.have.property('hint').that.includes('.kraken-outagesrc');
        expect(error).to.have.property('hint').that.includes('~/.config/kraken-outages/config.yaml');
        expect(error).to.have.property('hint').that.does.not.include('KRAKEN_API_URL');
      }
    }),
  );
});
