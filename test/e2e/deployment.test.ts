import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'chai';
import { before, describe, it } from 'mocha';
import * as v from 'valibot';
import { parse } from 'yaml';

import { SETTINGS } from '../../src/config/settings.ts';
import { type Block, blocksOf, readDocument } from '../support/documents.ts';
import { buildLambda, type LambdaPackage, sqsEvent, valueOf, withFunction } from './support/lambda-function.ts';
import { inProject } from './support/project.ts';
import { runConcurrently, runConcurrentlyIf } from './support/run-concurrently.ts';
import { healthy, withApi } from './support/scripted-api.ts';
import { fieldsOf, findProgram, hasProgram, inWorkspace, KEY } from './support/workspace.ts';

const PAGES = ['docs/docker.md', 'docs/kubernetes.md', 'docs/lambda.md', 'docs/systemd.md'];
const VARIABLES = Object.values(SETTINGS).map(({ variable }) => variable);

/** The blocks of a page in this language. */
function codeIn(path: string, language: string): readonly string[] {
  return blocksOf(readDocument(path))
    .filter((block) => block.language === language)
    .map(({ code }) => code);
}

describe('e2e: the commands in the pages about deployment', () => {
  const blocks = PAGES.flatMap((path) => blocksOf(readDocument(path))).filter(({ language }) => language === 'sh');

  const check = (program: string, args: readonly string[]): Readonly<Record<string, () => Promise<void>>> =>
    Object.fromEntries(
      blocks.map(({ place, code }: Block) => [
        `pass ${program}: ${place}`,
        () =>
          inWorkspace(async ({ spawn, write }) => {
            await write('block.sh', code);
            const { code: exitCode, stdout, stderr } = await spawn(program, [...args, 'block.sh']).ended;
            expect(exitCode, stdout + stderr).to.equal(0);
          }),
      ]),
    );
  runConcurrently(check('bash', ['-n']));
  runConcurrentlyIf(hasProgram('shellcheck'), 'shellcheck', check('shellcheck', ['--shell=bash']));
});

const attributeSchema = v.object({ 'Fn::GetAtt': v.tuple([v.string(), v.literal('Arn')]) });
/** The parts of the template that the function relies on. Other keys, such as misspelled ones, are rejected. */
const templateSchema = v.strictObject({
  AWSTemplateFormatVersion: v.literal('2010-09-09'),
  Transform: v.literal('AWS::Serverless-2016-10-31'),
  Resources: v.strictObject({
    Submit: v.strictObject({
      Type: v.literal('AWS::Serverless::Function'),
      Properties: v.strictObject({
        CodeUri: v.literal('kraken-outages-lambda.zip'),
        Handler: v.literal('index.handler'),
        Runtime: v.picklist(['nodejs20.x', 'nodejs22.x', 'nodejs24.x']),
        MemorySize: v.number(),
        Timeout: v.pipe(v.number(), v.maxValue(900)),
        LoggingConfig: v.strictObject({ LogFormat: v.picklist(['JSON', 'Text']) }),
        Environment: v.strictObject({ Variables: v.record(v.picklist(VARIABLES), v.string()) }),
        Policies: v.array(
          v.strictObject({
            Version: v.literal('2012-10-17'),
            Statement: v.array(
              v.strictObject({
                Effect: v.literal('Allow'),
                Action: v.literal('ssm:GetParameters'),
                Resource: v.strictObject({ 'Fn::Sub': v.string() }),
              }),
            ),
          }),
        ),
        Events: v.strictObject({
          Nightly: v.strictObject({
            Type: v.literal('Schedule'),
            Properties: v.strictObject({ Schedule: v.pipe(v.string(), v.regex(/^cron\((?:\S+ ){5}\S+\)$/)) }),
          }),
          Messages: v.strictObject({
            Type: v.literal('SQS'),
            Properties: v.strictObject({
              Queue: attributeSchema,
              BatchSize: v.pipe(v.number(), v.maxValue(10_000)),
              MaximumBatchingWindowInSeconds: v.pipe(v.number(), v.minValue(1), v.maxValue(300)),
              FunctionResponseTypes: v.tuple([v.literal('ReportBatchItemFailures')]),
              ScalingConfig: v.strictObject({ MaximumConcurrency: v.pipe(v.number(), v.minValue(2)) }),
            }),
          }),
        }),
        EventInvokeConfig: v.strictObject({
          MaximumRetryAttempts: v.pipe(v.number(), v.maxValue(2)),
          DestinationConfig: v.strictObject({
            OnFailure: v.strictObject({ Type: v.literal('SQS'), Destination: attributeSchema }),
          }),
        }),
      }),
    }),
    Sites: v.strictObject({
      Type: v.literal('AWS::SQS::Queue'),
      Properties: v.strictObject({
        VisibilityTimeout: v.number(),
        RedrivePolicy: v.strictObject({ deadLetterTargetArn: attributeSchema, maxReceiveCount: v.number() }),
      }),
    }),
    Failures: v.strictObject({
      Type: v.literal('AWS::SQS::Queue'),
      Properties: v.strictObject({ MessageRetentionPeriod: v.pipe(v.number(), v.maxValue(1_209_600)) }),
    }),
  }),
});

