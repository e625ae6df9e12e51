import { expect } from 'chai';
import { describe, it } from 'mocha';

import { InterruptedError } from '../../src/domain/errors.ts';
import { boundEnvironment, deadlineError, startRunDeadline } from '../../src/pipeline/run-deadline.ts';
import type { Signal } from '../../src/platform/environment.ts';
import { createVirtualClock } from '../support/clock.ts';
import { testEnvironment } from '../support/environment.ts';
import { rejectionOf, errorFields } from '../support/thrown.ts';

const forever = new Promise<never>(() => undefined);

function start(limit?: number) {
  const clock = createVirtualClock('all');
  const listeners: ((signal: Signal) => void)[] = [];
  const onSignal = (listener: (signal: Signal) => void) => {
    listeners.push(listener);
    return () => listeners.splice(0);
  };
  return { clock, listeners, deadline: startRunDeadline({ clock, onSignal }, limit) };
}

describe('startRunDeadline', () => {
  it('aborts with the deadline, counted from the start of the run', () => {
    const { clock, deadline } = start();
    expect([deadline.deadlineAt, clock.pending()]).to.deep.equal([Infinity, 0]);
    deadline.setLimit(5000);
    deadline.setLimit(1500);
    expect([deadline.deadlineAt - clock.monotonic(), clock.pending()]).to.deep.equal([1500, 1]);
    clock.expire(1500);
    expect(errorFields(deadline.signal.reason)).to.deep.equal(errorFields(deadlineError(1500)));
  });

  it('does not count the time of a pause', () => {
    const { clock, deadline } = start(1000);
    const resume = deadline.pause();
    expect(clock.pending()).to.equal(0);
    clock.after(700, () => undefined);
    clock.expire(700);
    deadline.setLimit(2000);
    expect(clock.pending()).to.equal(0);
    resume();
    resume();
    expect([deadline.deadlineAt - clock.monotonic(), clock.pending()]).to.deep.equal([2000, 1]);
    clock.expire(2000);
    expect(deadline.signal.aborted).to.equal(true);
  });

  it('aborts with the signal', () => {
    const { listeners, deadline } = start();
    for (const listener of listeners) listener('SIGHUP');
    expect(deadline.signal.reason).to.be.instanceOf(InterruptedError).with.property('signal', 'SIGHUP');
  });

  it('stops the timer and the listeners at its end', () => {
    const { clock, listeners, deadline } = start(1000);
    deadline.end();
    expect([clock.pending(), listeners]).to.deep.equal([0, []]);
  });
});

describe('deadlineError', () => {
  it('names the deadline, and the flag that extends it', () => {
    expect(errorFields(deadlineError(1500))).to.deep.equal({
      type: 'UnreachableError',
      message: 'the run exceeded its deadline of 1.5 s',
      hint: 'allow more time with --deadline, or try again later',
    });
  });
});

describe('boundEnvironment', () => {
  it('ends a wait for input with the reason of the abort', async () => {
    const stop = new AbortController();
    const stdin = {
      isTTY: false,
      async *chunks() {
        yield await forever;
      },
      async *keys() {
        yield await forever;
      },
      close: () => undefined,
    };
    const bound = boundEnvironment(testEnvironment({ stdin }), { signal: stop.signal, pause: () => () => undefined });
    const reading = rejectionOf(bound.stdin.chunks()[Symbol.asyncIterator]().next());
    const typing = rejectionOf(bound.stdin.keys()[Symbol.asyncIterator]().next());
    stop.abort(deadlineError(1));
    expect([await reading, await typing]).to.deep.equal([stop.signal.reason, stop.signal.reason]);
  });

  it('pauses the deadline only while the user types', async () => {
    const calls: string[] = [];
    const pause = () => {
      calls.push('pause');
      return () => calls.push('resume');
    };
    const stdin = {
      isTTY: true,
      async *chunks() {
        yield await Promise.resolve(Buffer.from('one'));
        yield Buffer.from('two');
      },
      async *keys() {
        yield await forever;
      },
      close: () => undefined,
    };
    const bound = boundEnvironment(testEnvironment({ stdin }), { signal: new AbortController().signal, pause });
    for await (const chunk of bound.stdin.chunks()) calls.push(String(chunk));
    expect(calls.join(' ')).to.equal('pause resume one pause resume two pause resume');
  });

  it('waits a grace period for a blocked reader, then fails stdout with the reason and drops stderr', async () => {
    const stop = new AbortController();
    const clock = createVirtualClock('all');
    const stuck = { isTTY: false, columns: 0, write: () => forever };
    const bound = boundEnvironment(testEnvironment({ stdout: stuck, stderr: stuck, clock }), {
      signal: stop.signal,
      pause: () => () => undefined,
    });
    const printed = rejectionOf(bound.stdout.write('receipt'));
    const logged = bound.stderr.write('error');
    stop.abort(deadlineError(1));
    await clock.held(500);
    while (clock.pending() < 2) await new Promise((resolve) => setImmediate(resolve));
    clock.expire(500);
    expect(await printed).to.equal(stop.signal.reason);
    await logged;
  });
});
