import { mkdir, readFile, stat } from 'node:fs/promises';

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { addSetting, findSettingTarget, type SettingTarget } from '../../src/config/add-setting.ts';
import { readConfigFile } from '../../src/config/config-file.ts';
import { findProjectFile } from '../../src/config/find-files.ts';
import { parseTree } from '../../src/config/parse-yaml.ts';
import { isTrusted, trust } from '../../src/config/trust.ts';
import { testEnvironment } from '../support/environment.ts';
import { rejectionOf } from '../support/thrown.ts';
import { inWorkspace, type Workspace } from './workspace.ts';

const LINE = 'cutoffInclusive: true';

/** Returns the project file as the target, and the environment. */
async function projectTarget({ cwd, home }: Workspace) {
  const environment = testEnvironment({ cwd, home });
  const file = await findProjectFile(environment);
  if (!file) throw new Error('there is no project file');
  const target = findSettingTarget([file], environment);
  if (!target) throw new Error('there is no target');
  return { environment, file, target };
}

/** Returns a file in the project as the target, named by `--config`. */
async function namedTarget(name: string, cwd: string): Promise<SettingTarget> {
  const path = `${cwd}/${name}`;
  const tree = await parseTree(await readFile(path, 'utf8'), name);
  return { path, name, file: readConfigFile(tree, { path, name, directory: cwd }) };
}

describe('config: addSetting', () => {
  it(
    'appends the setting as the last line, even after a missing newline',
    inWorkspace(async (workspace) => {
      const cases: readonly (readonly [string, string])[] = [
        ['', `${LINE}\n`],
        ['retries: 1\n', `retries: 1\n${LINE}\n`],
        ['retries: 1 # of 5', `retries: 1 # of 5\n${LINE}\n`],
      ];
      for (const [before, after] of cases) {
        await workspace.write({ 'mine.yaml': before });
        const environment = testEnvironment(workspace);
        await addSetting(await namedTarget('mine.yaml', workspace.cwd), LINE, environment);
        expect(await readFile(`${workspace.cwd}/mine.yaml`, 'utf8')).to.equal(after);
        expect((await workspace.load({ config: 'mine.yaml' }, {}, false)).cutoffInclusive.value).to.equal(true);
      }
    }),
  );

  it(
    'keeps a trusted file trusted, and an untrusted file untrusted',
    inWorkspace(async (workspace) => {
      for (const isTrustedBefore of [true, false]) {
        await workspace.write({ '.kraken-outagesrc': `retries: ${isTrustedBefore ? 1 : 2}\n` });
        const { environment, file, target } = await projectTarget(workspace);
        if (isTrustedBefore && file.discovered) await trust(file.discovered, environment);
        await addSetting(target, LINE, environment);
        const found = (await findProjectFile(environment))?.discovered;
        expect(found?.content).to.include(LINE);
        expect(found && (await isTrusted(found, environment))).to.equal(isTrustedBefore);
      }
    }),
  );

  it(
    'rejects a file that a line cannot be added to, and does not change it',
    inWorkspace(async (workspace) => {
      const files = {
        'mine.json': '{ "retries": 1 }',
        'flow.yaml': '{ retries: 1 }\n',
        'has-it.yaml': 'cutoffInclusive: false\n',
      };
      await workspace.write(files);
      for (const [name, content] of Object.entries(files)) {
        const environment = testEnvironment(workspace);
        const error = await rejectionOf(addSetting(await namedTarget(name, workspace.cwd), LINE, environment));
        expect(error).to.include({
          message: `${name}: cannot add ${LINE}`,
          hint: 'edit the file by hand',
        });
        expect(await readFile(`${workspace.cwd}/${name}`, 'utf8')).to.equal(content);
      }
    }),
  );

  it(
    'creates a private user file if there is no file',
    inWorkspace(async ({ cwd, home }) => {
      const environment = testEnvironment({ cwd, home });
      const target = findSettingTarget([], environment);
      expect(target?.path).to.equal(`${home}/.config/kraken-outages/config.yaml`);
      if (!target) return;
      await addSetting(target, LINE, environment);
      expect(await readFile(target.path, 'utf8')).to.equal(`${LINE}\n`);
      if (process.platform !== 'win32') expect((await stat(target.path)).mode & 0o777).to.equal(0o600);
      expect(await rejectionOf(addSetting(target, LINE, environment)))
        .to.have.property('message')
        .that.includes('exists');
    }),
  );

  it(
    'reports a file that cannot be written, by name',
    inWorkspace(async (workspace) => {
      await workspace.write({ 'mine.yaml': 'retries: 1\n' });
      const target = await namedTarget('mine.yaml', workspace.cwd);
      const environment = testEnvironment(workspace);
      const files = {
        ...environment.files,
        read: () => Promise.resolve(Buffer.from('retries: 1\n')),
      };
      await mkdir(`${workspace.cwd}/directory`);
      const error = await rejectionOf(
        addSetting({ ...target, path: `${workspace.cwd}/directory` }, LINE, { ...environment, files }),
      );
      expect(error).to.have.property('message', 'mine.yaml: is a directory');
    }),
  );

  it(
    'finds no target without a home directory, or in a package.json',
    inWorkspace(async (workspace) => {
      const environment = testEnvironment({ ...workspace, home: undefined });
      expect(findSettingTarget([], environment)).to.equal(undefined);
      await workspace.write({ 'package.json': '{ "kraken-outages": { "retries": 1 } }' });
      const file = await findProjectFile(testEnvironment(workspace));
      expect(file).not.to.equal(undefined);
      expect(file && findSettingTarget([file], testEnvironment(workspace))).to.equal(undefined);
    }),
  );
});