describe('e2e: docs/lambda.md', () => {
  let lambda: LambdaPackage;
  before(async () => {
    lambda = await buildLambda();
  });

  it('has a template that fits the function', () => {
    const [code = ''] = codeIn('docs/lambda.md', 'yaml');
    const { Resources: resources } = v.parse(templateSchema, parse(code));
    const { Submit: submit, Sites: sites } = resources;
    const [policy] = submit.Properties.Policies;
    expect(sites.Properties.VisibilityTimeout).to.be.at.least(6 * submit.Properties.Timeout);
    const names = [...code.matchAll(/\[(\w+), Arn\]/g)].map(([, name]) => name);
    expect(Object.keys(resources)).to.include.members(names);
    // The policy allows the parameters of the variables.
    expect(policy?.Statement[0]?.Resource['Fn::Sub']).to.match(/:parameter\/kraken\/\*$/);
    const references = Object.values(submit.Properties.Environment.Variables).filter((text) => text.startsWith('ssm:'));
    expect(references).to.deep.equal(['ssm:/kraken/api-url', 'ssm:/kraken/api-key']);
  });

  it('has events that the function takes', () =>
    withApi(healthy('norwich-pear-tree', 'kingfisher'), (api) =>
      inWorkspace((workspace) =>
        withFunction(lambda, workspace, api.env, async ({ invoke }) => {
          const [event = '', message = ''] = codeIn('docs/lambda.md', 'json');
          expect(fieldsOf(valueOf(await invoke(JSON.parse(event))))).to.deep.include({
            exitCode: 0,
            outcomes: { accepted: 2 },
          });
          expect(valueOf(await invoke(sqsEvent(message)))).to.deep.equal({ batchItemFailures: [] });
        }),
      ),
    ));
});

const quantity = v.pipe(v.string(), v.regex(/^\d+(?:m|Mi|Gi)?$/));
/** The fields of a CronJob (batch/v1) that the page uses; others, such as misspelled ones, are rejected. */
const podSchema = v.strictObject({
  restartPolicy: v.literal('Never'),
  automountServiceAccountToken: v.literal(false),
  securityContext: v.strictObject({
    runAsNonRoot: v.literal(true),
    runAsUser: v.literal(10_001),
    runAsGroup: v.literal(10_001),
    fsGroup: v.optional(v.literal(10_001)),
    seccompProfile: v.strictObject({ type: v.literal('RuntimeDefault') }),
  }),
  containers: v.tuple([
    v.strictObject({
      name: v.literal('submit'),
      image: v.string(),
      args: v.array(v.string()),
      env: v.array(
        v.union([
          v.strictObject({ name: v.picklist(VARIABLES), value: v.string() }),
          v.strictObject({
            name: v.picklist(VARIABLES),
            valueFrom: v.strictObject({
              secretKeyRef: v.strictObject({ name: v.literal('kraken'), key: v.literal('api-key') }),
            }),
          }),
        ]),
      ),
      volumeMounts: v.optional(
        v.array(v.strictObject({ name: v.string(), mountPath: v.string(), readOnly: v.literal(true) })),
      ),
      resources: v.optional(
        v.strictObject({ requests: v.record(v.string(), quantity), limits: v.record(v.string(), quantity) }),
      ),
      securityContext: v.strictObject({
        allowPrivilegeEscalation: v.literal(false),
        readOnlyRootFilesystem: v.literal(true),
        capabilities: v.strictObject({ drop: v.tuple([v.literal('ALL')]) }),
      }),
    }),
  ]),
  volumes: v.optional(
    v.array(
      v.strictObject({
        name: v.string(),
        // YAML 1.2 reads 0440 as decimal, Kubernetes (YAML 1.1) as octal.
        secret: v.strictObject({ secretName: v.literal('kraken'), defaultMode: v.literal(440) }),
      }),
    ),
  ),
});
const cronJobSchema = v.strictObject({
  apiVersion: v.literal('batch/v1'),
  kind: v.literal('CronJob'),
  metadata: v.strictObject({ name: v.string() }),
  spec: v.strictObject({
    schedule: v.pipe(v.string(), v.regex(/^(?:[\d*,/-]+ ){4}[\d*,/-]+$/)),
    timeZone: v.string(),
    concurrencyPolicy: v.literal('Forbid'),
    jobTemplate: v.strictObject({
      spec: v.strictObject({
        backoffLimit: v.number(),
        podFailurePolicy: v.optional(
          v.strictObject({
            rules: v.array(
              v.strictObject({
                action: v.literal('FailJob'),
                onExitCodes: v.strictObject({
                  containerName: v.literal('submit'),
                  operator: v.literal('In'),
                  values: v.array(v.number()),
                }),
              }),
            ),
          }),
        ),
        template: v.strictObject({ spec: podSchema }),
      }),
    }),
  }),
});

