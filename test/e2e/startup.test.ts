import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect } from 'chai';
import { describe, it } from 'mocha';
import * as v from 'valibot';

const EXECUTABLE = fileURLToPath(new URL('../../bin/kraken-outages.js', import.meta.url));
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
      .map((url) => url.replace(/.*\/(bin|dist|node_modules)\//, '$1/').replace(/-[\w-]{8}\.js$/, '.js'))
      .sort();
  } finally {
    await rm(directory, { recursive: true });
  }
}

describe('what a run loads', () => {
  it('is next to nothing for --version', async () => {
    expect(await loadedBy('--version')).to.deep.equal(['bin/kraken-outages.js', 'dist/version.js']);
  });

  it('is neither spinner, table, configuration files nor the other commands for preview in a pipe', async () => {
    expect(await loadedBy('preview', '--site', 'ely-old-mill', '--sandbox', '--quiet')).to.deep.equal([
      'bin/kraken-outages.js',
      'dist/chunks/color.js',
      'dist/chunks/defaults.js',
      'dist/chunks/errors.js',
      'dist/chunks/faults.js',
      'dist/chunks/files.js',
      'dist/chunks/flags.js',
      'dist/chunks/formats.js',
      'dist/chunks/http.js',
      'dist/chunks/json.js',
      'dist/chunks/layers.js',
      'dist/chunks/load.js',
      'dist/chunks/nearest.js',
      'dist/chunks/outline.js',
      'dist/chunks/plan.js',
      'dist/chunks/preview.js',
      'dist/chunks/question.js',
      'dist/chunks/rolldown-runtime.js',
      'dist/chunks/rule.js',
      'dist/chunks/secrets.js',
      'dist/chunks/server.js',
      'dist/chunks/session.js',
      'dist/chunks/settings.js',
      'dist/chunks/shells.js',
      'dist/chunks/sites.js',
      'dist/chunks/source.js',
      'dist/chunks/spool.js',
      'dist/chunks/words.js',
      'dist/chunks/written.js',
      'dist/environment.js',
      'dist/main.js',
      'dist/version.js',
    ]);
  });
});
