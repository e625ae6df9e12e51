import { chmod, open } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'chai';
import { before, describe, it } from 'mocha';

import { findProjectFile } from '../../src/config/find-files.ts';
import type { ConfigFlags } from '../../src/config/settings.ts';
import { trust } from '../../src/config/trust.ts';
import { checkKeyPermissions } from '../../src/config/check-key-permissions.ts';
import { ConfigurationError } from '../../src/domain/errors.ts';
import { inputOf, testEnvironment } from '../support/environment.ts';
import { shellWord } from '../support/shell-word.ts';
import { inWorkspace, shown } from './workspace.ts';

const KEY = 'k-0123456789';
const USE_STDIN = 'pass the key on stdin: --api-key-file -';
const REFER = 'replace the key by a reference such as env:NAME';

interface Case {
  readonly files: Readonly<Record<string, string>>;
  /** The file whose permissions are checked. */
  readonly file: string;
  readonly flags?: ConfigFlags;
  readonly env?: Readonly<Record<string, string>>;
  /** Start of the message; DIR stands for the project directory. */
  readonly where: string;
  readonly hint: string;
}

const KEY_FILES: Readonly<Record<string, Case>> = {
  'named by --api-key-file': {
    files: { key: KEY },
    file: 'key',
    flags: { apiKeyFile: 'key' },
    where: '--api-key-file key',
    hint: `run "chmod 600 key", or ${USE_STDIN}`,
  },
  'with a name that needs shell quoting': {
    files: { "it's $HOME": KEY },
    file: "it's $HOME",
    flags: { apiKeyFile: "it's $HOME" },
    where: "--api-key-file it's $HOME",
    hint: `run "chmod 600 'it'\\''s $HOME'", or ${USE_STDIN}`,
  },
  'named by a file: reference': {
    files: { key: KEY },
    file: 'key',
    env: { KRAKEN_API_KEY: 'file:key' },
    where: 'KRAKEN_API_KEY: DIR/key',
    hint: 'run "chmod 600 DIR/key", or use another reference',
  },
  '(a discovered project file)': {
    files: { '.kraken-outagesrc': `retries: 1\napiKey: ${KEY}` },
    file: '.kraken-outagesrc',
    where: '.kraken-outagesrc:2 (apiKey)',
    hint: `run "chmod 600 DIR/.kraken-outagesrc", or ${REFER}`,
  },
  '(a project file whose key is overridden)': {
    files: { '.kraken-outagesrc': `apiKey: ${KEY}` },
    file: '.kraken-outagesrc',
    env: { KRAKEN_API_KEY: KEY },
    where: '.kraken-outagesrc:1 (apiKey)',
    hint: `run "chmod 600 DIR/.kraken-outagesrc", or ${REFER}`,
  },
  '(a configuration file with the key in another profile)': {
    files: { 'c.yaml': `apiKey: env:NAME\nprofiles:\n  live: {}\n  test:\n    apiKey: ${KEY}` },
    file: 'c.yaml',
    flags: { config: 'c.yaml', profile: 'live' },
    where: 'c.yaml:5 (profiles.test.apiKey)',
    hint: `run "chmod 600 c.yaml", or ${REFER}`,
  },
  '(package.json)': {
    files: { 'package.json': `{ "kraken-outages": { "apiKey": "${KEY}" } }` },
    file: 'package.json',
    where: 'package.json:1 (apiKey)',
    hint: `run "chmod 600 DIR/package.json", or ${REFER}`,
  },
  '(the user file)': {
    files: { '../.config/kraken-outages/config.yaml': `apiKey: ${KEY}` },
    file: '../.config/kraken-outages/config.yaml',
    where: 'HOME/.config/kraken-outages/config.yaml:1 (apiKey)',
    hint: `run "chmod 600 HOME/.config/kraken-outages/config.yaml", or ${REFER}`,
  },
};

