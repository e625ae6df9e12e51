import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, lstat, mkdir, readdir, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'chai';
import { describe } from 'mocha';

import { VERSION } from '../../src/platform/version.ts';
import { bare, cut, healthy, outages, payload, type Script, site } from './support/scripted-api.ts';
import { runConcurrently, runConcurrentlyIf } from './support/run-concurrently.ts';
import { failureOf, hasProgram, inWorkspace } from './support/workspace.ts';
import { withWorkspaceAndApi } from './support/with-workspace-and-api.ts';

const POST = 'POST /site-outages/alpha';
const PREVIEW = 'kraken-outages preview --site alpha';

/** A snapshot whose list exceeds the buffer of a pipe, and that list. */
const COUNT = 20_000;
const RECORD = { begin: '2022-05-01T10:20:30.400Z', end: '2022-05-01T12:20:30.400Z' };
const LARGE = {
  snapshot: JSON.stringify({
    outages: Array.from({ length: COUNT }, () => ({ id: 'alpha-1', ...RECORD })),
    sites: [site('alpha')],
  }),
  payload: JSON.stringify(Array.from({ length: COUNT }, () => ({ id: 'alpha-1', name: 'Battery 1', ...RECORD }))),
};

describe('e2e: pipes', () => {
  runConcurrentlyIf(hasProgram('jq'), 'jq', {
    'pipes a preview to jq': () =>
      withWorkspaceAndApi(healthy('alpha'), async ({ shell }, { env }) => {
        expect(await shell(`${PREVIEW} | jq -c 'map([.name, .begin])'`, { env })).to.deep.equal({
          code: 0,
          stdout: '[["Battery 2","2022-05-01T10:20:30.400Z"],["Battery 1","2022-07-01T00:00:00.000Z"]]\n',
          stderr: '',
        });
      }),

    'pipes a sandbox preview to jq, as in the README': () =>
      inWorkspace(async ({ shell }) => {
        const script = 'kraken-outages preview --site norwich-pear-tree --sandbox | jq length';
        const { code, stdout } = await shell(script);
        expect({ code, stdout }).to.deep.equal({ code: 0, stdout: '11\n' });
      }),

    'pipes an NDJSON preview to jq': () =>
      withWorkspaceAndApi(healthy('alpha'), async ({ shell }, { env }) => {
        const { code, stdout } = await shell(`${PREVIEW} --format ndjson | jq -r .site`, { env });
        expect({ code, stdout }).to.deep.equal({ code: 0, stdout: 'alpha\nalpha\n' });
      }),
  });

  runConcurrently({
    'exits 0 without an error if the reader of a preview closes the pipe': () =>
      inWorkspace(async ({ shell, write }) => {
        await write('large.json', LARGE.snapshot);
        const result = await shell(`${PREVIEW} --snapshot large.json | head -c 10; echo; echo "\${PIPESTATUS[0]}"`);
        expect(result).to.deep.equal({ code: 0, stdout: `${LARGE.payload.slice(0, 10)}\n0\n`, stderr: '' });
      }),

    'exits 0 without an error if the reader of a fetch closes the pipe': () =>
      withWorkspaceAndApi({ ...healthy('alpha'), 'GET /outages': [largeOutages] }, async ({ shell }, { env }) => {
        const result = await shell('kraken-outages fetch | head -c 10; echo; echo "${PIPESTATUS[0]}"', { env });
        expect(result).to.deep.equal({ code: 0, stdout: '{"outages"\n0\n', stderr: '' });
      }),

    'writes a large preview completely to a slow reader': () =>
      inWorkspace(async ({ start, write }) => {
        await write('large.json', LARGE.snapshot);
        const running = start(['preview', '--site', 'alpha', '--snapshot', 'large.json']);
        const { stdout } = running.child;
        let reads = 0;
        // The pipe is full between the reads; each read lets the event loops of both turn.
        stdout?.on('data', () => {
          reads++;
          stdout.pause();
          setImmediate(() => stdout.resume());
        });
        const result = await running.ended;
        expect(result.code).to.equal(0);
        expect(result.stdout === `${LARGE.payload}\n`, `${result.stdout.length} characters`).to.equal(true);
        expect(reads).to.be.greaterThan(10);
      }),

    'submits and keeps its exit code if stdout is closed by its reader': () =>
      withWorkspaceAndApi({ ...healthy('alpha', 'beta', 'gamma') }, async ({ shell }, api) => {
        const flags = '--site alpha --site beta --site nobody --site gamma --concurrency 1 --quiet';
        // The reader is gone before the first receipt is printed.
        const script = `exec 3> >(exec true); wait $!; kraken-outages submit ${flags} >&3`;
        const { code, stderr } = await shell(script, { env: api.env });
        expect({ code, stderr: stderr.replaceAll(api.url, 'API') }).to.deep.equal({
          code: 8,
          stderr:
            'error: nobody: GET API/site-info/nobody: the API answered 404: "Site not found"\n' +
            'hint: check the site id and the path of KRAKEN_API_URL\n',
        });
        expect(api.requests.filter(({ method }) => method === 'POST').map(({ body }) => body)).to.deep.equal(
          ['alpha', 'beta', 'gamma'].map(payload),
        );
      }),

    'submits with stdout and stderr closed': () =>
      withWorkspaceAndApi(healthy('alpha'), async ({ shell }, api) => {
        const { code } = await shell('kraken-outages submit --site alpha >&- 2>&-', { env: api.env });
        expect({ code, bodies: api.to(POST).map(({ body }) => body) }).to.deep.equal({
          code: 0,
          bodies: [payload('alpha')],
        });
      }),
  });

  runConcurrentlyIf(process.platform === 'linux', '/dev/full', {
    'exits 2 with a hint if the disk is full for --version': () =>
      inWorkspace(async ({ shell }) => {
        const result = await shell('kraken-outages --version > /dev/full');
        expect(result.code).to.equal(2);
        expect(failureOf(result).error).to.include('cannot write to stdout: no space left on device');
      }),

    'exits 2 if the disk is full for a preview': () =>
      withWorkspaceAndApi(healthy('alpha'), async ({ shell }, { env }) => {
        const result = await shell(`${PREVIEW} > /dev/full`, { env });
        expect(result.code).to.equal(2);
        expect(failureOf(result).error).to.match(/^cannot write to stdout: .*no space/);
      }),

    'exits 2 if a preview is written only in part': () =>
      inWorkspace(async ({ shell, write }) => {
        await write('large.json', LARGE.snapshot);
        const preview = `${PREVIEW} --snapshot large.json`;
        // Where the limit ends within a write, that write is short; the signal would end the process at the next one.
        const result = await shell(`trap '' XFSZ; ulimit -f 100; ${preview} > out.json; echo $?; wc -c < out.json`);
        expect(result.stdout).to.equal('2\n102400\n');
        expect(failureOf(result).error).to.equal('cannot write to stdout: file too large');
      }),

    'writes a large preview completely to a file': () =>
      inWorkspace(async ({ read, shell, write }) => {
        await write('large.json', LARGE.snapshot);
        const result = await shell(`echo first > out; ${PREVIEW} --snapshot large.json >> out; echo last >> out`);
        expect(result).to.deep.equal({ code: 0, stdout: '', stderr: '' });
        expect((await read('out')) === `first\n${LARGE.payload}\nlast\n`).to.equal(true);
      }),

    'exits 2 if the disk is full for a fetch': () =>
      withWorkspaceAndApi(healthy('alpha'), async ({ shell }, { env }) => {
        const result = await shell('kraken-outages fetch > /dev/full', { env });
        expect(result.code).to.equal(2);
        expect(failureOf(result).error).to.match(/^cannot write to stdout: .*no space/);
      }),

    'keeps the exit code of submit if stderr is on a full disk': () =>
      withWorkspaceAndApi({ ...healthy('alpha'), [POST]: [bare(400)] }, async ({ shell }, { env }) => {
        const { code, stdout } = await shell('kraken-outages submit --site alpha 2> /dev/full', { env });
        expect(code).to.equal(7);
        expect(stdout).to.match(/^✗ alpha {2}refused {2}400 Bad Request/);
      }),

    'submits and reports that receipts could not be printed if the disk is full': () =>
      withWorkspaceAndApi(healthy('alpha'), async ({ shell }, api) => {
        const { code, stderr } = await shell('kraken-outages submit --site alpha > /dev/full', { env: api.env });
        expect({ code, posts: api.to(POST).length }).to.deep.equal({ code: 0, posts: 1 });
        expect(stderr).to.match(/^error: cannot write to stdout: /);
      }),
  });
});

