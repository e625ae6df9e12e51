import { Readable } from 'node:stream';

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { type Fail, invalidLine, problemOf, readText } from '../../src/config/read-text.ts';
import { ConfigurationError, InterruptedError } from '../../src/domain/errors.ts';
import { rejectionOf } from '../support/thrown.ts';

const fail: Fail = (problem, cause) => new ConfigurationError(problem, { cause });

describe('config: readText', () => {
  it('reads up to the limit, with characters split across chunks', async () => {
    const bytes = Buffer.from('é€😀');
    const cut = Array.from(bytes, (byte) => Uint8Array.of(byte));
    expect(await readText(Readable.from(cut), bytes.length, fail)).to.equal('é€😀');
  });

  it('stops reading beyond the limit', async () => {
    let chunks = 0;
    const endless = Readable.from(
      (function* () {
        for (;;) {
          chunks++;
          yield Buffer.alloc(1024);
        }
      })(),
      { highWaterMark: 1 },
    );
    const error = await rejectionOf(readText(endless, 2048, fail));
    expect(error).to.have.property('message', 'is larger than 2 KiB');
    expect(chunks).to.be.below(9);
  });

  it('passes on the reason of an aborted run', async () => {
    const reason = new InterruptedError('SIGINT');
    const stream = new Readable({ read: () => stream.destroy(reason) });
    expect(await rejectionOf(readText(stream, 9, fail))).to.equal(reason);
  });

  it('reports an error without a code and keeps it as the cause', async () => {
    const cause = new Error('the pipe burst');
    const stream = new Readable({ read: () => stream.destroy(cause) });
    const error = await rejectionOf(readText(stream, 9, fail));
    expect(error).to.include({ message: 'cannot be read: unknown error', cause });
  });
});

describe('config: problemOf', () => {
  const problems: Readonly<Record<string, string>> = {
    ENOENT: 'cannot be read: no such file or directory',
    ENOTDIR: 'cannot be read: a part of the path is not a directory',
    EACCES: 'cannot be read: permission denied',
    EPERM: 'cannot be read: operation not permitted',
    EISDIR: 'cannot be read: is a directory',
    EWEIRD: 'cannot be read: EWEIRD',
  };
  for (const [code, problem] of Object.entries(problems)) {
    it(`describes ${code} as "${problem}"`, () => {
      expect(problemOf(Object.assign(new Error(), { code }))).to.equal(problem);
    });
  }
});

describe('config: invalidLine', () => {
  it('returns the line of the first invalid byte', () => {
    expect(['', 'a\nb', '\ufffd\n\n', 'a\n\n\ufffd\n\ufffd'].map(invalidLine)).to.deep.equal([
      undefined,
      undefined,
      1,
      3,
    ]);
  });
});
