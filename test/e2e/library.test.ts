import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import { describe, it } from 'mocha';
import ts from 'typescript';

import { blocksOf, readDocument } from '../support/documents.ts';
import { inProject } from './support/project.ts';
import { runConcurrently } from './support/run-concurrently.ts';
import { REPOSITORY } from './support/workspace.ts';

const BLOCKS = blocksOf(readDocument('docs/library.md'));
/** Each sample, and the output that the document shows below it. */
const SAMPLES = BLOCKS.flatMap(({ place, language, code }, index) =>
  language === 'ts' ? [{ place, code, output: BLOCKS[index + 1] }] : [],
);

/** The compiler's complaints about the file. */
function problemsOf(paths: readonly string[]): readonly string[] {
  const program = ts.createProgram(paths, {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    allowImportingTsExtensions: true,
    paths: { 'kraken-outages': [join(REPOSITORY, 'src/index.ts')] },
    types: ['node'],
    typeRoots: [join(REPOSITORY, 'node_modules/@types')],
  });
  return [
    ...program.getGlobalDiagnostics(),
    ...paths.flatMap((path) => {
      const file = program.getSourceFile(path);
      return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    }),
  ].map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

describe('e2e: the samples of docs/library.md', () => {
  it('compile', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kraken-outages-samples-'));
    try {
      const paths = await Promise.all(
        SAMPLES.map(async ({ code }, index) => {
          const path = join(folder, `sample-${index}.mts`);
          await writeFile(path, code);
          return path;
        }),
      );
      expect(paths).not.to.deep.equal([]);
      expect(problemsOf(paths)).to.deep.equal([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  runConcurrently(
    Object.fromEntries(
      SAMPLES.map(({ place, code, output }) => [
        `print what the document shows (${place})`,
        () =>
          inProject(async ({ path, write, spawn }, env) => {
            await mkdir(join(path, 'node_modules'));
            await symlink(REPOSITORY, join(path, 'node_modules/kraken-outages'));
            // The samples use no syntax of TypeScript: Node.js 20 runs them as they are.
            await write('sample.mjs', code);
            const { code: exitCode, stdout, stderr } = await spawn(process.execPath, ['sample.mjs'], { env }).ended;
            expect({ exitCode, stderr }).to.deep.equal({ exitCode: 0, stderr: '' });
            expect(output?.language).to.equal('text');
            expect(stdout).to.equal(output?.code);
          }),
      ]),
    ),
  );
});
