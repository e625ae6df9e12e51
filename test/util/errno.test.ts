import { readFile } from 'node:fs/promises';

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { describeErrno, errorCode } from '../../src/util/errno.ts';
import { rejectionOf } from '../support/thrown.ts';

describe('describeErrno', () => {
  it('describes the code of a real system error', async () => {
    const error = await rejectionOf(readFile('/nowhere/at/all'));
    expect(errorCode(error)).to.equal('ENOENT');
    expect(describeErrno(error)).to.equal('no such file or directory');
  });

  it('returns undefined for an unknown code, no code, and a value that is not an error', () => {
    const errors = [Object.assign(new Error('odd'), { code: 'EODD' }), Object.assign(new Error('odd'), { code: 7 })];
    for (const error of [...errors, new Error('odd'), 'ENOENT', { code: 'ENOENT' }]) {
      expect(describeErrno(error)).to.equal(undefined);
    }
    expect(describeErrno(Object.assign(new Error('odd'), { code: 'toString' }))).to.equal(undefined);
  });
});