const largeOutages: Script[string][0] = (response) => {
  response.end(JSON.stringify(Array.from({ length: COUNT }, () => ({ id: 'alpha-1', ...RECORD }))));
};

/** More than the memory buffer of 4 MiB. */
const MANY = JSON.stringify(Array.from({ length: 60_000 }, () => ({ id: 'alpha-1', ...RECORD })));
const manyOutages: Script[string][0] = (response) => {
  response.end(MANY);
};

describe('e2e: --output', () => {
  const flags = ['preview', '--site', 'alpha', '--output'];

  runConcurrently({
    'writes to a new file, nothing to stdout, and the size to stderr': () =>
      withWorkspaceAndApi(healthy('alpha'), async ({ run, call, list, read }, { env }) => {
        const content = `${payload('alpha')}\n`;
        const stderr = `Wrote out.json (${content.length} B, 2 outages)\n`;
        expect(await run([...flags, 'out.json'], { env })).to.deep.equal({ code: 0, stdout: '', stderr });
        expect(await list()).to.deep.equal(['out.json']);
        expect(await read('out.json')).to.equal(content);
        const quiet = await call([...flags, 'out.json', '--quiet'], { env });
        expect(quiet).to.deep.equal({ code: 0, stdout: '', stderr: '' });
      }),

    'infers the format from the extension': () =>
      withWorkspaceAndApi(healthy('alpha'), async ({ call, read }, { env }) => {
        const starts = { 'o.csv': 'site,id,', 'o.ndjson': '{"site":', 'o.TXT': 'DEVICE ', 'o.html': '<!doctype html>' };
        for (const [name, start] of Object.entries({ ...starts, 'o.json': '[{"id":', 'o.data': '[{"id":' })) {
          expect((await call([...flags, name], { env })).code).to.equal(0);
          expect((await read(name)).slice(0, start.length), name).to.equal(start);
        }
        await call([...flags, 'timeline.txt', '--format', 'timeline'], { env });
        expect(await read('timeline.txt')).to.include('▼ cutoff');
      }),

    'rejects a format that does not match the extension, and writes nothing': () =>
      withWorkspaceAndApi(healthy('alpha'), async ({ run, call, list }, { env }) => {
        const result = await run([...flags, 'x.html', '--format', 'csv'], { env });
        expect(result.code).to.equal(2);
        expect(failureOf(result)).to.deep.equal({
          error: '--format csv does not match --output x.html (html)',
          hint: 'leave out --format, or give the file another extension',
        });
        const fetched = await call(['fetch', '--output', 'x.csv'], { env });
        expect(fetched.code).to.equal(2);
        expect(failureOf(fetched).error).to.equal('--output x.csv: fetch writes JSON, not csv');
        expect(await list()).to.deep.equal([]);
      }),

    'replaces an existing file and keeps its permissions': () =>
      withWorkspaceAndApi(healthy('alpha'), async ({ call, list, read, write }, { env }) => {
        const path = await write('out.json', 'old');
        await chmod(path, 0o640);
        expect((await call([...flags, 'out.json'], { env })).code).to.equal(0);
        expect(await list()).to.deep.equal(['out.json']);
        expect(await read('out.json')).to.equal(`${payload('alpha')}\n`);
        expect((await lstat(path)).mode & 0o777).to.equal(0o640);
      }),

    'leaves an existing file untouched if the response breaks off': () =>
      withWorkspaceAndApi(
        {
          ...healthy('alpha'),
          'GET /outages': [cut(JSON.stringify(outages('alpha')).slice(0, 200), 'content-length')],
        },
        async ({ run, list, read, write }, { env }) => {
          await write('out.json', 'old');
          const { code } = await run(['fetch', '--retries', '0', '--output', 'out.json'], { env });
          expect({ code, files: await list(), content: await read('out.json') }).to.deep.equal({
            code: 5,
            files: ['out.json'],
            content: 'old',
          });
        },
      ),

    'contains only the complete response after an incomplete one': () =>
      withWorkspaceAndApi(
        {
          ...healthy('alpha'),
          'GET /outages': [
            cut(JSON.stringify(outages('beta')), 'content-length'),
            (response) => response.end(JSON.stringify(outages('alpha'))),
          ],
        },
        async ({ call, list, read }, { env }) => {
          expect((await call(['fetch', '--output', 'out.json'], { env })).code).to.equal(0);
          expect(await list()).to.deep.equal(['out.json']);
          expect(await read('out.json')).to.equal(`{"outages":${JSON.stringify(outages('alpha'))},"sites":[]}\n`);
        },
      ),

    'writes through a symbolic link and keeps the link': () =>
      withWorkspaceAndApi(healthy('alpha'), async ({ call, path, read, list, write }, { env }) => {
        await mkdir(join(path, 'there'));
        await write('there/real.json', 'old');
        await symlink('there/real.json', join(path, 'link.json'));
        expect((await call([...flags, 'link.json'], { env })).code).to.equal(0);
        expect(await readlink(join(path, 'link.json'))).to.equal('there/real.json');
        expect(await read('there/real.json')).to.equal(`${payload('alpha')}\n`);
        expect(await list()).to.deep.equal(['link.json', 'there']);
      }),

    'exits 2 for a file in a missing directory': () =>
      withWorkspaceAndApi(healthy('alpha'), async ({ call, list, path }, { env }) => {
        const result = await call([...flags, 'missing/out.json'], { env });
        expect({ code: result.code, stdout: result.stdout, files: await list() }).to.deep.equal({
          code: 2,
          stdout: '',
          files: [],
        });
        expect(failureOf(result)).to.deep.equal({
          error: `--output missing/out.json: cannot create a file in ${path}/missing: no such file or directory`,
          hint: 'check the path and its permissions',
        });
      }),

    'exits 2 for a directory': () =>
      withWorkspaceAndApi(healthy('alpha'), async ({ call, list, path }, { env }) => {
        await mkdir(join(path, 'folder'));
        const result = await call([...flags, 'folder'], { env });
        expect({ code: result.code, files: await list() }).to.deep.equal({ code: 2, files: ['folder'] });
        expect(failureOf(result).error).to.equal('--output folder: is a directory');
      }),
  });

  runConcurrently({
    'rejects an empty path': () =>
      inWorkspace(async ({ run, list }) => {
        const result = await run([...flags, '', '--sandbox']);
        expect({ code: result.code, stdout: result.stdout, files: await list() }).to.deep.equal({
          code: 2,
          stdout: '',
          files: [],
        });
        expect(failureOf(result).error).to.match(/^--output/);
      }),

    'creates the target of a dangling link': () =>
      withWorkspaceAndApi(healthy('alpha'), async ({ call, path, read, list }, { env }) => {
        await mkdir(join(path, 'volume'));
        await symlink('volume/report.json', join(path, 'report.json'));
        expect((await call([...flags, 'report.json'], { env })).code).to.equal(0);
        expect(await readlink(join(path, 'report.json'))).to.equal('volume/report.json');
        expect(await read('volume/report.json')).to.equal(`${payload('alpha')}\n`);
        expect(await list()).to.deep.equal(['report.json', 'volume']);
      }),
  });

  const canMount = hasProgram('unshare') && spawnSync('unshare', ['--mount', 'true']).status === 0;
  runConcurrentlyIf(canMount, 'the permission to mount', {
    'writes in place if the file is a mount point': () =>
      withWorkspaceAndApi(healthy('alpha'), async ({ shell, write, list }, { env }) => {
        await write('volume.json', 'old');
        await write('out.json', 'below the mount');
        const script = `mount --bind volume.json out.json && ${PREVIEW} --output out.json && cat volume.json`;
        const result = await shell(`export -f kraken-outages; unshare --mount bash -c '${script}'`, { env });
        expect(result).to.deep.include({ code: 0, stdout: `${payload('alpha')}\n` });
        expect(await list()).to.deep.equal(['out.json', 'volume.json']);
      }),
  });

  runConcurrentlyIf(existsSync('/sys/kernel'), '/sys, which root cannot write', {
    'exits 2 for a file in a read-only directory': () =>
      withWorkspaceAndApi(healthy('alpha'), async ({ call, list }, { env }) => {
        const before = await readdir('/sys');
        const result = await call([...flags, '/sys/out.json'], { env });
        expect({ code: result.code, stdout: result.stdout, files: await list() }).to.deep.equal({
          code: 2,
          stdout: '',
          files: [],
        });
        expect(failureOf(result).error).to.match(
          /^--output \/sys\/out\.json: cannot create a file in \/sys: (permission denied|the file system is|operation not permitted)/,
        );
        expect(await readdir('/sys')).to.deep.equal(before);
      }),
  });

  runConcurrentlyIf(existsSync('/dev/stdout'), '/dev/stdout', {
    'writes more than fits in the memory buffer to /dev/stdout': () =>
      withWorkspaceAndApi({ ...healthy('alpha'), 'GET /outages': [manyOutages] }, async ({ shell }, { env }) => {
        const result = await shell('kraken-outages fetch --output /dev/stdout | wc -c', { env });
        expect(result).to.deep.equal({
          code: 0,
          stdout: `${MANY.length + '{"outages":,"sites":[]}\n'.length}\n`,
          stderr: '',
        });
      }),
  });

  runConcurrentlyIf(hasProgram('mkfifo'), 'mkfifo', {
    'ends with the deadline if nobody reads the named pipe': () =>
      withWorkspaceAndApi(healthy('alpha'), async ({ spawn, call }, { env }) => {
        expect((await spawn('mkfifo', ['fifo']).ended).code).to.equal(0);
        const result = await call([...flags, 'fifo', '--deadline', '1s'], { env });
        expect(result.code).to.equal(5);
        expect(failureOf(result).error).to.match(/deadline/);
      }),

    'ends with the deadline if nobody writes the named pipe that is the snapshot': () =>
      inWorkspace(async ({ spawn, run }) => {
        expect((await spawn('mkfifo', ['fifo']).ended).code).to.equal(0);
        const result = await run(['preview', '--site', 'alpha', '--snapshot', 'fifo', '--deadline', '1s']);
        expect(result.code).to.equal(5);
        expect(failureOf(result).error).to.match(/deadline/);
      }),

    'writes to a named pipe without replacing it': () =>
      withWorkspaceAndApi(healthy('alpha'), async ({ spawn, shell, path, list }, { env }) => {
        expect((await spawn('mkfifo', ['fifo']).ended).code).to.equal(0);
        const result = await shell(`cat fifo & ${PREVIEW} --output fifo; code=$?; wait; exit $code`, { env });
        expect(result).to.deep.equal({ code: 0, stdout: `${payload('alpha')}\n`, stderr: '' });
        expect((await lstat(join(path, 'fifo'))).isFIFO()).to.equal(true);
        expect(await list()).to.deep.equal(['fifo']);
      }),

    'reads a snapshot from a named pipe': () =>
      inWorkspace(async ({ spawn, shell, write }) => {
        expect((await spawn('mkfifo', ['fifo']).ended).code).to.equal(0);
        const snapshot = JSON.stringify({ outages: outages('alpha'), sites: [site('alpha')] });
        await write('snapshot.json', snapshot);
        expect(await shell(`cat snapshot.json > fifo & ${PREVIEW} --snapshot fifo`)).to.deep.equal({
          code: 0,
          stdout: `${payload('alpha')}\n`,
          stderr: '',
        });
      }),
  });
});

