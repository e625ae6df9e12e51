import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { rolldown } from 'rolldown';
import webpack from 'webpack';

import { inProject } from '../e2e/support/project.ts';
import { REPOSITORY } from '../e2e/support/workspace.ts';

/** A program that uses the library and one of its classes, whose name must be kept. */
const PROGRAM = `import { connect, ConfigurationError } from 'kraken-outages';

async function run() {
  try {
    connect({ apiUrl: 'x', apiKey: 'y' });
  } catch (error) {
    console.log(error instanceof ConfigurationError, error.name);
  }
  const kraken = connect({ apiUrl: process.env.KRAKEN_API_URL, apiKey: process.env.KRAKEN_API_KEY });
  for await (const { outcome } of kraken.submit(['norwich-pear-tree'])) console.log(outcome);
}
void run();
`;

type Format = 'esm' | 'cjs';

interface Job {
  readonly folder: string;
  readonly entry: string;
  readonly format: Format;
  /** Path of the bundle. */
  readonly file: string;
}

const BUNDLERS: Readonly<Record<string, (job: Job) => Promise<void>>> = {
  async esbuild({ entry, format, file }) {
    const { build } = await import('esbuild-wasm');
    await build({ entryPoints: [entry], bundle: true, platform: 'node', format, outfile: file, logLevel: 'error' });
  },

  async rolldown({ entry, format, file }) {
    const bundle = await rolldown({ input: entry, platform: 'node' });
    await bundle.write({ file, format, codeSplitting: false });
    await bundle.close();
  },

  async webpack({ folder, entry, format, file }) {
    const isModule = format === 'esm';
    const compiler = webpack({
      mode: 'production',
      target: 'node20',
      context: folder,
      entry,
      experiments: { outputModule: isModule },
      output: { path: join(file, '..'), filename: isModule ? 'bundle.mjs' : 'bundle.cjs', module: isModule },
    });
    const problems = await new Promise<readonly string[]>((resolve, reject) => {
      compiler.run((error, stats) => {
        const { errors = [], warnings = [] } = stats?.toJson({ all: false, errors: true, warnings: true }) ?? {};
        // The size of a bundle does not matter in Node.js.
        const texts = [...errors, ...warnings]
          .map(({ message }) => message)
          .filter((text) => !text.includes('size limit'));
        if (error) reject(error);
        else resolve(texts);
      });
    });
    expect(problems).to.deep.equal([]);
  },
};

describe('the library in a bundle', () => {
  let folder = '';

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kraken-outages-bundlers-'));
    await mkdir(join(folder, 'node_modules'));
    await symlink(REPOSITORY, join(folder, 'node_modules/kraken-outages'));
    await writeFile(join(folder, 'program.mjs'), PROGRAM);
  });

  after(() => rm(folder, { recursive: true }));

  for (const [name, bundle] of Object.entries(BUNDLERS)) {
    for (const format of ['esm', 'cjs'] as const) {
      it(`runs as ${format}, bundled by ${name}`, () =>
        inProject(async ({ path, spawn }, env) => {
          const file = join(path, name, format === 'esm' ? 'bundle.mjs' : 'bundle.cjs');
          await bundle({ folder, entry: join(folder, 'program.mjs'), format, file });
          const { code, stdout, stderr } = await spawn(process.execPath, [file], { env }).ended;
          expect({ code, stdout, stderr }).to.deep.equal({
            code: 0,
            stdout: 'true ConfigurationError\naccepted\n',
            stderr: '',
          });
        }));
    }
  }
});
