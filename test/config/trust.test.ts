import { chmod, readdir, readFile, stat } from 'node:fs/promises';

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { openConfiguration } from '../../src/config/load.ts';
import type { ConfigFlags } from '../../src/config/settings.ts';
import { findProjectFile } from '../../src/config/find-files.ts';
import { revokeTrust, isTrusted, trust } from '../../src/config/trust.ts';
import type { Environment } from '../../src/platform/environment.ts';
import { ConfigurationError } from '../../src/domain/errors.ts';
import { inputOf, testEnvironment, type TestOverrides } from '../support/environment.ts';
import { rejectionOf, errorFields } from '../support/thrown.ts';
import { inWorkspace, shown, type Workspace } from './workspace.ts';

const KEY = 'k-0123456789';
const EVIL = 'https://evil.example/v1';
const OWN = 'https://a.example/v1';

/** Trusts the discovered file, like `config trust`. */
async function trustFound(workspace: Workspace, overrides: TestOverrides = {}) {
  const environment = worldOf(workspace, overrides);
  const found = (await findProjectFile(environment))?.discovered ?? { path: '', content: '' };
  await trust(found, environment);
  return { found, environment };
}

function worldOf({ cwd, home }: Workspace, overrides: TestOverrides = {}): Environment {
  return testEnvironment({ cwd, home, ...overrides });
}

/** Returns a terminal with this input, and a function that returns its output. */
function terminalOf(typed: string) {
  let screen = '';
  const stderr = {
    isTTY: true,
    columns: 80,
    write(data: string | Uint8Array) {
      screen += String(data);
      return Promise.resolve();
    },
  };
  return { environment: { stdin: { ...inputOf(typed), isTTY: true }, stderr }, screen: () => screen };
}