describe('e2e: stdin', () => {
  runConcurrently({
    'may be closed if it is not read': () =>
      withWorkspaceAndApi(healthy('alpha'), async ({ shell }, api) => {
        const { code, stderr } = await shell('kraken-outages submit --site alpha <&-', { env: api.env });
        expect({ code, stderr, posts: api.to(POST).map(({ body }) => body) }).to.deep.equal({
          code: 0,
          stderr: '',
          posts: [payload('alpha')],
        });
      }),

    'must not be closed if it is read': () =>
      withWorkspaceAndApi(healthy('alpha'), async ({ shell }, api) => {
        const script = 'kraken-outages submit --site alpha --snapshot - <&-';
        const { code, stdout } = await shell(script, { env: api.env });
        expect(code).to.be.oneOf([2, 6]);
        expect(stdout).to.match(/^- alpha {2}not sent\n/);
        expect(api.requests).to.deep.equal([]);
      }),

    'may stay open if it is not read': () =>
      withWorkspaceAndApi(healthy('alpha'), async ({ start }, { env }) => {
        const running = start(['preview', '--site', 'alpha'], { env, stdin: { open: true } });
        expect(await running.ended).to.deep.equal({ code: 0, stdout: `${payload('alpha')}\n`, stderr: '' });
        running.child.stdin?.destroy();
      }),

    'cannot be read twice': () =>
      inWorkspace(async ({ start }) => {
        const running = start(['submit', '--sites-file', '-', '--api-key-file', '-'], { stdin: { open: true } });
        const result = await running.ended;
        expect(result.code).to.equal(2);
        expect(failureOf(result).error).to.equal('--sites-file - and --api-key-file -: stdin can be read only once');
        running.child.stdin?.destroy();
      }),

    'exits 2 if the temporary file for a snapshot cannot be created': () =>
      withWorkspaceAndApi(healthy('alpha'), async ({ run, path }, api) => {
        const env = { ...api.env, TMPDIR: join(path, 'missing') };
        const result = await run(['submit', '--site', 'alpha', '--snapshot', '-'], { env, stdin: '{}' });
        expect({ code: result.code, requests: api.requests }).to.deep.equal({ code: 2, requests: [] });
        expect(failureOf(result).error).to.equal('alpha: --snapshot -: a temporary file: no such file or directory');
      }),

    'exits 6 for an incomplete snapshot and sends nothing': () =>
      withWorkspaceAndApi(healthy('alpha'), async ({ run }, api) => {
        const snapshot = JSON.stringify({ outages: outages('alpha'), sites: [site('alpha')] });
        const result = await run(['submit', '--site', 'alpha', '--snapshot', '-'], {
          env: api.env,
          stdin: snapshot.slice(0, -1),
        });
        expect({ code: result.code, requests: api.requests }).to.deep.equal({ code: 6, requests: [] });
        expect(result.stdout).to.match(/^- alpha {2}not sent\n/);
        expect(failureOf(result).error).to.match(/^alpha: --snapshot -: invalid JSON at byte \d+: /);
      }),
  });
});

