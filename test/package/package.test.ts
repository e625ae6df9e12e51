import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { Ajv } from 'ajv';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { publint } from 'publint';
import * as v from 'valibot';

import { REPOSITORY } from '../e2e/support/workspace.ts';

const run = promisify(execFile);
const DIST = join(REPOSITORY, 'dist');
const SCHEMAS = join(REPOSITORY, 'node_modules/@cyclonedx/cyclonedx-library/res/schema');

const packSchema = v.tuple([
  v.object({
    filename: v.string(),
    unpackedSize: v.number(),
    files: v.array(v.object({ path: v.string(), size: v.number() })),
  }),
]);
const manifestSchema = v.object({
  dependencies: v.record(v.string(), v.string()),
  scripts: v.record(v.string(), v.string()),
});
const sbomSchema = v.object({
  components: v.array(
    v.object({
      name: v.string(),
      version: v.string(),
      licenses: v.tuple([v.object({ license: v.object({ id: v.string() }) })]),
    }),
  ),
});

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8'));
}

describe('the package', () => {
  let folder = '';
  let packed: v.InferOutput<typeof packSchema>[0];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kraken-outages-package-'));
    // npm refuses to work without a cache directory.
    const env = { ...process.env, npm_config_cache: folder };
    const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
    const { stdout } = await run('npm', args, { cwd: REPOSITORY, env, shell: process.platform === 'win32' });
    [packed] = v.parse(packSchema, JSON.parse(stdout));
  });

  after(() => rm(folder, { recursive: true }));

  it('has no dependencies', async () => {
    const { dependencies } = v.parse(manifestSchema, await readJson(join(REPOSITORY, 'package.json')));
    expect(dependencies).to.deep.equal({});
  });

  it('is smaller than 4 MB', () => {
    expect(packed.unpackedSize).to.be.below(4_000_000);
  });

  it('holds the documents, licences and types, and nothing else', () => {
    const paths = packed.files
      .map(({ path }) => path)
      .filter((path) => !/^(?:dist\/(?:chunks|library)|docs)\//.test(path));
    expect(paths).to.include.members(['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md', 'package.json']);
    expect(paths).to.include.members(['bin/kraken-outages.js', 'dist/THIRD-PARTY-LICENSES', 'dist/sbom.cdx.json']);
    expect(
      paths.filter((path) => /\.(?:ts|map)$/.test(path) && !/^dist\/(?:index|lambda)\.d\.ts$/.test(path)),
    ).to.deep.equal([]);
    expect(paths.filter((path) => path.startsWith('src/') || path.startsWith('test/'))).to.deep.equal([]);
  });

  it('has no problem that publint finds', async () => {
    const { messages } = await publint({ pkgDir: REPOSITORY, pack: false, strict: true });
    expect(messages).to.deep.equal([]);
  });

  it('has types that every module resolution finds', async () => {
    const tarball = createPackageFromTarballData(await readFile(join(folder, packed.filename)));
    const result = await checkPackage(tarball);
    if (!('problems' in result)) throw new Error('the package has no types');
    // Every supported version of Node.js can `require` an ES module.
    expect(result.problems.filter(({ kind }) => kind !== 'CJSResolvesToESM')).to.deep.equal([]);
  });

  it('has an SBOM that is valid CycloneDX', async () => {
    const ajv = new Ajv({ strict: false, validateFormats: false });
    const readSchema = async (name: string) => v.parse(v.looseObject({}), await readJson(join(SCHEMAS, name)));
    for (const name of ['spdx.SNAPSHOT.schema.json', 'jsf-0.82.SNAPSHOT.schema.json']) {
      ajv.addSchema(await readSchema(name), `http://cyclonedx.org/schema/${name}`);
    }
    const validate = ajv.compile(await readSchema('bom-1.6.SNAPSHOT.schema.json'));
    validate(await readJson(join(DIST, 'sbom.cdx.json')));
    expect(validate.errors).to.equal(null);
  });

  it('lists the same packages in the SBOM and among the licences', async () => {
    const { components } = v.parse(sbomSchema, await readJson(join(DIST, 'sbom.cdx.json')));
    const licences = await readFile(join(DIST, 'THIRD-PARTY-LICENSES'), 'utf8');
    const listed = [...licences.matchAll(/^(\S+ \d\S*) \((\S+)\)$/gm)].map(([, id, license]) => `${id} ${license}`);
    expect(listed.sort()).to.deep.equal(
      components.map(({ name, version, licenses: [{ license }] }) => `${name} ${version} ${license.id}`).sort(),
    );
    expect(components.map(({ name }) => name)).to.include.members([
      'ky',
      'valibot',
      'commander',
      'cosmiconfig',
      'd3-zoom',
    ]);
  });

  it('imports at most 100 kB, and no package, with each entry for programs', async () => {
    const declared = (await readdir(DIST)).filter((name) => name.endsWith('.d.ts'));
    for (const name of declared) {
      const { bytes, packages } = await staticImports(join(DIST, name.replace('.d.ts', '.js')));
      expect(bytes, name).to.be.below(100_000);
      expect(packages, name).to.deep.equal([]);
    }
  });

  it('has scripts that cmd.exe understands', async () => {
    const { scripts } = v.parse(manifestSchema, await readJson(join(REPOSITORY, 'package.json')));
    expect(Object.values(scripts).filter((script) => /['`$]/.test(script))).to.deep.equal([]);
  });
});

/** Returns the size of a built module and all that it imports statically, and the packages among them. */
async function staticImports(
  path: string,
  seen = new Set<string>(),
): Promise<{ bytes: number; packages: readonly string[] }> {
  if (seen.has(path)) return { bytes: 0, packages: [] };
  seen.add(path);
  const text = await readFile(path, 'utf8');
  const names = [...text.matchAll(/(?:^|;)(?:import|export)\b[^;"'`]*?["']([^"']+)["'](?=;)/g)].map(
    ([, name = '']) => name,
  );
  let bytes = Buffer.byteLength(text);
  const packages = names.filter((name) => !name.startsWith('.') && !name.startsWith('node:'));
  for (const name of names.filter((target) => target.startsWith('.'))) {
    const imported = await staticImports(join(path, '..', name), seen);
    bytes += imported.bytes;
    packages.push(...imported.packages);
  }
  return { bytes, packages };
}