describe('config: trust in a discovered file', () => {
  const untrusted: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
    [
      'an API URL',
      { '.kraken-outagesrc': `apiUrl: ${EVIL}` },
      /^\.kraken-outagesrc:1 \(apiUrl\) https:\/\/evil\.example: /,
    ],
    [
      'an API URL in JSON',
      { '.kraken-outagesrc.json': `{"apiUrl": "${EVIL}"}` },
      /^\.kraken-outagesrc\.json:1 \(apiUrl\) /,
    ],
    [
      'an API URL in package.json',
      { 'package.json': `{"kraken-outages": {"apiUrl": "${EVIL}"}}` },
      /^package\.json:1 \(apiUrl\) /,
    ],
    [
      'an API URL in a profile',
      { '.kraken-outagesrc': `profile: p\nprofiles: {p: {apiUrl: "${EVIL}"}}` },
      /^\.kraken-outagesrc:2 \(profiles\.p\.apiUrl\) /,
    ],
    [
      'an API URL in a profile after another one',
      { '.kraken-outagesrc': `apiUrl: ${OWN}\nprofile: p\nprofiles: {p: {apiUrl: "${EVIL}"}}` },
      /^\.kraken-outagesrc:3 \(profiles\.p\.apiUrl\) https:\/\/evil\.example: /,
    ],
    ['an invalid API URL', { '.kraken-outagesrc': 'apiUrl: SECRET' }, /^\.kraken-outagesrc:1 \(apiUrl\) no URL: /],
    ['a reference to an API URL', { '.kraken-outagesrc': 'apiUrl: env:SECRET' }, /\(apiUrl\) env:SECRET: /],
    ['a reference to a missing file', { '.kraken-outagesrc': 'apiUrl: file:nope' }, /\(apiUrl\) file:nope: /],
    ['a reference to a key without an API URL', { '.kraken-outagesrc': 'apiKey: file:nope' }, /\(apiKey\) file:nope: /],
    ['a key without an API URL', { '.kraken-outagesrc': `apiKey: ${KEY}` }, /\(apiKey\) the key itself: /],
    [
      'an API URL that overrides the one of the user file',
      { '.kraken-outagesrc': `apiUrl: ${EVIL}`, '../.config/kraken-outages/config.yaml': `apiUrl: ${OWN}` },
      /\(apiUrl\) https:\/\/evil\.example: /,
    ],
  ];
  for (const [what, files, message] of untrusted) {
    it(
      `is required for ${what}`,
      inWorkspace(async (workspace) => {
        const { fail, load, write } = workspace;
        await write(files);
        const env = { KRAKEN_API_KEY: KEY, SECRET: EVIL };
        const error = await fail({}, files['.kraken-outagesrc']?.startsWith('apiKey') === true ? {} : { env });
        expect(error).to.be.instanceOf(ConfigurationError);
        expect(error.message)
          .to.match(message)
          .and.match(/: untrusted configuration file: it sets the API (URL|key)$/);
        for (const way of ['config trust', '--config', 'KRAKEN_CONFIG', 'set KRAKEN_API_']) {
          expect(error.hint).to.include(way);
        }
        expect(shown(error)).not.to.include(KEY);
        // Trust is not required if no secrets are needed.
        await load({}, {}, false);
      }),
    );
  }

  it(
    'is neither required nor read for other settings',
    inWorkspace(async (workspace) => {
      const { home, load, write } = workspace;
      await write({
        '.kraken-outagesrc': 'sites: [a]\ncutoff: 2023-01-01T00:00:00Z\nprofile: p\nprofiles: {p: {retries: 1}}',
      });
      const accessed: string[] = [];
      const { files } = worldOf(workspace);
      const watching = {
        ...files,
        read: (path: string) => (accessed.push(path), files.read(path)),
        stat: (path: string) => (accessed.push(path), files.stat(path)),
      };
      const env = { KRAKEN_API_KEY: KEY, KRAKEN_API_URL: OWN };
      expect((await load({}, { env, files: watching })).retries.value).to.equal(1);
      expect(accessed.filter((path) => path.includes('state'))).to.deep.equal([]);
      expect(await readdir(home)).to.deep.equal(['project']);
    }),
  );

  it(
    'is not required for a file named by --config or the user file',
    inWorkspace(async ({ load, write }) => {
      await write({ '.kraken-outagesrc': `apiUrl: ${OWN}`, '../.config/kraken-outages/config.yaml': `apiKey: ${KEY}` });
      expect((await load({ config: '.kraken-outagesrc' })).apiUrl.value).to.equal(OWN);
      const env = { KRAKEN_CONFIG: '.kraken-outagesrc' };
      expect((await load({}, { env })).apiKey.value).to.equal(KEY);
    }),
  );

  it(
    'is required for the key even if the user sets the API URL, because it selects the secret to send',
    inWorkspace(async ({ fail, write }) => {
      await write({ '.kraken-outagesrc': 'apiKey: env:GITHUB_TOKEN' });
      const error = await fail({}, { env: { KRAKEN_API_URL: OWN, GITHUB_TOKEN: 'another-secret' } });
      expect(error.message).to.match(/\(apiKey\) env:GITHUB_TOKEN: untrusted configuration file: it sets the API key$/);
      expect(error.hint).to.include('otherwise set KRAKEN_API_KEY');
    }),
  );

  it(
    'is required to select a profile of the user file',
    inWorkspace(async (workspace) => {
      const { fail, load, write } = workspace;
      await write({ '../.config/kraken-outages/config.yaml': `profiles: {live: {apiUrl: "${OWN}", retries: 1}}` });
      for (const content of ['profile: live', 'profile: live\nprofiles: {live: {timeout: 1s}}']) {
        await write({ '.kraken-outagesrc': content });
        for (const secrets of [true, false]) {
          const error = await fail({}, {}, secrets);
          expect(error.message).to.equal(
            '.kraken-outagesrc:1 (profile) live: untrusted configuration file: it sets a profile of another file',
          );
        }
        expect((await load({ profile: 'live' })).retries.value).to.equal(1);
        await trustFound(workspace);
        expect((await load()).retries.value).to.equal(1);
      }
    }),
  );

  it(
    'determines which list settings are reported as untrusted',
    inWorkspace(async (workspace) => {
      const open = async (flags: ConfigFlags = {}) =>
        (await openConfiguration(flags, worldOf(workspace), { secrets: false })).untrustedSettings();
      await workspace.write({
        '.kraken-outagesrc': 'retries: 1\ncutoff: 2023-01-01T00:00:00Z\nprofile: p\nprofiles: {p: {sites: [a]}}',
      });
      expect(await open()).to.equal('.kraken-outagesrc:4 (profiles.p.sites), .kraken-outagesrc:2 (cutoff)');
      expect(await open({ site: ['b'] })).to.equal('.kraken-outagesrc:2 (cutoff)');
      expect(await open({ site: ['b'], cutoff: '2023-01-01T00:00:00Z' })).to.equal(undefined);
      expect(await open({ config: '.kraken-outagesrc' })).to.equal(undefined);
      await trustFound(workspace);
      expect(await open()).to.equal(undefined);
    }),
  );

  it(
    'applies to the path and content of the file until it is revoked',
    inWorkspace(async (workspace) => {
      const { fail, load, write } = workspace;
      await write({
        '.kraken-outagesrc': `apiUrl: ${OWN}`,
        'sub/package.json': '{}',
        'sub/.kraken-outagesrc': `apiUrl: ${OWN}`,
      });
      const { found, environment } = await trustFound(workspace);
      expect((await load()).apiUrl.value).to.equal(OWN);
      expect((await fail({}, { cwd: `${workspace.cwd}/sub` })).message).to.match(/untrusted/);

      await write({ '.kraken-outagesrc': `apiUrl: ${OWN} # now` });
      expect((await fail()).message).to.match(/untrusted/);
      await write({ '.kraken-outagesrc': `apiUrl: ${OWN}` });
      expect((await load()).apiUrl.value).to.equal(OWN);

      expect([await revokeTrust(found, environment), await revokeTrust(found, environment)]).to.deep.equal([
        true,
        false,
      ]);
      expect((await fail()).message).to.match(/untrusted/);
    }),
  );

  it(
    'is recorded privately in the state directory in the format of sha256sum',
    inWorkspace(async (workspace) => {
      const { cwd, home, write } = workspace;
      await write({ '.kraken-outagesrc': `apiUrl: ${OWN}` });
      await trustFound(workspace, { env: { XDG_STATE_HOME: 'relative' } });
      await trustFound(workspace, { env: { XDG_STATE_HOME: `${home}/xdg` } });
      for (const base of [`${home}/.local/state`, `${home}/xdg`]) {
        const directory = `${base}/kraken-outages/trusted`;
        const [name = '', ...others] = await readdir(directory);
        expect(others).to.deep.equal([]);
        const record = await readFile(`${directory}/${name}`, 'utf8');
        expect(record)
          .to.match(/^[\da-f]{64} {2}/)
          .and.satisfy((text: string) => text.endsWith(`  ${cwd}/.kraken-outagesrc\n`));
        const modes = [(await stat(directory)).mode & 0o777, (await stat(`${directory}/${name}`)).mode & 0o777];
        expect(modes).to.deep.equal([0o700, 0o600]);
      }
    }),
  );

  it(
    'is neither recorded nor revoked without a home directory',
    inWorkspace(async (workspace) => {
      const { cwd, write } = workspace;
      await write({ '.kraken-outagesrc': `apiUrl: ${OWN}` });
      const environment = testEnvironment({ cwd, home: undefined });
      const found = { path: `${cwd}/.kraken-outagesrc`, content: `apiUrl: ${OWN}` };
      expect(errorFields(await rejectionOf(trust(found, environment)))).to.deep.equal({
        type: 'ConfigurationError',
        message: 'cannot record trust: there is no home directory',
        hint: 'set HOME or XDG_STATE_HOME to an absolute path, or name the file with --config',
      });
      expect([await isTrusted(found, environment), await revokeTrust(found, environment)]).to.deep.equal([
        false,
        false,
      ]);
    }),
  );

  it(
    'causes an error with the path if it cannot be recorded',
    inWorkspace(async (workspace) => {
      await workspace.write({ '.kraken-outagesrc': `apiUrl: ${OWN}`, '../.local': 'in the way' });
      await chmod(workspace.cwd, 0o755);
      const error = await rejectionOf(trustFound(workspace));
      expect(error).to.be.instanceOf(ConfigurationError);
      expect(shown(error)).to.match(/\.local\/state\/kraken-outages\/trusted\/[\da-f]{64}: cannot record trust/);
      expect(error).to.have.property('cause').that.is.an('error');
      const hint = 'make the directory writable, or set XDG_STATE_HOME; or name the file with --config';
      expect(error).to.include({ hint });
    }),
  );

  it(
    'is recorded again for a changed file',
    inWorkspace(async (workspace) => {
      for (const content of [`apiUrl: ${OWN}`, `apiUrl: ${EVIL}`]) {
        await workspace.write({ '.kraken-outagesrc': content });
        const { found, environment } = await trustFound(workspace);
        expect(found.content).to.equal(content);
        expect(await isTrusted(found, environment)).to.equal(true);
      }
    }),
  );
});

