import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { unzipSync } from 'fflate';

import { type Ending, type LambdaService, withLambdaService } from './lambda-runtime-api.ts';
import { REPOSITORY, type Running, type Workspace } from './workspace.ts';

const run = promisify(execFile);
/** Absolute, for processes that run in another directory. */
const BLANK_SPACE = import.meta.resolve('ts-blank-space/register');
const RUNTIME = fileURLToPath(new URL('lambda-runtime.ts', import.meta.url));

/** The archive that `npm run lambda` makes, unpacked. */
export interface LambdaPackage {
  readonly archive: Uint8Array;
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** Runs `npm run lambda`'s script. */
export async function buildLambda(): Promise<LambdaPackage> {
  const directory = await mkdtemp(join(tmpdir(), 'kraken-outages-lambda-'));
  try {
    const path = join(directory, 'function.zip');
    const args = ['--import', BLANK_SPACE, 'build/lambda.ts', path];
    await run(process.execPath, args, { cwd: REPOSITORY });
    const archive = await readFile(path);
    return { archive, files: unzipSync(archive) };
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** A function that runs in a process of its own. */
export interface LambdaFunction {
  readonly invoke: LambdaService['invoke'];
  /** Its log so far: stdout and stderr. */
  readonly log: () => string;
}

/** The runtime's command line for the handler's file; by default that of the minimal runtime. */
export type RuntimeCommand = (file: string) => readonly [string, ...string[]];

const MINIMAL: RuntimeCommand = (file) => [process.execPath, '--import', BLANK_SPACE, RUNTIME, file];

/** Runs the test while Lambda's runtime serves the function in the workspace, with these variables. */
export async function withFunction<T>(
  { files }: LambdaPackage,
  { path, spawn, write }: Workspace,
  env: Readonly<Record<string, string>>,
  use: (lambda: LambdaFunction) => Promise<T>,
  command = MINIMAL,
): Promise<T> {
  for (const [name, content] of Object.entries(files)) await write(name, content);
  return withLambdaService(async ({ address, invoke }) => {
    const [program, ...args] = command(join(path, 'index.mjs'));
    const variables = { AWS_LAMBDA_RUNTIME_API: address, LAMBDA_TASK_ROOT: path, _HANDLER: 'index.handler', ...env };
    const running: Running = spawn(program, args, { env: variables });
    try {
      return await use({
        invoke: (...invocation) => running.reaching(invoke(...invocation)),
        log: () => running.stdout() + running.stderr(),
      });
    } finally {
      running.kill('SIGKILL');
      await running.ended;
    }
  });
}

/** The value that the function returned. @throws {Error} if it failed */
export function valueOf(ending: Ending): unknown {
  if (ending.type === 'response') return ending.value;
  throw new Error(`the function failed: ${JSON.stringify(ending.value)}`);
}

/** An SQS event with these bodies; the ids of the messages are `m0`, `m1`, … */
export function sqsEvent(...bodies: readonly string[]): unknown {
  return {
    Records: bodies.map((body, index) => ({
      messageId: `m${index}`,
      receiptHandle: 'AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a',
      body,
      attributes: { ApproximateReceiveCount: '1', SentTimestamp: '1545082649183' },
      messageAttributes: {},
      md5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:eu-west-2:123456789012:sites',
      awsRegion: 'eu-west-2',
    })),
  };
}

/** The event of an EventBridge schedule. */
export const SCHEDULE = {
  version: '0',
  id: '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa',
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account: '123456789012',
  time: '2026-10-08T16:53:06Z',
  region: 'eu-west-2',
  resources: ['arn:aws:events:eu-west-2:123456789012:rule/nightly'],
  detail: {},
};
