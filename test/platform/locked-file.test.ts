import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';

import { FileInUseError } from '../../src/platform/file-lock.ts';
import { createFiles } from '../../src/platform/files.ts';
import type { LockedFile } from '../../src/platform/locked-file.ts';
import { hasProgram } from '../e2e/support/workspace.ts';
import { rejectionOf } from '../support/thrown.ts';

const CHILD = fileURLToPath(new URL('support/lock-file.ts', import.meta.url));

describe('a locked file', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kraken-locked-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const at = (name: string): string => join(folder, name);
  const open = (path: string): Promise<LockedFile> => createFiles({ cwd: () => folder }).openLocked(path);

  /** Starts a process that opens the file. Resolves once the file is open or opening it failed. */
  async function openElsewhere(path: string) {
    const child = fork(CHILD, [at(path)], { execArgv: ['--import', 'ts-blank-space/register'], stdio: 'inherit' });
    const result = await new Promise<unknown>((resolve) => child.once('message', resolve));
    return {
      pid: child.pid,
      result,
      async end(signal?: 'SIGKILL' | 'SIGSTOP') {
        const ended = once(child, 'exit');
        if (signal) child.kill(signal);
        else child.send('close');
        if (signal !== 'SIGSTOP') await ended;
      },
    };
  }

  it('appends, truncates and yields its content', async () => {
    await writeFile(at('file'), 'one');
    const file = await open('file');
    file.append(Buffer.from('two'));
    await file.truncate(4);
    file.append(Buffer.from('!'));
    await file.sync();
    let text = '';
    for await (const chunk of file.chunks()) text += Buffer.from(chunk).toString();
    await file.close();
    expect([text, await readFile(at('file'), 'utf8'), await readdir(folder)]).to.deep.equal([
      'onet!',
      'onet!',
      ['file'],
    ]);
  });

  it('cannot be opened again before it is closed', async () => {
    const file = await open('file');
    const error = await rejectionOf(open('file'));
    expect(error).to.be.instanceOf(FileInUseError);
    expect(error).to.have.property('message', `in use by another process (pid ${process.pid})`);
    await file.close();
    await (await open('file')).close();
  });

  it('cannot be opened by another name', async () => {
    await symlink('file', at('link'));
    const file = await open('link');
    expect(await rejectionOf(open('file'))).to.be.instanceOf(FileInUseError);
    await file.close();
  });

  it('cannot be opened while another process holds the lock, even if that process is stopped', async () => {
    const other = await openElsewhere('file');
    await other.end('SIGSTOP');
    const error = await rejectionOf(open('file'));
    await other.end('SIGKILL');
    expect(error).to.have.property('message', `in use by another process (pid ${other.pid ?? ''})`);
  });

  it('can be opened after the process that held the lock was killed', async () => {
    await (await openElsewhere('file')).end('SIGKILL');
    expect(await readdir(at('file.lock'))).to.have.length(1);
    await (await open('file')).close();
    expect(await readdir(folder)).to.deep.equal(['file']);
  });

  it('is opened by exactly one of several processes that find an abandoned lock', async () => {
    for (let round = 0; round < 2; round++) {
      await (await openElsewhere('file')).end('SIGKILL');
      const others = await Promise.all(Array.from({ length: 4 }, () => openElsewhere('file')));
      const winners = others.filter(({ result }) => result === 'open');
      expect(winners, others.map(({ result }) => result).join(', ')).to.have.length(1);
      await Promise.all(others.map((other) => other.end(other.result === 'open' ? 'SIGKILL' : undefined)));
    }
    await (await open('file')).close();
    expect(await readdir(folder)).to.deep.equal(['file']);
  });

  /** Longer than the path of a socket may be. */
  const longDirectory = join(...Array.from({ length: 4 }, () => 'a directory with a long name, é'));

  for (const [directory, description] of [
    ['.', 'a short path'],
    [longDirectory, 'a long path'],
  ] as const) {
    it(`is opened by exactly one of many attempts at once, with ${description}`, async function () {
      if (directory !== '.' && process.platform !== 'linux') this.skip();
      await mkdir(at(directory), { recursive: true });
      for (let round = 0; round < 40; round++) {
        const files = await Promise.allSettled(Array.from({ length: 10 }, () => open(join(directory, 'file'))));
        const opened = files.flatMap((file) => (file.status === 'fulfilled' ? [file.value] : []));
        for (const file of files) {
          if (file.status === 'rejected') expect(file.reason).to.be.instanceOf(FileInUseError);
        }
        expect(opened).to.have.length(1);
        for (const file of opened) await file.close();
        expect(await readdir(at(directory))).to.deep.equal(['file']);
      }
    });
  }

  it('can have a path that is too long for a socket', async function () {
    if (process.platform !== 'linux') this.skip();
    const long = join(longDirectory, 'file');
    await mkdir(at(longDirectory), { recursive: true });
    const file = await open(long);
    expect(await rejectionOf(open(long))).to.be.instanceOf(FileInUseError);
    await file.close();
    await (await openElsewhere(long)).end('SIGKILL');
    await (await open(long)).close();
    expect(await readdir(join(at(long), '..'))).to.deep.equal(['file']);
  });

  const refused: Readonly<Record<string, () => Promise<unknown>>> = {
    'a directory': () => mkdir(at('file')),
    'a link to a device': () => symlink('/dev/null', at('file')),
    'a descriptor': () => symlink('/dev/stdin', at('file')),
    'a file below a file': async () => {
      await writeFile(at('other'), '');
      await symlink('other/file', at('file'));
    },
  };
  for (const [what, make] of Object.entries(refused)) {
    it(`cannot be ${what}`, async () => {
      await make();
      const before = await readdir(folder);
      expect(await rejectionOf(open('file')))
        .to.have.property('message')
        .that.matches(/not a regular|a directory|ENOTDIR/);
      expect(await readdir(folder)).to.deep.equal(before);
    });
  }

  it('cannot be a FIFO', async function () {
    if (!hasProgram('mkfifo')) this.skip();
    execFileSync('mkfifo', [at('file')]);
    expect(await rejectionOf(open('file'))).to.have.property('message', 'not a regular file');
    expect(await readdir(folder)).to.deep.equal(['file']);
  });

  it('does not remove another directory at the path of its lock', async () => {
    await mkdir(at('file.lock'));
    await writeFile(at('file.lock/precious'), '');
    expect(await rejectionOf(open('file')))
      .to.have.property('message')
      .that.matches(/is not a lock of kraken-outages$/);
    expect([await readdir(folder), await readdir(at('file.lock'))]).to.deep.equal([['file.lock'], ['precious']]);
  });

  it('says why its lock cannot be created', async () => {
    const error = await rejectionOf(open('nowhere/file'));
    expect(error).to.have.property(
      'message',
      `cannot create the lock ${at('nowhere/file.lock')}: no such file or directory`,
    );
  });
});