describe('config: a queue in a discovered file', () => {
  it(
    'needs trust, and its password is not shown',
    inWorkspace(async ({ fail, write }) => {
      await write({ '.kraken-outagesrc': 'queue: redis://:hidden-Passw0rd@queue.example.com:6379\n' });
      const error = await fail();
      expect(error.message).to.match(
        /rc:1 \(queue\) redis:\/\/queue\.example\.com:6379: untrusted configuration file: it sets the queue$/,
      );
      expect(`${error.message}${String(error.hint)}`).to.not.include('Passw0rd');
    }),
  );

  it(
    'is not read by a command without a queue',
    inWorkspace(async ({ load, write }) => {
      await write({ '.kraken-outagesrc': 'queue: redis://queue.example.com\n' });
      expect((await load({}, {}, false)).queue.value).to.equal(undefined);
    }),
  );

  for (const [text, problem] of [
    ['http://queue.example.com', /must begin with redis:/],
    ['redis://queue.example.com?tls=1', /must not have a query/],
    ['postgres://db.example.com/jobs?sslkey=%2Fetc%2Fshadow', /may only have sslmode/],
    ['redis://queue.example.com/jobs', /number of a Redis database/],
  ] as const) {
    it(
      `cannot be ${text}`,
      inWorkspace(async ({ fail }) => {
        expect((await fail({ queue: text })).message).to.match(problem);
      }),
    );
  }
});

