import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import * as module from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import * as v from 'valibot';

import { closeServers, serve } from '../support/servers.ts';
import { hasProgram, inWorkspace, KEY } from './support/workspace.ts';

const EXECUTABLE = fileURLToPath(new URL('../../bin/kraken-outages.js', import.meta.url));
/** Since Node.js 22. */
const hasCompileCache = 'enableCompileCache' in module;
const coverage = v.object({ result: v.array(v.object({ url: v.string() })) });

/** The files of the project that a run loads, without the hashes in their names, as V8 itself lists them. */
async function loadedBy(...argv: readonly string[]): Promise<readonly string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'kraken-outages-test-'));
  try {
    const env = { PATH: process.env['PATH'], HOME: directory, NODE_V8_COVERAGE: join(directory, 'coverage') };
    await promisify(execFile)(process.execPath, [EXECUTABLE, ...argv], { env, cwd: directory });
    const [report = ''] = await readdir(env.NODE_V8_COVERAGE);
    const { result } = v.parse(coverage, JSON.parse(await readFile(join(env.NODE_V8_COVERAGE, report), 'utf8')));
    const urls = result.map(({ url }) => url).filter((url) => url.startsWith('file:'));
    return urls
      .map((url) => url.replace(/.*\/(bin|dist|node_modules)\//, '$1/').replace(/-[\w-]{8}\.cjs$/, '.cjs'))
      .sort();
  } finally {
    await rm(directory, { recursive: true });
  }
}

describe('a run with little virtual memory', () => {
  it('prints an error and a hint instead of crashing', async function () {
    if (!hasProgram('bash')) this.skip();
    await inWorkspace(async ({ shell }) => {
      const { code, stderr } = await shell('ulimit -v 4000000; kraken-outages submit --site s', {
        env: { KRAKEN_API_URL: 'http://127.0.0.1:9', KRAKEN_API_KEY: KEY },
      });
      const notEnough =
        'error: not enough virtual memory for this process\n' +
        'hint: raise the limit (ulimit -v), or set NODE_OPTIONS=--disable-wasm-trap-handler\n';
      if (code === 3) expect(stderr).to.equal(notEnough);
      // From Node.js 24 on, this much memory is enough.
      else expect({ code, stderr }).to.deep.include({ code: 5 });
    });
  });
});

describe('the compile cache', () => {
  const command = 'kraken-outages preview --site norwich-pear-tree --sandbox >/dev/null';
  const enable = 'unset NODE_DISABLE_COMPILE_CACHE';

  it('is private to the user', async function () {
    if (!hasCompileCache || !hasProgram('bash')) this.skip();
    await inWorkspace(async ({ shell, path }) => {
      const script = `${enable}; umask 0; mkdir -m 700 cache; ${command}; stat -c '%a %n' cache cache/*; ls cache/* | wc -l`;
      const { code, stdout } = await shell(script, { env: { XDG_CACHE_HOME: join(path, 'cache') } });
      expect({ code, stdout }).to.deep.equal({ code: 0, stdout: '700 cache\n700 cache/kraken-outages\n1\n' });
    });
  });

  it('is not used where another user could put code', async function () {
    if (!hasCompileCache || !hasProgram('bash')) this.skip();
    await inWorkspace(async ({ shell, path }) => {
      const script = `mkdir -m 777 cache; mkdir -m 755 cache/kraken-outages; ${command}; find cache`;
      const { code, stdout } = await shell(`${enable}; umask 0; ${script}`, {
        env: { XDG_CACHE_HOME: join(path, 'cache') },
      });
      expect({ code, stdout }).to.deep.equal({ code: 0, stdout: 'cache\ncache/kraken-outages\n' });
    });
  });
});

describe('the loaded modules', () => {
  afterEach(closeServers);

  it('are only the executable for --version', async () => {
    expect(await loadedBy('--version')).to.deep.equal(['bin/kraken-outages.js']);
  });

  it('exclude the API client for the help of a command', async () => {
    expect(await loadedBy('submit', '--help')).to.deep.equal([
      'bin/kraken-outages.js',
      'dist/chunks/base.cjs',
      'dist/chunks/render-command.cjs',
      'dist/chunks/rolldown-runtime.cjs',
      'dist/chunks/run.cjs',
      'dist/main.cjs',
    ]);
  });

  it('exclude spinner, table, YAML and AWS for a preview in a pipe', async () => {
    expect(await loadedBy('preview', '--site', 'ely-old-mill', '--sandbox', '--quiet')).to.deep.equal([
      'bin/kraken-outages.js',
      'dist/chunks/base.cjs',
      'dist/chunks/client.cjs',
      'dist/chunks/ky.cjs',
      'dist/chunks/rolldown-runtime.cjs',
      'dist/chunks/run.cjs',
      'dist/chunks/server.cjs',
      'dist/main.cjs',
    ]);
  });

  it('of Node.js exclude those that take long to load, unless they are needed', async () => {
    const { url } = await serve(({ url: path = '' }, response) => {
      response.end(path.endsWith('/outages') ? '[]' : '{"id":"s","name":"S","devices":[]}');
    });
    await inWorkspace(async ({ path, shell }) => {
      const list = join(path, 'modules.json');
      const preload = join(path, 'list-modules.cjs');
      const script = `process.on('exit', () => require('fs').writeFileSync(${JSON.stringify(list)}, JSON.stringify(process.moduleLoadList)))`;
      await writeFile(preload, script);
      const env = { KRAKEN_API_URL: url, KRAKEN_API_KEY: KEY, NODE_OPTIONS: `--require ${JSON.stringify(preload)}` };
      const { code, stderr } = await shell('kraken-outages preview --site s >/dev/null', { env });
      expect({ code, stderr }).to.deep.include({ code: 0 });
      const loaded = v.parse(v.array(v.string()), JSON.parse(await readFile(list, 'utf8')));
      const slow = ['internal/deps/undici/undici', 'child_process', 'crypto', 'fs/promises', 'tls', 'worker_threads'];
      expect(loaded).to.include('NativeModule http');
      expect(loaded.filter((name) => slow.includes(name.replace('NativeModule ', '')))).to.deep.equal([]);
    });
  });
});
