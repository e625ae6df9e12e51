import { mkdir, rm, symlink } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import { expect } from 'chai';
import { describe } from 'mocha';

import { examplesOf } from '../../src/cli/help/render-command.ts';
import { TOPICS } from '../../src/cli/help/topics.ts';
import { createProgram, loadCommands } from '../../src/cli/command-tree.ts';
import { SANDBOX_DEFAULTS } from '../../src/sandbox/defaults.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { togetherWhere } from './support/together.ts';
import { EXECUTABLE, hasProgram, inWorkspace, type Workspace } from './support/workspace.ts';

const program = createProgram(await loadCommands());
const EXAMPLES = new Set([
  ...[program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)].flatMap(examplesOf),
  ...TOPICS.flatMap(({ examples }) => examples.map((example) => `kraken-outages ${example}`)),
]);

/** What a person who pastes an example has: an API, a list of sites, a profile. */
async function inProject(use: (workspace: Workspace, env: Readonly<Record<string, string>>) => Promise<void>) {
  const options = { ...SANDBOX_DEFAULTS, port: 0, cutoff: '2022-01-01T00:00:00Z', cutoffInclusive: false };
  const api = await startSandbox(options);
  try {
    await inWorkspace(async (workspace) => {
      await workspace.write('sites.txt', api.sites.join('\n'));
      await workspace.write(
        '.kraken-outagesrc',
        JSON.stringify({ sites: [api.sites[0]], profiles: { staging: { timeout: '5s' } } }),
      );
      const bin = join(workspace.path, 'bin');
      await mkdir(bin);
      await symlink(EXECUTABLE, join(bin, 'kraken-outages'));
      await use(workspace, {
        PATH: [bin, process.env['PATH']].join(delimiter),
        SHELL: '/bin/bash',
        KRAKEN_API_URL: api.url,
        KRAKEN_API_KEY: api.apiKey,
      });
    });
  } finally {
    await api.close();
  }
}

describe('e2e: every example of help runs as it stands', () => {
  togetherWhere(
    hasProgram('jq'),
    'jq',
    Object.fromEntries(
      [...EXAMPLES].map((example) => [
        example,
        () =>
          inProject(async ({ path, spawn }, env) => {
            // It never writes over a file.
            if (example.startsWith('kraken-outages config init')) await rm(join(path, '.kraken-outagesrc'));
            const isServer = example.startsWith('kraken-outages sandbox');
            // On a free port: another run of the tests may be serving on the usual one.
            const line = `set -o pipefail\n${isServer ? `exec ${example} --port 0` : example}`;
            const running = spawn('bash', ['-c', line], { env });
            if (isServer) {
              await running.until(() => running.stdout().includes('\n'));
              running.kill('SIGINT');
            }
            const { code, stderr } = await running.ended;
            expect(code, stderr).to.equal(isServer ? 130 : 0);
          }),
      ]),
    ),
  );
});
