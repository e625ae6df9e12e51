import { expect } from 'chai';
import { describe } from 'mocha';

import { runConcurrently } from './support/run-concurrently.ts';
import { EXECUTABLE, inWorkspace } from './support/workspace.ts';

describe('e2e: a version of Node.js', () => {
  const withVersion = (version: string) => () =>
    inWorkspace(async ({ write, spawn }) => {
      const preload = await write(
        'version.cjs',
        `Object.defineProperty(process.versions, 'node', { value: '${version}' });`,
      );
      return spawn(process.execPath, ['--require', preload, EXECUTABLE, '--help']).ended;
    });

  runConcurrently({
    ...Object.fromEntries(
      ['12.22.12', '18.20.8', '20.18.3'].map((version) => [
        `that is too old, such as ${version}, is refused with the one that is needed`,
        async () => {
          expect(await withVersion(version)()).to.deep.equal({
            code: 1,
            stdout: '',
            stderr:
              `error: kraken-outages needs Node.js 20.19 or newer, and this is ${version}\n` +
              'hint: install a newer version: https://nodejs.org/en/download\n',
          });
        },
      ]),
    ),
    ...Object.fromEntries(
      ['20.19.0', '22.0.0', '30.1.0'].map((version) => [
        `from 20.19 on, such as ${version}, is accepted`,
        async () => {
          expect((await withVersion(version)()).code).to.equal(0);
        },
      ]),
    ),
  });
});