describe('config: a key file that other users can read', () => {
  before(function () {
    if (process.platform === 'win32') this.skip();
  });

  for (const [what, { files, file, flags = {}, env = {}, where, hint }] of Object.entries(KEY_FILES)) {
    it(
      `is rejected: a file ${what}`,
      inWorkspace(async ({ home, cwd, fail, load, write }) => {
        await write(files);
        const located = (text: string): string => text.replaceAll('DIR', cwd).replaceAll('HOME/', `${home}/`);
        for (const mode of [0o640, 0o604, 0o644]) {
          await chmod(join(cwd, file), mode);
          const error = await fail(flags, { env });
          expect(error).to.be.instanceOf(ConfigurationError);
          expect(error.message).to.equal(
            `${located(where)}: key file is readable by other users (mode 0${mode.toString(8)})`,
          );
          expect(error.hint).to.equal(hint.replace(/(?:DIR|HOME)\/[^\s"]+/, (path) => shellWord(located(path))));
          expect(shown(error)).not.to.include(KEY);
        }
        await chmod(join(cwd, file), 0o400);
        const environment = testEnvironment({ cwd, home });
        const { discovered } = (await findProjectFile(environment)) ?? {};
        if (discovered) await trust(discovered, environment);
        await load(flags, { env: { ...env, NAME: KEY, KRAKEN_API_URL: 'https://a.example' } });
      }),
    );
  }

  it(
    'is accepted if it contains only a reference or the URL',
    inWorkspace(async ({ cwd, load, write }) => {
      await write({ '.kraken-outagesrc': 'apiKey: env:MINE\napiUrl: file:url', url: 'https://a.example' });
      await chmod(join(cwd, '.kraken-outagesrc'), 0o644);
      await chmod(join(cwd, 'url'), 0o644);
      const settings = await load({ config: '.kraken-outagesrc' }, { env: { MINE: KEY } });
      expect([settings.apiKey.value, settings.apiUrl.value]).to.deep.equal([KEY, 'https://a.example']);
    }),
  );

  it(
    'is ignored if its name is that of the variable, or - for stdin',
    inWorkspace(async ({ cwd, load, write }) => {
      await write({ MINE: KEY, '-': KEY });
      for (const name of ['MINE', '-']) await chmod(join(cwd, name), 0o644);
      expect((await load({}, { env: { KRAKEN_API_KEY: 'env:MINE', MINE: KEY } })).apiKey.value).to.equal(KEY);
      expect((await load({ apiKeyFile: '-' }, { stdin: inputOf(KEY) })).apiKey.value).to.equal(KEY);
    }),
  );

  it(
    'is checked only if it is a regular file',
    inWorkspace(async ({ home, cwd, write }) => {
      await write({ key: KEY });
      const isChecked = async (path: string): Promise<boolean> =>
        (await checkKeyPermissions({ path, where: path, otherwise: '' }, testEnvironment({ cwd, home }))) !== undefined;
      expect(await isChecked('key')).to.equal(true);
      for (const path of ['.', 'nope', '/dev/stdin', '/dev/null']) expect(await isChecked(path), path).to.equal(false);
    }),
  );

  it(
    'is not checked if the shell has opened it',
    inWorkspace(async ({ cwd, load, write }) => {
      await write({ key: KEY });
      await chmod(join(cwd, 'key'), 0o644);
      const opened = await open(join(cwd, 'key'));
      try {
        expect((await load({ apiKeyFile: `/dev/fd/${opened.fd}` })).apiKey.value).to.equal(KEY);
      } finally {
        await opened.close();
      }
    }),
  );

  it(
    'causes a read error if it cannot be accessed',
    inWorkspace(async ({ fail, write }) => {
      await write({ file: '' });
      const { message } = await fail({}, { env: { KRAKEN_API_KEY: 'file:file/key' } });
      expect(message).to.match(/\/file\/key cannot be read: a part of the path is not a directory$/);
    }),
  );

  it(
    'is accepted with a warning if this user cannot change its permissions',
    inWorkspace(async ({ home, cwd, write }) => {
      await write({ key: KEY });
      await chmod(join(cwd, 'key'), 0o640);
      // test/e2e/key-files.test.ts tests the real obstacles, which needs root.
      const obstacles = {
        'read-only': 'key file is readable by other users (mode 0640), on a read-only file system',
        'not-owner': 'key file is readable by its group (mode 0640), and belongs to another user',
      } as const;
      for (const obstacle of ['read-only', 'not-owner'] as const) {
        const environment = testEnvironment({ cwd, home });
        const files = { ...environment.files, findModeObstacle: () => Promise.resolve(obstacle) };
        const file = { path: 'key', where: 'there', otherwise: '' };
        expect(await checkKeyPermissions(file, { ...environment, files })).to.deep.equal({
          path: 'key',
          warning: `there: ${obstacles[obstacle]}`,
        });
      }
    }),
  );

  it(
    'is accepted if no key is needed',
    inWorkspace(async ({ cwd, load, write }) => {
      await write({ '.kraken-outagesrc': `apiKey: ${KEY}\nretries: 1` });
      await chmod(join(cwd, '.kraken-outagesrc'), 0o644);
      expect((await load({ apiKeyFile: '.kraken-outagesrc' }, {}, false)).retries.value).to.equal(1);
    }),
  );
});
