import { expect } from 'chai';
import { describe, it } from 'mocha';

import { describeQueue, queuePasswords, queueServer, queueUrlProblem } from '../../src/config/queue-url.ts';

const INVALID: Readonly<Record<string, string>> = {
  '': 'the queue URL is empty',
  'redis://a b': 'the queue URL contains white space or a control character',
  'queue:6379:x y': 'the queue URL contains white space or a control character',
  nowhere: 'the queue URL is not a valid URL',
  'http://a.example': 'the queue URL must begin with redis://, rediss:// or postgres:// and a host',
  'redis:///0': 'the queue URL must begin with redis://, rediss:// or postgres:// and a host',
  'redis://a.example#x': 'the queue URL must not have a fragment ("#…")',
  'redis://a.example?family=6': 'the queue URL must not have a query ("?…")',
  'postgres://a.example/db?host=/tmp': 'the query of the queue URL may only have sslmode',
  'redis://a.example/jobs': 'the path of the queue URL must be the number of a Redis database, such as /0',
  'redis://:%zz@a.example': 'the queue URL has an invalid percent-encoding',
};
const VALID: Readonly<Record<string, 'redis' | 'postgres'>> = {
  'redis://a.example': 'redis',
  'rediss://user:pass@a.example:6380/15': 'redis',
  'postgres://a.example/jobs?sslmode=require': 'postgres',
  'postgresql://user@a.example/jobs': 'postgres',
};

describe('the URL of a queue', () => {
  for (const [url, problem] of Object.entries(INVALID)) {
    it(`is rejected: ${url || '(empty)'}`, () => {
      expect(queueUrlProblem(url)).to.equal(problem);
    });
  }

  for (const [url, server] of Object.entries(VALID)) {
    it(`names a server: ${url}`, () => {
      expect(queueUrlProblem(url)).to.equal('');
      expect(queueServer(url)).to.equal(server);
    });
  }

  it('is described without its password', () => {
    expect(describeQueue('redis://user:sesame@a.example:6379/0')).to.equal('redis://user:***@a.example:6379/0');
    expect(describeQueue('redis://a.example')).to.equal('redis://a.example');
  });

  it('returns its password in each encoding that an error could contain', () => {
    expect(queuePasswords('redis://:p%40ss@a.example')).to.have.members(['p@ss', 'p%40ss']);
    expect(queuePasswords('redis://:sesame@a.example')).to.deep.equal(['sesame']);
    expect(queuePasswords('redis://a.example')).to.deep.equal([]);
  });
});
