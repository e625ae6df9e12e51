import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'chai';
import { describe, it } from 'mocha';
import { parse } from 'yaml';

import { blocksOf, DOCUMENTS } from '../support/documents.ts';
import { inProject } from './support/project.ts';
import { runConcurrently, runConcurrentlyIf } from './support/run-concurrently.ts';
import { hasProgram } from './support/workspace.ts';

const BLOCKS = DOCUMENTS.flatMap(blocksOf);

/** The block without npm commands, which install packages or start these tests. */
function withoutNpm(code: string): string {
  return code.replace(/^npm .*\n/gm, '');
}

describe('e2e: every shell command in the documents, except npm, runs verbatim', () => {
  runConcurrentlyIf(
    hasProgram('jq'),
    'jq',
    Object.fromEntries(
      BLOCKS.filter(({ language, code, isExempt }) => language === 'sh' && !isExempt && withoutNpm(code) !== '').map(
        ({ place, code }) => [
          place,
          () =>
            inProject(async ({ path, spawn, write }, env) => {
              await write('.kraken-key', 'sandbox-key\n');
              // config init does not replace a file.
              if (code.includes('config init')) await rm(join(path, '.kraken-outagesrc'));
              const { code: exitCode, stderr } = await spawn('bash', ['-euo', 'pipefail', '-c', withoutNpm(code)], {
                env,
              }).ended;
              expect(exitCode, stderr).to.equal(0);
            }),
        ],
      ),
    ),
  );

  it('leaves out only the blocks that cannot run in a test', () => {
    const exempt = BLOCKS.filter(({ isExempt }) => isExempt);
    expect(exempt.map(({ place }) => place.replace(/:.*/, ''))).to.deep.equal([
      'README.md',
      ...Array<string>(4).fill('docs/docker.md'),
      'docs/fleet.md',
      'docs/kubernetes.md',
      'docs/lambda.md',
      'docs/recipes.md',
      ...Array<string>(2).fill('docs/systemd.md'),
    ]);
  });
});

describe('e2e: every YAML file in the documents', () => {
  const files = BLOCKS.filter(({ language }) => language === 'yaml');

  it('is valid YAML', () => {
    for (const { place, code } of files) expect(parse(code), place).to.be.an('object');
  });

  runConcurrently(
    Object.fromEntries(
      files
        .filter(({ code }) => code.startsWith('apiUrl:'))
        .map(({ place, code }) => [
          `is a configuration without unknown keys or invalid values (${place})`,
          () =>
            inProject(async ({ run, write }, env) => {
              await write('sample.yaml', code);
              const { code: exitCode, stderr } = await run(['config', 'show', '--config', 'sample.yaml'], { env });
              expect(exitCode, stderr).to.equal(0);
            }),
        ]),
    ),
  );
});
