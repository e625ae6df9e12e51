import { execFileSync } from 'node:child_process';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
  unlink,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';

import { createFiles } from '../../src/platform/files.ts';
import { followLinks } from '../../src/platform/follow-links.ts';
import { hasProgram } from '../e2e/support/workspace.ts';
import { rejectionOf } from '../support/thrown.ts';

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;
const rootOnly = isRoot ? '' : ' (not run: needs root)';

describe('the files of the platform', () => {
  let folder = '';
  let umask = 0;
  const at = (name: string): string => join(folder, name);

  beforeEach(async () => {
    umask = process.umask(0o022);
    folder = await mkdtemp(join(tmpdir(), 'kraken-files-'));
  });
  afterEach(async () => {
    process.umask(umask);
    await rm(folder, { recursive: true });
  });

  async function replace(path: string, content: string, mode?: number): Promise<void> {
    const file = await createFiles({ cwd: () => folder }).createTemporary(path, mode);
    await file.append(Buffer.from(content));
    await file.moveTo(path);
  }

  const permissions = async (path: string): Promise<number> => (await stat(path)).mode & 0o7777;

  it('create a file with the default permissions, and leave no other files', async () => {
    await replace('new', 'x');
    expect([await readFile(at('new'), 'utf8'), await permissions(at('new')), await readdir(folder)]).to.deep.equal([
      'x',
      0o644,
      ['new'],
    ]);
  });

  it('keep the mode of the replaced file, and are private until then', async () => {
    await writeFile(at('old'), 'old', { mode: 0o640 });
    const file = await createFiles({ cwd: () => folder }).createTemporary('old');
    const [temporary = ''] = (await readdir(folder)).filter((name) => name !== 'old');
    expect(await permissions(at(temporary))).to.equal(0o600);
    await file.append(Buffer.from('new'));
    await file.moveTo('old');
    expect([await readFile(at('old'), 'utf8'), await permissions(at('old'))]).to.deep.equal(['new', 0o640]);
  });

  it(`keep the owner and the group of the replaced file${rootOnly}`, async function () {
    if (!isRoot) this.skip();
    await writeFile(at('old'), 'old');
    await chown(at('old'), NOBODY, NOBODY);
    await replace('old', 'new');
    const { uid, gid } = await stat(at('old'));
    expect([uid, gid, await readFile(at('old'), 'utf8')]).to.deep.equal([NOBODY, NOBODY, 'new']);
  });

  it('keep the access control list of the replaced file', async function () {
    if (!hasProgram('setfacl')) this.skip();
    await writeFile(at('old'), 'old');
    try {
      execFileSync('setfacl', ['--modify', `user:${NOBODY}:r`, at('old')], { stdio: 'ignore' });
    } catch {
      // The file system has none.
      this.skip();
    }
    const read = (): string =>
      execFileSync('getfacl', ['--omit-header', '--numeric', 'old'], { cwd: folder }).toString();
    const before = read();
    expect(before).to.include(`user:${NOBODY}:r--`);
    await replace('old', 'new');
    expect([await readFile(at('old'), 'utf8'), read()]).to.deep.equal(['new', before]);
  });

  it('write through a link, even a dangling one', async () => {
    await mkdir(at('volume'));
    await symlink('volume/report', at('link'));
    for (const content of ['first', 'second']) {
      await replace('link', content);
      expect([await readlink(at('link')), await readFile(at('volume/report'), 'utf8')]).to.deep.equal([
        'volume/report',
        content,
      ]);
    }
  });

  it('replace a link by a private file instead of writing through it', async () => {
    await writeFile(at('target'), 'theirs');
    await symlink('target', at('link'));
    await replace('link', 'mine', 0o600);
    expect([await readFile(at('target'), 'utf8'), await readFile(at('link'), 'utf8')]).to.deep.equal([
      'theirs',
      'mine',
    ]);
    expect(await permissions(at('link'))).to.equal(0o600);
  });

  it(`write in place if the directory forbids a new file${rootOnly}`, async function () {
    if (!isRoot) this.skip();
    await writeFile(at('old'), 'a longer old content');
    await chown(at('old'), NOBODY, NOBODY);
    await chmod(folder, 0o755);
    // Load the module first, because the other user may be unable to read it.
    await replace('other', 'loads what it needs');
    await unlink(at('other'));
    process.seteuid?.(NOBODY);
    try {
      await replace('old', 'new');
    } finally {
      process.seteuid?.(0);
    }
    expect([await readFile(at('old'), 'utf8'), await readdir(folder)]).to.deep.equal(['new', ['old']]);
  });

  it('name the directory that forbids a new file', async () => {
    const error = await rejectionOf(replace('missing/new', 'x'));
    expect(error)
      .to.have.property('message')
      .that.equals(`cannot create a file in ${at('missing')}: no such file or directory`);
  });

  const withFifo = hasProgram('mkfifo') ? '' : ' (not run: there is no mkfifo here)';

  it(`end the wait for the other end of a FIFO with the signal${withFifo}`, async function () {
    if (!hasProgram('mkfifo')) this.skip();
    execFileSync('mkfifo', [at('fifo')]);
    const files = createFiles({ cwd: () => folder });
    async function* content(): AsyncIterable<Uint8Array> {
      yield await Promise.resolve(Buffer.from('x'));
    }
    const stop = new AbortController();
    const reason = new Error('enough');
    const writing = rejectionOf(files.writeInto('fifo', content(), stop.signal));
    stop.abort(reason);
    expect(await writing).to.equal(reason);

    const again = new AbortController();
    const reading = rejectionOf(files.read('fifo', again.signal));
    again.abort(reason);
    expect(await reading).to.equal(reason);
  });

  it(`carry a FIFO from its writer to its reader${withFifo}`, async function () {
    if (!hasProgram('mkfifo')) this.skip();
    execFileSync('mkfifo', [at('fifo')]);
    const files = createFiles({ cwd: () => folder });
    async function* content(): AsyncIterable<Uint8Array> {
      yield await Promise.resolve(Buffer.from('first '));
      yield Buffer.from('second');
    }
    const [read] = await Promise.all([files.read('fifo'), files.writeInto('fifo', content())]);
    expect(Buffer.from(read).toString()).to.equal('first second');
  });
});

describe('followLinks', () => {
  it('recognizes the descriptors of this process', async () => {
    for (const [path, descriptor] of [
      ['/dev/stdin', 0],
      ['/dev/stdout', 1],
      ['/dev/stderr', 2],
      ['/dev/fd/7', 7],
      ['/proc/self/fd/8', 8],
      [`/proc/${process.pid}/fd/9`, 9],
    ] as const) {
      expect(await followLinks(path)).to.equal(descriptor);
    }
    expect(await followLinks('/nonexistent/fd/7')).to.equal('/nonexistent/fd/7');
  });

  it('rejects links that lead to themselves', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kraken-links-'));
    try {
      await symlink('loop', join(folder, 'loop'));
      expect(await rejectionOf(followLinks(join(folder, 'loop')))).to.have.property('code', 'ELOOP');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
