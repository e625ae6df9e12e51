import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'chai';
import { describe } from 'mocha';

import { createProgram, loadCommands } from '../../src/cli/command-tree.ts';
import { examplesOf } from '../../src/cli/help/render-command.ts';
import { TOPICS } from '../../src/cli/help/topics.ts';
import { inProject } from './support/project.ts';
import { runConcurrentlyIf } from './support/run-concurrently.ts';
import { hasProgram } from './support/workspace.ts';

const program = createProgram(await loadCommands());
const EXAMPLES = new Set([
  ...[program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)].flatMap(examplesOf),
  ...TOPICS.flatMap(({ examples }) => examples.map((example) => `kraken-outages ${example}`)),
]);

describe('e2e: every example in the help runs verbatim', () => {
  runConcurrentlyIf(
    hasProgram('jq'),
    'jq',
    Object.fromEntries(
      [...EXAMPLES].map((example) => [
        example,
        () =>
          inProject(async ({ path, spawn }, env) => {
            // config init does not replace a file.
            if (example.startsWith('kraken-outages config init')) await rm(join(path, '.kraken-outagesrc'));
            const isServer = example.startsWith('kraken-outages sandbox');
            // Another run of the tests may use the default port.
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
