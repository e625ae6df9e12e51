import { readFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'chai';
import { describe } from 'mocha';
import * as v from 'valibot';
import { parse } from 'yaml';

import { blocksOf, readDocument } from '../support/documents.ts';
import { installExecutable } from './support/install-executable.ts';
import { inProject } from './support/project.ts';
import { runConcurrently, runConcurrentlyIf } from './support/run-concurrently.ts';
import { bare, hang, healthy, json, type Script, withApi } from './support/scripted-api.ts';
import { hasProgram, inWorkspace, type Result, REPOSITORY, type Workspace } from './support/workspace.ts';

const BLOCKS = blocksOf(readDocument('docs/recipes.md'));

/** The block of this language that contains the text. */
function block(language: string, text: string): string {
  const found = BLOCKS.find((candidate) => candidate.language === language && candidate.code.includes(text));
  if (!found) throw new Error(`docs/recipes.md has no block of ${language} with ${text}`);
  return found.code;
}

describe('e2e: the cron recipe', () => {
  const CRONTAB = block('crontab', 'kraken-outages submit');
  const FILE = block('sh', 'KRAKEN_API_KEY=file:');

  /** Writes the files of the recipe, and runs its command as cron does. */
  async function runJob(workspace: Workspace, api: Readonly<Record<string, string>>): Promise<Result> {
    const { path, write, spawn } = workspace;
    // Relative paths, which a shell does not split whatever the directory is called.
    const moved = (text: string): string =>
      text
        .replaceAll('/etc/kraken/', './')
        .replaceAll('/usr/local/bin/kraken-outages', './bin/kraken-outages')
        .replace(/KRAKEN_API_URL=.*/, `KRAKEN_API_URL=${api['KRAKEN_API_URL'] ?? ''}`);
    await write('key', `${api['KRAKEN_API_KEY'] ?? ''}\n`);
    await write('env', moved(FILE));
    const lines = moved(CRONTAB).trim().split('\n');
    const [, variable = '', value = ''] = /^(\w+)=(.*)$/.exec(lines[0] ?? '') ?? [];
    const [, command = ''] = /^(?:\S+\s+){5}(.*)$/.exec(lines.at(-1) ?? '') ?? [];
    expect(variable).to.equal('PATH');
    // The recipe says to add the directory of node. A percent sign would end the command.
    const PATH = `${join(process.execPath, '..')}:${value}`;
    expect(command).not.to.include('%');
    return spawn('/bin/sh', ['-c', command], { cwd: path, env: { SHELL: '/bin/sh', PATH } }).ended;
  }

  runConcurrently({
    'submits without a word, and keeps the receipts in the journal': () =>
      inProject(async (workspace, env) => {
        expect(await runJob(workspace, env)).to.deep.equal({ code: 0, stdout: '', stderr: '' });
        expect(await workspace.read('kraken-journal.ndjson')).to.include('"outcome":"accepted"');
      }),

    'prints errors, which cron sends by mail': () =>
      inProject(async (workspace, env) => {
        const { code, stderr } = await runJob(workspace, { ...env, KRAKEN_API_KEY: 'another-key' });
        expect(code).to.equal(4);
        expect(stderr).to.match(/^error: /);
      }),
  });
});

describe('e2e: the retry recipe', () => {
  const RECIPE = block('sh', 'for wait in');

  /** Runs the recipe; `sleep` returns at once. @returns what it printed, and the number of POSTs */
  const runRecipe = (script: Script, check: (result: Result, posts: number) => void) => () =>
    withApi({ ...healthy('alpha'), ...script }, (api) =>
      inWorkspace(async (workspace) => {
        const PATH = await installExecutable(workspace);
        await chmod(await workspace.write('bin/sleep', '#!/bin/sh\n'), 0o755);
        await workspace.write('sites.txt', 'alpha\n');
        const env = { ...api.env, PATH, KRAKEN_RETRIES: '0' };
        const result = await workspace.spawn('bash', ['-c', RECIPE], { env }).ended;
        check(result, api.to('POST /site-outages/alpha').length);
      }),
    );

  runConcurrently({
    'runs again if the API did not recover in time': runRecipe(
      { 'POST /site-outages/alpha': [bare(500), bare(500), json({})] },
      (result, posts) => {
        expect([result.code, posts]).to.deep.equal([0, 3]);
      },
    ),

    'gives up after three times': runRecipe({ 'POST /site-outages/alpha': [bare(500)] }, (result, posts) => {
      expect([result.code, posts]).to.deep.equal([5, 3]);
    }),

    'does not run again if the API refuses the list': runRecipe(
      { 'POST /site-outages/alpha': [json({ message: 'Unexpected outages received' }, 400)] },
      (result, posts) => {
        expect([result.code, posts]).to.deep.equal([7, 1]);
      },
    ),
  });

  runConcurrentlyIf(hasProgram('setsid'), 'setsid', {
    'stops after Ctrl-C': () =>
      withApi({ ...healthy('alpha'), 'POST /site-outages/alpha': [hang] }, (api) =>
        inWorkspace(async (workspace) => {
          const PATH = await installExecutable(workspace);
          await workspace.write('sites.txt', 'alpha\n');
          const script = `echo $$\n${RECIPE}`;
          const running = workspace.spawn('setsid', ['--wait', 'bash', '-c', script], { env: { ...api.env, PATH } });
          await running.reaching(api.receives('POST /site-outages/alpha'));
          process.kill(-Number.parseInt(running.stdout()), 'SIGINT');
          const { stdout } = await running.ended;
          expect(stdout).to.include('unknown');
          expect(api.to('POST /site-outages/alpha')).to.have.length(1);
        }),
      ),
  });
});

const actionSchema = v.object({
  inputs: v.record(v.string(), v.object({ default: v.optional(v.string(), '') })),
  runs: v.object({
    steps: v.array(v.object({ run: v.optional(v.string()), env: v.optional(v.record(v.string(), v.string())) })),
  }),
});
const workflowSchema = v.object({
  jobs: v.object({ submit: v.object({ steps: v.tuple([v.object({ with: v.record(v.string(), v.string()) })]) }) }),
});

describe('e2e: the action', () => {
  const { inputs, runs } = v.parse(actionSchema, parse(readFileSync(join(REPOSITORY, 'action.yml'), 'utf8')));
  const [usage] = v.parse(workflowSchema, parse(block('yaml', 'uses: kraken-outages/'))).jobs.submit.steps;

  /** Runs the action's last step with these inputs, as GitHub does. */
  function runAction(
    { spawn }: Workspace,
    env: Readonly<Record<string, string>>,
    given: Readonly<Record<string, string>>,
  ) {
    const step = runs.steps.at(-1);
    const valueOf = (name: string): string => given[name] ?? inputs[name]?.default ?? '';
    const variables = Object.entries(step?.env ?? {}).map(([name, value]): [string, string] => [
      name,
      value.replace(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_whole: string, input: string) => valueOf(input)),
    ]);
    const all = { ...env, GITHUB_ACTION_PATH: REPOSITORY, ...Object.fromEntries(variables) };
    return spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step?.run ?? ''], { env: all }).ended;
  }

  runConcurrently({
    'submits the sites of the sample': () =>
      inProject(async (workspace, env) => {
        expect(Object.keys(inputs)).to.include.members(Object.keys(usage.with));
        const given = { ...usage.with, 'api-url': env['KRAKEN_API_URL'] ?? '' };
        const { code, stdout } = await runAction(workspace, env, given);
        expect(code).to.equal(0);
        expect(stdout).to.match(/norwich-pear-tree +accepted/);
      }),

    'passes several sites and the cutoff on': () =>
      inProject(async (workspace, env) => {
        const given = {
          command: 'preview',
          sites: 'norwich-pear-tree,\n  norwich-pear-tree',
          cutoff: '2022-01-01',
          'cutoff-inclusive': 'true',
          'api-url': env['KRAKEN_API_URL'] ?? '',
        };
        const { code, stdout } = await runAction(workspace, env, given);
        expect(code).to.equal(0);
        expect(JSON.parse(stdout)).to.have.length(12);
      }),
  });
});
