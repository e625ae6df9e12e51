import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { createProgram, loadCommands } from '../../src/cli/command-tree.ts';
import { examplesOf } from '../../src/cli/help/render-command.ts';
import { TOPICS } from '../../src/cli/help/topics.ts';
import { REDIS } from '../fleet/support/queue-servers.ts';
import { inProject } from './support/project.ts';
import { runConcurrentlyIf } from './support/run-concurrently.ts';
import { hasProgram } from './support/workspace.ts';

const program = createProgram(await loadCommands());
const EXAMPLES = new Set([
  ...[program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)].flatMap(examplesOf),
  ...TOPICS.flatMap(({ examples }) => examples.map((example) => `kraken-outages ${example}`)),
]);

const USES_QUEUE = /^kraken-outages (?:worker|runs)\b/;

describe('e2e: every example of worker and runs in the help', () => {
  it('runs verbatim but for the address of the queue and the port', async function () {
    if (!REDIS.isInstalled()) this.skip();
    const server = await REDIS.start();
    try {
      await inProject(async ({ spawn }, env) => {
        const queue = { ...env, KRAKEN_QUEUE: server.url };
        for (const example of [...EXAMPLES].filter((each) => USES_QUEUE.test(each))) {
          const line = example.replace(/redis:\S+/, server.url).replace('--health-port 9090', '--health-port 0');
          const running = spawn('bash', ['-c', `exec ${line}`], { env: queue });
          const isWorker = example.includes(' worker');
          if (isWorker) {
            await running.until(() => running.stderr().includes('waiting for jobs'));
            running.kill('SIGTERM');
          }
          const { code, stderr } = await running.ended;
          // There is no run yet.
          expect(code, stderr).to.equal(example.includes(' runs nightly') ? 2 : 0);
        }
      });
    } finally {
      await server.close();
    }
  });
});

describe('e2e: every example in the help runs verbatim', () => {
  runConcurrentlyIf(
    hasProgram('jq'),
    'jq',
    Object.fromEntries(
      [...EXAMPLES]
        .filter((example) => !USES_QUEUE.test(example))
        .map((example) => [
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
