import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, chown, cp, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { expect } from 'chai';
import { describe } from 'mocha';

import { healthy } from './support/scripted-api.ts';
import { runConcurrentlyIf } from './support/run-concurrently.ts';
import { withWorkspaceAndApi } from './support/with-workspace-and-api.ts';
import { failureOf, hasProgram, KEY, REPOSITORY, type Workspace } from './support/workspace.ts';

const SUBMIT = ['submit', 'alpha', '--api-key-file', 'key'];
const USER = 64_321;
const GROUP = 64_322;
const EXECUTABLE_FILES = ['bin', 'dist', 'package.json'];

const isRoot = process.getuid?.() === 0;
const canMount = isRoot && hasProgram('unshare') && spawnSync('unshare', ['--mount', 'true']).status === 0;
const canBeOther = isRoot && hasProgram('setpriv');

/** Returns the command that runs the executable as another user, with a copy of it that this user can read. */
async function asOtherUser({ path }: Workspace): Promise<readonly string[]> {
  const copy = join(path, 'copy');
  await mkdir(copy);
  for (const name of EXECUTABLE_FILES) await cp(join(REPOSITORY, name), join(copy, name), { recursive: true });
  for (const directory of [dirname(path), path]) await chmod(directory, 0o755);
  // Whatever the umask is.
  execFileSync('chmod', ['-R', 'a+rX', copy, join(dirname(path), 'package.json')]);
  const user = [`--reuid=${USER}`, `--regid=${GROUP}`, '--clear-groups', '--bounding-set=-all'];
  return [...user, process.execPath, join(copy, 'bin', 'kraken-outages.js'), ...SUBMIT];
}

describe('e2e: a key file whose permissions the user cannot change', () => {
  runConcurrentlyIf(canMount, 'root and the permission to mount', {
    'is accepted with a warning on a read-only file system, even if others can read it': () =>
      withWorkspaceAndApi(healthy('alpha'), async ({ shell, write }, api) => {
        await chmod(await write('key', `${KEY}\n`), 0o644);
        const script = `mount --bind -o ro key key && kraken-outages ${SUBMIT.join(' ')}`;
        const env = { KRAKEN_API_URL: api.url };
        const result = await shell(`export -f kraken-outages; unshare --mount bash -c '${script}'`, { env });
        const warning = 'key file is readable by other users (mode 0644), on a read-only file system';
        expect([result.code, result.stderr]).to.deep.equal([0, `note: --api-key-file key: ${warning}\n`]);
        expect(api.to('POST /site-outages/alpha')[0]?.headers['x-api-key']).to.equal(KEY);
      }),

    'is described by config check': () =>
      withWorkspaceAndApi(healthy('alpha'), async ({ shell, write }, { url }) => {
        await chmod(await write('key', KEY), 0o444);
        const script = 'mount --bind -o ro key key && kraken-outages config check --api-key-file key';
        const env = { KRAKEN_API_URL: url };
        const result = await shell(`export -f kraken-outages; unshare --mount bash -c '${script}'`, { env });
        expect(result.code, result.stdout).to.equal(0);
        expect(result.stdout).to.match(/^✓ ok +key file +.*\(mode 0444\), on a read-only file system$/m);
      }),
  });

  runConcurrentlyIf(canBeOther, 'root and setpriv', {
    'is accepted with a warning if only the group of the user can read it': () =>
      withWorkspaceAndApi(healthy('alpha'), async (workspace, { url }) => {
        const key = await workspace.write('key', KEY);
        await chown(key, 0, GROUP);
        await chmod(key, 0o640);
        const command = await asOtherUser(workspace);
        const { code, stderr } = await workspace.spawn('setpriv', command, { env: { KRAKEN_API_URL: url } }).ended;
        const warning = 'key file is readable by its group (mode 0640), and belongs to another user';
        expect([code, stderr]).to.deep.equal([0, `note: --api-key-file key: ${warning}\n`]);
      }),

    'is rejected if every user can read it, or if the user owns it': () =>
      withWorkspaceAndApi(healthy('alpha'), async (workspace, { url }) => {
        const key = await workspace.write('key', KEY);
        const command = await asOtherUser(workspace);
        for (const [owner, mode] of [
          [0, 0o644],
          [USER, 0o640],
        ] as const) {
          await chown(key, owner, GROUP);
          await chmod(key, mode);
          const result = await workspace.spawn('setpriv', command, { env: { KRAKEN_API_URL: url } }).ended;
          expect(result.code).to.equal(3);
          expect(failureOf(result).error).to.equal(
            `--api-key-file key: key file is readable by other users (mode 0${mode.toString(8)})`,
          );
        }
      }),
  });
});
