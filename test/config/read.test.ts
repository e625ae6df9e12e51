import { Readable } from 'node:stream';

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { readText } from '../../src/config/read.ts';
import { ConfigurationError } from '../../src/errors.ts';
import { rejectionOf } from '../support/thrown.ts';

describe('config: readText', () => {
  it('tells of a failure that has no code, and keeps it as the cause', async () => {
    const cause = new Error('the pipe burst');
    const stream = new Readable({ read: () => stream.destroy(cause) });
    const read = readText(stream, 9, (problem, error) => new ConfigurationError(problem, { cause: error }));
    const error = await rejectionOf(read);
    expect(error).to.include({ message: 'cannot be read (unknown error)', cause });
  });
});