describe('e2e: a working directory that was removed', () => {
  const inRemoved = (command: string): string => `mkdir gone && cd gone && rmdir ../gone && ${command}`;

  runConcurrentlyIf(process.platform !== 'win32', 'a system other than Windows', {
    'does not matter if no relative path is used': () =>
      inWorkspace(async ({ shell }) => {
        const { code, stdout } = await shell(inRemoved('kraken-outages --version'));
        expect({ code, stdout }).to.deep.equal({ code: 0, stdout: `${VERSION}\n` });
      }),

    'is reported with a hint if a relative path is used': () =>
      inWorkspace(async ({ shell }) => {
        const result = await shell(inRemoved(`${PREVIEW} --sandbox`));
        expect(result.code).to.equal(2);
        expect(result.stdout).to.equal('');
        expect(failureOf(result).error).to.match(/working directory/);
      }),
  });
});

describe('e2e: the deadline', () => {
  const late = /the run exceeded its deadline of 0\.5 s/;

  runConcurrently({
    'applies to a key from stdin': () =>
      inWorkspace(async ({ start }) => {
        const argv = ['submit', '--site', 'alpha', '--api-key-file', '-', '--deadline', '500ms'];
        const running = start(argv, { env: { KRAKEN_API_URL: 'http://127.0.0.1:9' }, stdin: { open: true } });
        const result = await running.ended;
        running.child.stdin?.destroy();
        expect({ code: result.code, stdout: result.stdout }).to.deep.equal({ code: 5, stdout: '' });
        expect(failureOf(result).error).to.match(late);
      }),

    'applies to site ids from stdin': () =>
      inWorkspace(async ({ start }) => {
        const running = start(['submit', '--sites-file', '-', '--sandbox', '--deadline', '500ms'], {
          stdin: { open: true },
        });
        const result = await running.ended;
        running.child.stdin?.destroy();
        expect({ code: result.code, stdout: result.stdout }).to.deep.equal({ code: 5, stdout: '' });
        expect(failureOf(result).error).to.match(late);
      }),
  });

  runConcurrentlyIf(
    hasProgram('mkfifo'),
    'mkfifo',
    Object.fromEntries(
      [
        ['--config', 'fifo', '--site', 'alpha', '--sandbox'],
        ['--sites-file', 'fifo', '--sandbox'],
        ['--ca-file', 'fifo', '--site', 'alpha'],
        ['--api-key-file', 'fifo', '--site', 'alpha'],
      ].map((argv) => [
        `applies to a named pipe without a writer as ${argv[0] ?? ''}`,
        () =>
          withWorkspaceAndApi(healthy('alpha'), async ({ spawn, run }, { env }) => {
            expect((await spawn('mkfifo', ['fifo']).ended).code).to.equal(0);
            const result = await run(['preview', ...argv, '--deadline', '500ms'], { env });
            expect({ code: result.code, stdout: result.stdout }).to.deep.equal({ code: 5, stdout: '' });
            expect(failureOf(result).error).to.match(late);
          }),
      ]),
    ),
  );
});
