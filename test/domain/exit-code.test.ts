import { readFile } from 'node:fs/promises';

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { AttemptError } from '../../src/api/attempt-error.ts';
import {
  ClosedPipeError,
  ConfigurationError,
  fileError,
  InterruptedError,
  InvalidDataError,
  KeyRejectedError,
  messageOf,
  NotJsonError,
  RefusedError,
  UnknownOutcomeError,
  UnreachableError,
  UsageError,
} from '../../src/domain/errors.ts';
import { EXIT_CODES, exitCodeOf, sharedExitCode } from '../../src/domain/exit-code.ts';
import { errorFields } from '../support/thrown.ts';

describe('exitCodeOf', () => {
  const cases: readonly [error: unknown, code: number][] = [
    [new UsageError('x'), 2],
    [new ConfigurationError('x'), 3],
    [new KeyRejectedError('x'), 4],
    [new UnreachableError('x'), 5],
    [new AttemptError('x', { phase: 'body' }), 5],
    [new InvalidDataError('x'), 6],
    [new NotJsonError(0, 'x'), 6],
    [new RefusedError('x'), 7],
    [new UnknownOutcomeError('x'), 9],
    [new InterruptedError('SIGHUP'), 129],
    [new InterruptedError('SIGINT'), 130],
    [new InterruptedError('SIGTERM'), 143],
    [new ClosedPipeError(undefined), 1],
    [new TypeError('x'), 1],
    ['text', 1],
    [undefined, 1],
  ];
  for (const [error, code] of cases) {
    it(`is ${code} for ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`, () => {
      expect(exitCodeOf(error)).to.equal(code);
    });
  }
});

describe('sharedExitCode', () => {
  const cases: readonly [codes: readonly number[], shared: number][] = [
    [[], 0],
    [[0, 0], 0],
    [[5], 5],
    [[7, 7, 7], 7],
    [[0, 7], 8],
    [[7, 0], 8],
    [[5, 7], 8],
    [[0, 0, 9, 0], 8],
  ];
  for (const [codes, shared] of cases) {
    it(`is ${shared} for ${codes.join(', ') || 'no sites'}`, () => {
      expect(sharedExitCode(codes)).to.equal(shared);
      expect(sharedExitCode(new Set(codes))).to.equal(shared);
    });
  }
});

describe('EXIT_CODES', () => {
  it('are distinct, each with a meaning on one line', () => {
    const codes = Object.values(EXIT_CODES).map(({ code }) => code);
    expect(codes).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 129, 130, 143]);
    for (const { meaning } of Object.values(EXIT_CODES)) expect(meaning).to.match(/^[ -~]{10,}$/);
  });
});

describe('errors', () => {
  it('have a message, a hint and a cause', () => {
    const cause = new Error('behind');
    const error = new UsageError('what', { hint: 'do', cause });
    expect(errorFields(error)).to.deep.equal({ type: 'UsageError', message: 'what', hint: 'do' });
    expect(error.name).to.equal('UsageError');
    expect(error.cause).to.equal(cause);
    expect(new UsageError('what')).not.to.have.property('cause');
    expect(new UsageError('what').hint).to.equal(undefined);
  });

  it('name the byte at which a body is not JSON', () => {
    expect(new NotJsonError(12, 'expected ":"').message).to.equal('invalid JSON at byte 12: expected ":"');
    const located = new NotJsonError(12, 'expected ":"', 'GET x');
    expect(located.message).to.equal('GET x: invalid JSON at byte 12: expected ":"');
    expect([located.offset, located.problem]).to.deep.equal([12, 'expected ":"']);
  });

  it('have a message for any thrown value', () => {
    expect(messageOf(new Error('what'))).to.equal('what');
    expect(messageOf('text')).to.equal('a value that is not an Error was thrown');
    expect(messageOf(undefined)).to.equal('a value that is not an Error was thrown');
  });

  it('describe a failed file operation in words', async () => {
    const hint = 'check the path and its permissions';
    const missing: unknown = await readFile('/nowhere/at/all').catch((error: unknown) => error);
    const error = fileError('--output x', missing);
    expect(errorFields(error)).to.deep.equal({
      type: 'UsageError',
      message: '--output x: no such file or directory',
      hint,
    });
    expect(error.cause).to.equal(missing);
    const directory: unknown = await readFile('/').catch((cause: unknown) => cause);
    expect(fileError('--output x', directory).message).to.equal('--output x: is a directory');
    expect(fileError('--output x', new Error('odd')).message).to.equal('--output x: odd');
    const usage = new UsageError('already a UsageError');
    expect(fileError('--output x', usage)).to.equal(usage);
  });
});
