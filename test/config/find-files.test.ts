import { execFileSync, spawn } from 'node:child_process';
import { chmod, lchown, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';
import { describe, it } from 'mocha';

import type { ConfigFlags } from '../../src/config/settings.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { renderExample } from '../../src/config/template.ts';
import type { Environment } from '../../src/platform/environment.ts';
import { createFiles } from '../../src/platform/files.ts';
import { ConfigurationError } from '../../src/domain/errors.ts';
import { bundle } from '../support/bundle.ts';
import type { TestOverrides } from '../support/environment.ts';
import { errorFields } from '../support/thrown.ts';
import { inWorkspace, shown } from './workspace.ts';

describe('config: the project file', () => {
  const forms: readonly (readonly [string, string, string])[] = [
    ['.kraken-outagesrc', '# mine\nretries: 3', '.kraken-outagesrc:2 (retries)'],
    ['.kraken-outagesrc', '{"retries": 3}', '.kraken-outagesrc:1 (retries)'],
    ['.kraken-outagesrc', '\ufeffretries: 3', '.kraken-outagesrc:1 (retries)'],
    ['.kraken-outagesrc', '\ufeff{"retries": 3}', '.kraken-outagesrc:1 (retries)'],
    ['.kraken-outagesrc', 'retries: 3\r\ntimeout: 4s\r\n', '.kraken-outagesrc:1 (retries)'],
    ['.kraken-outagesrc.json', '{\n\t"retries": 3\n}\n', '.kraken-outagesrc.json:2 (retries)'],
    ['.kraken-outagesrc.yaml', 'retries: 3', '.kraken-outagesrc.yaml:1 (retries)'],
    ['.kraken-outagesrc.yml', 'retries: "3"', '.kraken-outagesrc.yml:1 (retries)'],
    [
      'package.json',
      '{\n  "name": "kraken-outages",\n  "x": [],\n  "kraken-outages": {\n    "retries": 3\n  }\n}',
      'package.json:5 (retries)',
    ],
    ['package.json', '\ufeff{"kraken-outages": {"retries": 3}}', 'package.json:1 (retries)'],
  ];
  for (const [path, content, label] of forms) {
    it(
      `is read from ${path}: ${JSON.stringify(content)}`,
      inWorkspace(async ({ load, write }) => {
        await write({ [path]: content });
        expect((await load()).retries).to.deep.equal({ value: 3, source: { kind: 'file', label } });
      }),
    );
  }

  it(
    'is searched up to the nearest package.json',
    inWorkspace(async ({ cwd, load, write }) => {
      await write({ '../.kraken-outagesrc': 'retries: 1', 'a/b/c': '' });
      expect((await load({}, { cwd: `${cwd}/a/b` })).retries.value).to.equal(5);
      await write({ '.kraken-outagesrc': 'retries: 2' });
      const below = await load({}, { cwd: `${cwd}/a/b` });
      expect(below.retries).to.deep.equal({
        value: 2,
        source: { kind: 'file', label: '../../.kraken-outagesrc:1 (retries)' },
      });
    }),
  );

  it(
    'causes an error on EIO, and counts as missing if it is inaccessible',
    inWorkspace(async ({ cwd, load, fail, write }) => {
      await write({ '.kraken-outagesrc': 'retries: 1' });
      const failing = (code: string): TestOverrides => ({
        files: {
          ...createFiles({ cwd: () => cwd }),
          stat: () => Promise.reject(Object.assign(new Error(code), { code })),
        },
      });
      const error = await fail({}, failing('EIO'));
      expect(errorFields(error)).to.deep.equal({
        type: 'ConfigurationError',
        message: `${cwd}/.kraken-outagesrc cannot be read: input/output error`,
        hint: 'check the disk, and try again',
      });
      expect(error.cause).to.have.property('code', 'EIO');
      for (const code of ['EACCES', 'EPERM', 'ENOTDIR'])
        expect((await load({}, failing(code))).retries.value).to.equal(5);
    }),
  );

  for (const content of ['', '  \n', '# nothing yet\n', 'null', '~']) {
    it(
      `may be empty: ${JSON.stringify(content)}`,
      inWorkspace(async ({ cwd, load, write }) => {
        await write({ '.kraken-outagesrc': 'retries: 1', 'sub/.kraken-outagesrc': content });
        expect((await load({}, { cwd: `${cwd}/sub` })).retries.value).to.equal(5);
      }),
    );
  }

  it(
    'keeps ids as text, even if they look like numbers, dates or booleans',
    inWorkspace(async ({ load, write }) => {
      await write({ '.kraken-outagesrc': 'sites: [0123, 2022-01-01, no, 1e3, 0x10]\ncutoffInclusive: true' });
      const { sites, cutoffInclusive } = await load();
      expect(sites.value).to.deep.equal(['0123', '2022-01-01', 'no', '1e3', '0x10']);
      expect(cutoffInclusive.value).to.equal(true);
    }),
  );

  it(
    'may contain $schema',
    inWorkspace(async ({ fail, load, write }) => {
      await write({ '.kraken-outagesrc.json': '{"$schema": "./node_modules/x.json", "retries": 3}' });
      expect((await load()).retries.value).to.equal(3);
      await write({ '.kraken-outagesrc.json': '{"profiles": {"p": {"$schema": "x"}}}' });
      expect((await fail()).message).to.match(/unknown key "\$schema" in profiles\.p$/);
    }),
  );

  it(
    'may use a few aliases',
    inWorkspace(async ({ load, write }) => {
      await write({ '.kraken-outagesrc': 'sites: &s [a, b]\nprofile: p\nprofiles: {p: {sites: *s}}' });
      expect((await load()).sites.value).to.deep.equal(['a', 'b']);
    }),
  );

  it(
    'ignores an invalid package.json without the key kraken-outages',
    inWorkspace(async ({ load, write }) => {
      await write({ 'package.json': '{"name": oops' });
      expect((await load()).retries.source.kind).to.equal('default');
    }),
  );

  it(
    'ignores a package.json without the key kraken-outages',
    inWorkspace(async ({ load, write }) => {
      for (const content of [
        '{"name": "kraken-outages"}',
        '["kraken-outages"]',
        '"kraken-outages"',
        '- kraken-outages',
      ]) {
        await write({ 'package.json': content });
        expect((await load()).retries.source.kind).to.equal('default');
      }
    }),
  );

  it(
    'keeps a byte order mark within a value',
    inWorkspace(async ({ load, write }) => {
      for (const mark of ['', '\ufeff']) {
        await write({ '.kraken-outagesrc': `${mark}sites: ["a\ufeffb"]` });
        expect((await load()).sites.value).to.deep.equal(['a\ufeffb']);
      }
    }),
  );

  it(
    'is limited in size, depth and number of aliases',
    inWorkspace(async ({ fail, load, write }) => {
      const large = (length: number): string => `retries: 3\n# ${'x'.repeat(length - 13)}`;
      const deep = (levels: number): string => `sites: ${'['.repeat(levels)}${']'.repeat(levels)}`;
      const referring = (aliases: number): string => `sites:\n- &a x\n${'- *a\n'.repeat(aliases)}`;
      for (const content of [large(1024 * 1024), referring(100)]) {
        await write({ '.kraken-outagesrc': content });
        await load();
      }
      const bad: readonly (readonly [string, RegExp])[] = [
        [large(1024 * 1024 + 1), /is larger than 1024 KiB$/],
        [referring(101), /:103: more than 100 aliases/],
        [deep(62), /:1: sites: expected text, not a list$/],
        [deep(63), /:1: nested too deeply$/],
      ];
      for (const [content, message] of bad) {
        await write({ '.kraken-outagesrc': content });
        expect((await fail()).message).to.match(message);
      }
    }),
  );

  const laughs = Array.from({ length: 20 }, (_, level) => `- &l${level} [${`*l${level - 1}, `.repeat(9)}]`);
  const bad: readonly (readonly [string, string, RegExp, string?])[] = [
    ['cutof: SECRET', 'a misspelled key', /^\.kraken-outagesrc:1: unknown key "cutof"$/, 'did you mean cutoff?'],
    ['retries: 1\napi-key: SECRET', 'a hyphen', /rc:2: unknown key "api-key"$/, 'did you mean apiKey?'],
    ['$import: ./SECRET.json', '$import', /rc:1: unknown key "\$import"$/, 'the keys are apiUrl, apiKey,'],
    [
      'profiles:\n  live:\n    timeuot: 1s',
      'a misspelled key in a profile',
      /:3: unknown key "timeuot" in profiles\.live$/,
      'timeout?',
    ],
    ['profiles: {a: {profile: b}}', 'a nested profile', /unknown key "profile" in profiles\.a$/],
    ['{apiKey:SECRET}', 'a missing space after a key', /rc:1: unknown key$/, 'did you mean apiKey?'],
    ['{SECRET}', 'a value without key', /rc:1: unknown key$/],
    ['my SECRET: 1', 'a key of several words', /rc:1: unknown key$/],
    ['SECRET of mine: 1', 'another key of several words', /rc:1: unknown key$/],
    [`SECRET${'x'.repeat(40)}: 1`, 'a long key', /rc:1: unknown key$/],
    [
      'profile: [live]',
      'a list as the profile',
      /rc:1: profile: expected text, not a list$/,
      'for example profile: live',
    ],
    ['a:\n  b: SECRET\n c: 2', 'inconsistent indentation', /rc:3: inconsistent indentation$/],
    ['<<: {retries: 1}', 'a merge key', /rc:1: unknown key$/],
    ['retries: 1\nretries: 2', 'a duplicate key', /rc:2: duplicate key retries, first on line 1$/],
    ['{"apiKey": "SECRET", "apiKey": "SECRET"}', 'a duplicate key in JSON', /rc:1: duplicate key apiKey/],
    ['profiles:\n  a: {}\n  a: {}', 'a duplicate profile', /rc:3: duplicate key a in profiles, first on line 2$/],
    [
      'cutoff: [SECRET]',
      'a list in place of text',
      /rc:1: cutoff: expected text, not a list$/,
      'for example cutoff: 2022',
    ],
    ['apiKey: {SECRET: x}', 'a mapping in place of text', /rc:1: apiKey: expected text, not a mapping$/],
    [
      'sites: SECRET',
      'text in place of a list',
      /rc:1: sites: expected a list$/,
      'for example sites: [norwich-pear-tree]',
    ],
    ['sites:\n- a\n- [b]', 'a list in a list', /rc:3: sites: expected text, not a list$/],
    ['profiles: SECRET', 'text in place of a mapping', /rc:1: expected keys with values in profiles/],
    ['profiles: {a: SECRET}', 'text in place of a profile', /rc:1: expected keys with values in profiles\.a/],
    ['timeout:\nretries: 1', 'a key without value', /rc:1: timeout: no value$/, 'for example timeout: 30s'],
    ['apiKey: null', 'null', /rc:1: apiKey: no value$/],
    ['SECRET', 'text at the top level', /^\.kraken-outagesrc:1: expected keys with values/],
    ['- SECRET', 'a list at the top level', /^\.kraken-outagesrc:1: expected keys with values/],
    ['apiKey:SECRET\nretries: 1', 'a colon without space', /rc:1: a colon and a space are missing after the key$/],
    ['retries: 1\napiKey: "SECRET', 'an open quote', /rc:2: a quote, colon, comma or bracket is missing$/],
    ['{"apiKey": "SECRET"', 'an open bracket', /rc:1: /],
    ['apiKey: @SECRET', 'a reserved character', /rc:1: a value that begins with this character must be quoted$/],
    ['apiKey: a: SECRET', 'a colon in a value', /rc:1: a value that contains a colon and a space must be quoted$/],
    ['\tapiKey: SECRET', 'a tab', /rc:1: this line is indented with a tab$/],
    ['- SECRET\nb: c', 'a list mixed with a mapping', /rc:2: invalid YAML or JSON$/],
    ['%apiUrl: SECRET', 'a directive', /rc:1: /],
    ['? [a]\n: SECRET', 'a key that is not text', /rc:1: a key is not text$/],
    ['retries: !!int 1', 'a tag', /rc:1: tags \("!…"\) are not supported$/],
    ['retries: 1\n---\nretries: 2', 'a second document', /rc:2: a second document begins here$/],
    ['retries: *SECRET', 'an alias without an anchor', /rc:1: an alias .* has no anchor/],
    ['sites: &a [*a]', 'an alias of itself', /rc:1: an alias .* has no anchor/],
    [
      `sites:\n- &l-1 [x]\n${laughs.join('\n')}`,
      'exponentially nested aliases (billion laughs)',
      /more than 100 aliases/,
    ],
    ['['.repeat(100_000), 'deeply nested brackets', /rc:1: nested too deeply$/],
    ['- '.repeat(100_000), 'a deeply nested list', /rc:1: nested too deeply$/],
    [`# ${'x'.repeat(1024 * 1024)}`, 'a large file', /^\.kraken-outagesrc is larger than 1024 KiB$/],
  ];
  for (const [content, what, message, hint] of bad) {
    it(
      `is rejected with ${what}`,
      inWorkspace(async ({ fail, write }) => {
        await write({ '.kraken-outagesrc': content });
        const error = await fail();
        expect(error).to.be.instanceOf(ConfigurationError);
        expect(error.message).to.match(message);
        expect(error.hint)
          .to.be.a('string')
          .that.includes(hint ?? '');
        expect(shown(error)).not.to.include('SECRET');
      }),
    );
  }

  it(
    'is rejected if it is not UTF-8, whether discovered, named or the user file',
    inWorkspace(async ({ fail, write }) => {
      const latin1 = Buffer.from('retries: 1\nsites: [Z\u00fcrich]', 'latin1');
      await write({ '.kraken-outagesrc': latin1, 'named.yaml': latin1 });
      expect((await fail()).message).to.equal('.kraken-outagesrc:2: invalid UTF-8');
      expect((await fail({ config: 'named.yaml' })).message).to.equal('named.yaml:2: invalid UTF-8');
      await write({ '.kraken-outagesrc': '', '../.config/kraken-outages/config.yaml': latin1 });
      expect((await fail()).message).to.match(/\/config\.yaml:2: invalid UTF-8$/);
    }),
  );

  it(
    'may have ten thousand keys',
    inWorkspace(async ({ fail, write }) => {
      const profiles = Array.from({ length: 10_000 }, (_, index) => `  p${index}: {}`);
      await write({ '.kraken-outagesrc': `profiles:\n${profiles.join('\n')}\n  p0: {}` });
      expect((await fail()).message).to.match(/^\.kraken-outagesrc:10002: duplicate key p0/);
    }),
  );

  it(
    'is rejected if it is a directory',
    inWorkspace(async ({ cwd, fail }) => {
      await mkdir(`${cwd}/.kraken-outagesrc`);
      const error = await fail();
      expect(errorFields(error)).to.deep.equal({
        type: 'ConfigurationError',
        message: '.kraken-outagesrc cannot be read: is a directory',
        hint: 'make it readable, remove it, or name another file with --config',
      });
      expect(error.cause).to.have.property('code', 'EISDIR');
    }),
  );

  it(
    'is named in the error instead of an invalid package.json beside it',
    inWorkspace(async ({ cwd, fail, write }) => {
      await mkdir(`${cwd}/.kraken-outagesrc`);
      await write({ 'package.json': '{"name": oops' });
      expect((await fail()).message).to.equal('.kraken-outagesrc cannot be read: is a directory');
    }),
  );

  it(
    'is read even if a place of lower precedence or beyond package.json is unreadable',
    inWorkspace(async ({ cwd, home, load, write }) => {
      await mkdir(`${home}/.kraken-outagesrc`);
      expect((await load()).retries.value).to.equal(5);
      await mkdir(`${cwd}/.kraken-outagesrc.json`);
      await write({ '.kraken-outagesrc': 'retries: 3' });
      expect((await load()).retries.value).to.equal(3);
      await write({ 'sub/package.json': '{"name": "kraken-outages"}', '.kraken-outagesrc': 'retries: [' });
      expect((await load({}, { cwd: `${cwd}/sub` })).retries.value).to.equal(5);
    }),
  );
});

describe('config: the search for the project file', () => {
  it(
    'needs no package.json, but rejects an unreadable one',
    inWorkspace(async ({ cwd, home, fail, load, write }) => {
      await write({ '../elsewhere/.kraken-outagesrc': 'retries: 3' });
      expect((await load({}, { cwd: `${home}/elsewhere` })).retries.value).to.equal(3);
      await write({ 'sub/package.json/a': '' });
      const { message } = await fail({}, { cwd: `${cwd}/sub` });
      expect(message).to.equal('package.json cannot be read: is a directory');
    }),
  );

  it(
    'ignores pipes, devices, links to them, and dangling links',
    inWorkspace(async ({ cwd, load, write }) => {
      await write({ '.kraken-outagesrc.yml': 'retries: 3' });
      execFileSync('mkfifo', [`${cwd}/.kraken-outagesrc`]);
      await symlink('/dev/zero', `${cwd}/.kraken-outagesrc.json`);
      await symlink('.kraken-outagesrc.yaml', `${cwd}/.kraken-outagesrc.yaml`);
      expect((await load()).retries.value).to.equal(3);
    }),
  );

  /** Returns file access in which this path belongs to another user. */
  const withForeign = (cwd: string, path: string): Environment['files'] => {
    const files = createFiles({ cwd: () => cwd });
    return {
      ...files,
      async stat(file) {
        const status = await files.stat(file);
        return status && file === path ? { ...status, owner: 'other' } : status;
      },
    };
  };

  it(
    'rejects a file of another user unless --config names it',
    inWorkspace(async ({ cwd, load, fail, write }) => {
      for (const content of ['cutoff: 2030-01-01T00:00:00Z', 'retries: 3', '']) {
        await write({ '.kraken-outagesrc': content });
        const files = withForeign(cwd, `${cwd}/.kraken-outagesrc`);
        const error = await fail({}, { files }, false);
        expect(errorFields(error)).to.deep.equal({
          type: 'ConfigurationError',
          message: 'refusing to use .kraken-outagesrc: it belongs to another user',
          hint: 'if you trust it, name it: --config .kraken-outagesrc; otherwise remove it, or work in another directory',
        });
        await load({ config: '.kraken-outagesrc' }, { files }, false);
      }
      await rm(`${cwd}/.kraken-outagesrc`);
      await write({ 'package.json': '{"kraken-outages": {"retries": 3}}' });
      const error = await fail({}, { files: withForeign(cwd, `${cwd}/package.json`) });
      expect(error.message).to.equal('refusing to use package.json: it belongs to another user');
    }),
  );

  it('rejects a link of another user to a file of the user', function () {
    if (process.geteuid?.() !== 0) this.skip();
    return inWorkspace(async ({ cwd, fail, write }) => {
      await write({ 'other/.kraken-outagesrc': 'retries: 3' });
      await symlink('other/.kraken-outagesrc', `${cwd}/.kraken-outagesrc`);
      await lchown(`${cwd}/.kraken-outagesrc`, 65534, 65534);
      expect((await fail()).message).to.equal('refusing to use .kraken-outagesrc: it belongs to another user');
    })();
  });

  it(
    'ignores unreadable files of another user',
    inWorkspace(async ({ cwd, load, write }) => {
      await mkdir(`${cwd}/.kraken-outagesrc`);
      const large = { '.kraken-outagesrc.json': '#'.repeat(1024 * 1024 + 1) };
      await write({ ...large, '.kraken-outagesrc.yml': 'retries: 3', 'package.json': '{"kraken-outages"' });
      const files = createFiles({ cwd: () => cwd });
      const foreign: Environment['files'] = {
        ...files,
        async stat(path) {
          const status = await files.stat(path);
          return status && { ...status, owner: path.endsWith('.yml') ? 'user' : 'other' };
        },
      };
      expect((await load({}, { files: foreign })).retries.value).to.equal(3);
      await rm(`${cwd}/.kraken-outagesrc.yml`);
      expect((await load({}, { files: foreign })).retries.value).to.equal(5);
    }),
  );

  it(
    'rejects a file that is saved as UTF-16',
    inWorkspace(async ({ fail, write }) => {
      const text = 'retries: 3';
      const bigEndian = Buffer.from(`\ufeff${text}`, 'utf16le').swap16();
      for (const content of [Buffer.from(`\ufeff${text}`, 'utf16le'), Buffer.from(text, 'utf16le'), bigEndian]) {
        await write({ '.kraken-outagesrc': content });
        expect(errorFields(await fail())).to.deep.equal({
          type: 'ConfigurationError',
          message: '.kraken-outagesrc is saved as UTF-16',
          hint: 'save it as UTF-8',
        });
      }
    }),
  );

  it(
    'reads a discovered file only up to its limit',
    inWorkspace(async ({ cwd, load, fail, write }) => {
      let bytes = 0;
      const endless = async function* (): AsyncIterable<Uint8Array> {
        for (;;) {
          bytes += 65_536;
          yield await Promise.resolve(Buffer.alloc(65_536, ' '));
        }
      };
      await write({ '.kraken-outagesrc': '' });
      const files = { ...createFiles({ cwd: () => cwd }), chunks: endless };
      expect((await fail({}, { files })).message).to.equal('.kraken-outagesrc is larger than 1024 KiB');
      await rm(`${cwd}/.kraken-outagesrc`);
      expect((await load({}, { files })).retries.value).to.equal(5);
      expect(bytes).to.be.below(3 * 1024 * 1024);
    }),
  );
});

describe('config: files hold data, never code', () => {
  const evil = 'require("node:fs").writeFileSync("marker", ""); module.exports = {retries: 1};';
  const imports = { $import: './evil.cjs' };
  const refused = /^ConfigurationError: .*:1: unknown key "\$import"/;
  const traps: readonly (readonly [string, string, RegExp])[] = [
    ['.config/config.cjs', evil, /^loaded 5$/],
    ['.config/config.js', evil, /^loaded 5$/],
    ['.config/config.ts', evil, /^loaded 5$/],
    ['package.json', '{"cosmiconfig": {"searchPlaces": ["evil.cjs"]}}', /^loaded 5$/],
    ['.kraken-outagesrc.cjs', evil, /^loaded 5$/],
    ['.kraken-outagesrc.js', evil, /^loaded 5$/],
    ['kraken-outages.config.js', evil, /^loaded 5$/],
    ['.env', 'KRAKEN_CUTOFF=nonsense', /^loaded 5$/],
    ['.kraken-outagesrc', JSON.stringify(imports), refused],
    ['.kraken-outagesrc.json', JSON.stringify(imports), refused],
    ['.kraken-outagesrc.yml', JSON.stringify({ profiles: { a: imports } }), refused],
    ['package.json', JSON.stringify({ 'kraken-outages': imports }), refused],
    ['package.json', JSON.stringify({ ...imports, 'kraken-outages': {} }), /^loaded 5$/],
  ];

  it(
    'runs no code from the working directory and does not follow $import',
    inWorkspace(async ({ cwd, write }) => {
      for (const [index, [path, content]] of traps.entries()) {
        // cosmiconfig looks into a package.json only if it mentions the name.
        const files = { 'package.json': '{"name":"kraken-outages"}', 'evil.cjs': evil, [path]: content };
        await write(Object.fromEntries(Object.entries(files).map(([name, text]) => [`${index}/${name}`, text])));
      }
      const directories = traps.map((_, index) => `${cwd}/${index}`);
      const { outputs } = await loadElsewhere(directories);
      expect(outputs).to.have.lengthOf(traps.length);
      for (const [index, [path, , outcome]] of traps.entries()) {
        expect(outputs[index], path).to.match(outcome);
        expect(await readdir(`${cwd}/${index}`), path).not.to.include('marker');
      }
    }),
  );

  it(
    'loads no parser without a file',
    inWorkspace(async ({ cwd }) => {
      const { outputs, modules } = await loadElsewhere([cwd]);
      expect(outputs).to.deep.equal(['loaded 5']);
      expect(modules).not.to.match(/node_modules\/(cosmiconfig|yaml|js-yaml)\//);
    }),
  );

  it(
    'does not load cosmiconfig if --config names the file',
    inWorkspace(async ({ cwd, write }) => {
      await write({ 'named.yaml': 'retries: 1' });
      const { outputs, modules } = await loadElsewhere([cwd], { config: 'named.yaml' });
      expect(outputs).to.deep.equal(['loaded 1']);
      expect(modules).to.match(/node_modules\/yaml\//);
      expect(modules).not.to.include('cosmiconfig');
    }),
  );

  it(
    'reports a discovered file without read permission',
    inWorkspace(async ({ cwd, home, write }) => {
      await write({ '.kraken-outagesrc': 'retries: 1', 'closed/.kraken-outagesrc': 'retries: 2' });
      await chmod(`${cwd}/closed/.kraken-outagesrc`, 0o000);
      await chmod(home, 0o755);
      const { outputs } = await loadElsewhere([cwd, `${cwd}/closed`], {}, { bundleIn: home });
      expect(outputs).to.deep.equal([
        'loaded 1',
        'ConfigurationError: .kraken-outagesrc cannot be read: permission denied',
      ]);
    }),
  );
});

/**
 * Loads the settings in a child process, with each directory in turn as its working directory.
 * @param options.bundleIn the directory for a bundle that drops root privileges after the first directory, because root
 * can read every file; it has loaded all of its own files by then
 */
async function loadElsewhere(
  directories: readonly string[],
  flags: ConfigFlags = {},
  { bundleIn }: { readonly bundleIn?: string } = {},
): Promise<{ outputs: readonly string[]; modules: string }> {
  const at = (path: string): string => {
    const url = new URL(`../../${path}`, import.meta.url);
    return JSON.stringify(bundleIn === undefined ? url.href : fileURLToPath(url));
  };
  const script = `
    import { createRequire } from 'node:module';
    import { loadSettings } from ${at('src/config/load.ts')};
    import { testEnvironment } from ${at('test/support/environment.ts')};
    for (const directory of ${JSON.stringify(directories)}) {
      process.chdir(directory);
      const environment = testEnvironment({ cwd: process.cwd(), home: process.cwd() });
      await loadSettings(${JSON.stringify(flags)}, environment, { secrets: true }).then(
        (settings) => console.log('loaded ' + settings.retries.value),
        (error) => console.log(error.name + ': ' + error.message),
      );
      if (${bundleIn !== undefined} && process.getuid() === 0) process.setuid(65534);
    }
    console.error(Object.keys(createRequire(import.meta.url).cache).join('\\n'));
  `;
  const hook = import.meta.resolve('ts-blank-space/register');
  const args = ['--import', hook, '--input-type=module', '--eval', script];
  if (bundleIn !== undefined) {
    const file = join(bundleIn, 'load.mjs');
    await writeFile(`${file}.ts`, script);
    await bundle(`${file}.ts`, file);
    args.splice(0, args.length, file);
  }
  const child = spawn(process.execPath, args, { cwd: directories[0], env: { HOME: directories[0] } });
  const [output, modules] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { outputs: output.trim().split('\n'), modules };
}

const EXAMPLE = new URL('../../.kraken-outagesrc.example', import.meta.url);

describe('config: .kraken-outagesrc.example', () => {
  it('equals the output of renderExample()', async () => {
    expect(await readFile(EXAMPLE, 'utf8')).to.equal(renderExample());
  });

  it(
    'is valid and shows every key with its default',
    inWorkspace(async ({ load, write }) => {
      const example = await readFile(EXAMPLE, 'utf8');
      await write({ example, '.kraken-outages-key': 'k-0123456789\n' });
      const settings = await load({ config: 'example' });
      for (const [name, { value, source }] of Object.entries<{ value: unknown; source: { label: string } }>({
        ...settings,
      })) {
        expect(source.label, name).to.match(/^example:/);
        expect(value, name).not.to.equal(undefined);
      }
      expect(Object.keys(settings)).to.have.members(Object.keys(SETTINGS));
      expect(example).to.match(/^profiles:$/m);
      for (const [name, { fallback }] of Object.entries<{ fallback?: string }>(SETTINGS)) {
        if (fallback !== undefined) expect(example).to.match(new RegExp(`^${name}: ${fallback}$`, 'm'));
      }
      const staging = await load({ config: 'example', profile: 'staging' }, { env: { STAGING_API_KEY: 'k-1' } });
      expect([staging.apiKey.value, staging.retries.value]).to.deep.equal(['k-1', 0]);
    }),
  );
});