describe('e2e: docs/kubernetes.md', () => {
  const manifests = codeIn('docs/kubernetes.md', 'yaml');

  runConcurrently(
    Object.fromEntries(
      manifests.map((code, index) => [
        `has a CronJob whose command works (${index + 1} of ${manifests.length})`,
        () =>
          inProject(async ({ run, write }, env) => {
            const manifest = v.parse(cronJobSchema, parse(code));
            const pod = manifest.spec.jobTemplate.spec.template.spec;
            const [container] = pod.containers;
            // The command gets the sandbox's URL, and its key in the way that the manifest says.
            const key = env['KRAKEN_API_KEY'] ?? '';
            const isVariable = container.env.some((entry) => 'valueFrom' in entry);
            const [mount] = container.volumeMounts ?? [];
            expect(isVariable).to.equal(mount === undefined);
            const path = await write('mounted-key', key);
            const args = container.args.map((arg) => (arg === `${mount?.mountPath ?? ''}/api-key` ? path : arg));
            // Without the variable, the key can only come from the file.
            const variables = isVariable ? env : { ...env, KRAKEN_API_KEY: 'not-the-key-1234' };
            const { code: exitCode, stdout, stderr } = await run(args, { env: variables });
            expect(exitCode, stderr).to.equal(0);
            expect(fieldsOf(JSON.parse(stdout))['outcome']).to.equal('accepted');
            expect(pod.volumes?.map(({ name }) => name)).to.deep.equal(mount && [mount.name]);
          }),
      ]),
    ),
  );

  it('has the version of the package in the names of images', () => {
    const { version } = v.parse(v.object({ version: v.string() }), JSON.parse(readDocument('package.json').text));
    for (const code of manifests) expect(code).to.include(`kraken-outages:${version}\n`);
  });
});

describe('e2e: docs/systemd.md', () => {
  const [service = '', timer = ''] = codeIn('docs/systemd.md', 'ini');

  runConcurrentlyIf(hasProgram('systemd-analyze'), 'systemd-analyze', {
    'has units without errors': () =>
      inWorkspace(async ({ spawn, write }) => {
        // systemd only looks for the executable.
        const anywhere = service.replace('/usr/local/bin/kraken-outages', findProgram('true') ?? '');
        await write('kraken-outages.service', anywhere);
        await write('kraken-outages.timer', timer);
        const args = ['verify', '--man=no', './kraken-outages.timer', './kraken-outages.service'];
        const { code, stdout, stderr } = await spawn('systemd-analyze', args).ended;
        expect({ code, stdout, stderr }).to.deep.equal({ code: 0, stdout: '', stderr: '' });
      }),
  });

  runConcurrently({
    'has a command that works': () =>
      inProject(async ({ path, spawn, read }, env) => {
        const [, command = ''] = /^ExecStart=(.*)$/m.exec(service) ?? [];
        // Relative paths, which a shell does not split whatever the directory is called; systemd splits no variable.
        const here = command
          .replace('/usr/local/bin/kraken-outages', 'kraken-outages')
          .replace('/etc/kraken-outages/sites.txt', 'sites.txt');
        await writeFile(join(path, 'sites.txt'), 'norwich-pear-tree\n');
        await mkdir(join(path, 'state'));
        const { KRAKEN_API_KEY: key = '', ...others } = env;
        await writeFile(join(path, 'key'), key, { mode: 0o600 });
        const variables = { ...others, STATE_DIRECTORY: 'state', CREDENTIALS_DIRECTORY: '.' };
        const { code, stderr } = await spawn('bash', ['-euc', here], { env: variables }).ended;
        expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
        expect(await read('state/journal.ndjson'))
          .to.include('"accepted"')
          .and.not.to.include(KEY);
      }),
  });
});
