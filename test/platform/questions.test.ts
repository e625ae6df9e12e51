import { expect } from 'chai';
import { describe, it } from 'mocha';

import type { InputStream, Signal } from '../../src/platform/environment.ts';
import { InterruptedError } from '../../src/domain/errors.ts';
import { createQuestions } from '../../src/platform/questions.ts';
import { testEnvironment } from '../support/environment.ts';
import { rejectionOf } from '../support/thrown.ts';

/** Creates a terminal that delivers these chunks, and then ends unless it stays open. */
function terminalOf(pieces: readonly string[], isOpen = false): InputStream {
  async function* chunks() {
    for (const piece of pieces) yield await Promise.resolve(new TextEncoder().encode(piece));
    if (isOpen) await new Promise(() => undefined);
  }
  return { isTTY: true, chunks, keys: chunks, close: () => undefined };
}

describe('questions', () => {
  it('read one line each, however the lines are split', async () => {
    const { ask } = createQuestions(testEnvironment({ stdin: terminalOf(['on', 'e\r\ntwo\n\nfo', 'ur']) }));
    expect([await ask(''), await ask(''), await ask(''), await ask(''), await ask('')]).to.deep.equal([
      'one',
      'two',
      '',
      'four',
      undefined,
    ]);
  });

  it('end on a signal and remove the listener', async () => {
    const listeners = new Set<(signal: Signal) => void>();
    const interrupt = (): void => {
      for (const listener of listeners) listener('SIGINT');
    };
    let screen = '';
    const environment = testEnvironment({
      stdin: terminalOf(['one\n'], true),
      stderr: {
        isTTY: true,
        columns: 80,
        write(data) {
          screen += String(data);
          if (screen.endsWith('second ')) setImmediate(interrupt);
          return Promise.resolve();
        },
      },
      onSignal(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    });
    const { ask } = createQuestions(environment);
    expect(await ask('first ')).to.equal('one');
    expect(await rejectionOf(ask('second '))).to.be.instanceOf(InterruptedError);
    expect({ screen, listening: listeners.size }).to.deep.equal({ screen: 'first second \n', listening: 0 });
  });
});
