import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { expect } from 'chai';
import { before, describe, it } from 'mocha';

import { buildLambda, SCHEDULE, sqsEvent, valueOf, withFunction } from '../e2e/support/lambda-function.ts';
import { bare, healthy, withApi } from '../e2e/support/scripted-api.ts';
import { fieldsOf, inWorkspace, REPOSITORY } from '../e2e/support/workspace.ts';

const run = promisify(execFile);
/** The last version for Node.js 20. It compiles its own curl for minutes, so the installation is cached. */
const VERSION = '3.3.0';
const DIRECTORY = join(REPOSITORY, 'node_modules', '.cache', `aws-lambda-ric-${VERSION}-${process.version}`);
const COMPILE_MS = 15 * 60_000;

/** Installs AWS's runtime interface client. @returns why it cannot be; undefined if it is installed */
async function installClient(): Promise<string | undefined> {
  if (existsSync(DIRECTORY)) return undefined;
  const directory = `${DIRECTORY}.part`;
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const manifest = { private: true, allowScripts: { 'aws-lambda-ric': true } };
  await writeFile(join(directory, 'package.json'), JSON.stringify(manifest));
  // Uses the headers of the installed Node.js, which node-gyp would otherwise download.
  const prefix = dirname(dirname(process.execPath));
  const hasHeaders = existsSync(join(prefix, 'include', 'node', 'node_api.h'));
  const env = { ...process.env, HOME: directory, ...(hasHeaders && { npm_config_nodedir: prefix }) };
  try {
    await run('npm', ['install', '--no-audit', '--no-fund', `aws-lambda-ric@${VERSION}`], { cwd: directory, env });
    // The client's scripts succeed even if a tool for compiling is missing.
    await access(join(directory, 'node_modules', 'aws-lambda-ric', 'dist', 'rapid-client.node'));
    await rename(directory, DIRECTORY);
    return undefined;
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    return String(error).split('\n', 1)[0] ?? '';
  }
}

describe("deep: the Lambda function with AWS's runtime interface client", () => {
  before(async function () {
    this.timeout(COMPILE_MS);
    const problem = await installClient();
    if (problem === undefined) return;
    console.log(`    (skipped: aws-lambda-ric cannot be compiled: ${problem})`);
    this.skip();
  });

  it('responds to invocations, batches and schedules, and reports failures', async () => {
    const lambda = await buildLambda();
    const client = join(DIRECTORY, 'node_modules', 'aws-lambda-ric', 'bin', 'index.mjs');
    await withApi({ ...healthy('alpha', 'beta'), 'POST /site-outages/beta': [bare(400)] }, (api) =>
      inWorkspace((workspace) =>
        withFunction(
          lambda,
          workspace,
          { ...api.env, KRAKEN_SITE: 'beta' },
          async ({ invoke, log }) => {
            expect(fieldsOf(valueOf(await invoke({ sites: ['alpha'] })))['exitCode'], log()).to.equal(0);
            expect(valueOf(await invoke(sqsEvent('alpha', 'beta')))).to.deep.equal({
              batchItemFailures: [{ itemIdentifier: 'm1' }],
            });
            const failed = await invoke(SCHEDULE);
            expect(failed.type).to.equal('error');
            expect(fieldsOf(failed.value)['errorType']).to.equal('SitesNotAcceptedError');
            expect(fieldsOf(failed.value)['errorMessage']).to.equal('1 of 1 sites not accepted: beta (refused)');
          },
          () => [process.execPath, client, 'index.handler'],
        ),
      ),
    );
  });
});