describe('config: the prompt for trust', () => {
  const FILE = `apiUrl: ${EVIL}\napiKey: ${KEY}\nprofiles: {p: {apiKey: "file:~/.ssh/id\\u001b"}}\n`;
  const QUESTION = [
    '  .kraken-outagesrc:1 (apiUrl) https://evil.example',
    '  .kraken-outagesrc:2 (apiKey) the key itself',
    '  .kraken-outagesrc:3 (profiles.p.apiKey) file:~/.ssh/id\\u001b',
    'Trust this version of the file? [y/N] ',
  ].join('\n');

  for (const [typed, isYes] of [
    ['y\n', true],
    ['YES\n', true],
    [' y \n', true],
    ['n\n', false],
    ['\n', false],
    ['yesterday\n', false],
    ['', false],
  ] as const) {
    it(
      `${isYes ? 'trusts' : 'does not trust'} the file after ${JSON.stringify(typed)}`,
      inWorkspace(async (workspace) => {
        const { cwd, fail, load, write } = workspace;
        await write({ '.kraken-outagesrc': FILE });
        const terminal = terminalOf(typed);
        if (isYes) expect((await load({}, terminal.environment)).apiUrl.value).to.equal(EVIL);
        else expect((await fail({}, terminal.environment)).message).to.match(/untrusted/);
        expect(terminal.screen())
          .to.match(/ is not trusted, and sets the API URL, key, queue or profile:/)
          .and.include(`${cwd}/.kraken-outagesrc`);
        expect(terminal.screen().endsWith(QUESTION)).to.equal(true);
        // The answer is recorded.
        if (isYes) expect((await load()).apiUrl.value).to.equal(EVIL);
        expect(await isTrusted({ path: `${cwd}/.kraken-outagesrc`, content: FILE }, worldOf(workspace))).to.equal(
          isYes,
        );
      }),
    );
  }

  it(
    'is not shown if stdin or stderr is not a terminal',
    inWorkspace(async ({ fail, write }) => {
      await write({ '.kraken-outagesrc': FILE });
      const { environment, screen } = terminalOf('y\n');
      await fail({}, { ...environment, stdin: inputOf('y\n') });
      await fail({}, { ...environment, stderr: { ...environment.stderr, isTTY: false } });
      expect(screen()).to.equal('');
    }),
  );
});
