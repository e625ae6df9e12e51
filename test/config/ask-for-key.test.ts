import { expect } from 'chai';
import { describe, it } from 'mocha';

import { askForKey } from '../../src/config/ask-for-key.ts';
import type { RawValue } from '../../src/config/raw-value.ts';
import type { InputStream, OutputStream } from '../../src/platform/environment.ts';
import { InterruptedError } from '../../src/domain/errors.ts';
import { rejectionOf } from '../support/thrown.ts';

/** Creates a terminal that delivers the input byte by byte and records its output. */
function createTerminal(pressed: string): {
  readonly stdin: InputStream;
  readonly stderr: OutputStream;
  shown: string;
} {
  async function* keys(): AsyncIterable<Uint8Array> {
    for (const byte of Buffer.from(pressed)) yield await Promise.resolve(Uint8Array.of(byte));
  }
  const terminal = {
    stdin: { isTTY: true, chunks: keys, keys, close: () => undefined },
    stderr: {
      isTTY: true,
      columns: 80,
      write: (text: string | Uint8Array) => {
        terminal.shown += String(text);
        return Promise.resolve();
      },
    },
    shown: '',
  };
  return terminal;
}

const TYPED = { kind: 'terminal', label: 'terminal' } as const;
const SHOWN = 'API key (hidden): \n';

describe('askForKey', () => {
  const lines: Readonly<Record<string, string | undefined>> = {
    'abc\r': 'abc',
    'abc\ndef': 'abc',
    'ab\u007fc\r': 'ac',
    'ab\b\b\bc\r': 'c',
    'wrong\u0015right\r': 'right',
    'é\u007f€\r': '€',
    '\r': undefined,
    '\u0004': undefined,
    'abc\u0004': undefined,
    'abc\u0004def\r': undefined,
    abc: undefined,
  };
  for (const [keys, text] of Object.entries(lines)) {
    it(`returns ${text ?? 'nothing'} for the input ${JSON.stringify(keys)} without showing it`, async () => {
      const terminal = createTerminal(keys);
      const key: RawValue | undefined = text === undefined ? undefined : { text, source: TYPED };
      expect(await askForKey(terminal)).to.deep.equal(key);
      expect(terminal.shown).to.equal(SHOWN);
    });
  }

  it('rejects on Ctrl-C', async () => {
    const terminal = createTerminal('abc\u0003');
    const error = await rejectionOf(askForKey(terminal));
    expect(error).to.be.instanceOf(InterruptedError).with.property('signal', 'SIGINT');
    expect(terminal.shown).to.equal(SHOWN);
  });
});
