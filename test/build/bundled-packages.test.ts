import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';

import { readPackages } from '../../build/bundled-packages.ts';
import { renderLicenses } from '../../build/third-party-licenses.ts';

describe('the packages of a bundle', () => {
  let root = '';

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'kraken-outages-bundle-'));
  });

  afterEach(() => rm(root, { recursive: true }));

  /** Writes a package. @returns the id of its module */
  async function write(name: string, manifest: object, files: Readonly<Record<string, string>> = {}): Promise<string> {
    const directory = join(root, 'node_modules', name);
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'package.json'), JSON.stringify({ name, version: '1.0.0', ...manifest }));
    for (const [file, text] of Object.entries(files)) await writeFile(join(directory, file), text);
    return join(directory, 'index.js');
  }

  it('are listed once each, if the bundle contains a module of theirs', async () => {
    const one = await write('@scope/one', { license: 'MIT' }, { LICENSE: 'the licence of one' });
    const two = await write('two', { license: 'ISC' }, { 'license.md': 'the licence of two', NOTICE: 'a notice' });
    await write('three', { license: 'ISC' }, { LICENSE: 'the licence of three' });
    const packages = readPackages([
      join(root, 'src/main.ts'),
      two,
      one,
      join(one, '../lib/more.js'),
      `\0${two}?commonjs`,
    ]);
    expect(packages.map(({ name, texts }) => [name, texts])).to.deep.equal([
      ['@scope/one', ['the licence of one']],
      ['two', ['the licence of two', 'a notice']],
    ]);
    expect(renderLicenses(packages)).to.include('the licence of two\n\na notice\n');
  });

  for (const license of ['GPL-3.0-only', undefined]) {
    it(`fail the build if the licence is ${license ?? 'missing'}`, async () => {
      const id = await write('one', { license }, { LICENSE: 'text' });
      expect(() => readPackages([id])).to.throw(`bundled package one@1.0.0: unknown licence: ${license ?? 'none'}`);
    });
  }

  it('fail the build if the text of a licence is missing', async () => {
    const other = await write('other', { license: 'MIT', repository: 'https://x.example/o' }, { LICENSE: 'text' });
    const id = await write('one', { license: 'MIT' });
    expect(() => readPackages([other, id])).to.throw('bundled package one@1.0.0: no licence text');
  });

  it('can have their licence in their README', async () => {
    const text = 'Copyright (c) 2014 A. Person\n\nPermission is hereby granted, free of charge, to any person';
    const id = await write('one', { license: 'MIT' }, { 'README.md': `# One\n\nOf use.\n\n## License\n\n${text}\n` });
    expect(readPackages([id]).map(({ texts }) => texts)).to.deep.equal([[text]]);
    const mentioned = await write('two', { license: 'MIT' }, { 'README.md': '# Two\n\n## License\n\nMIT\n' });
    expect(() => readPackages([mentioned])).to.throw('bundled package two@1.0.0: no licence text');
  });

  it('can share a licence text within one repository', async () => {
    const repository = { url: 'https://x.example/repository' };
    const other = await write('other', { license: 'MIT', repository }, { LICENSE: 'text' });
    const packages = readPackages([other, await write('one', { license: 'MIT', repository })]);
    expect(packages.map(({ texts }) => texts)).to.deep.equal([['text'], ['text']]);
  });
});
