import { expect } from 'chai';
import { describe, it } from 'mocha';

import { askForKey } from '../../src/config/ask.ts';
import { InterruptedError } from '../../src/errors.ts';
import { inputOf, testEnvironment } from '../support/environment.ts';
import { rejectionOf } from '../support/thrown.ts';

async function typing(keys: string): Promise<string | undefined> {
  return (await askForKey(testEnvironment({ stdin: inputOf(keys) })))?.text;
}

describe('the key that is asked for', () => {
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
    abc: undefined,
  };
  for (const [keys, text] of Object.entries(lines)) {
    it(`is ${text ?? 'none'} where ${JSON.stringify(keys)} is typed`, async () => {
      expect(await typing(keys)).to.equal(text);
    });
  }

  it('is given up by Ctrl-C', async () => {
    expect(await rejectionOf(typing('abc\u0003'))).to.be.instanceOf(InterruptedError);
  });
});
