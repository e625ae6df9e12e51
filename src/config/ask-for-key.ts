import type { Environment } from '../platform/environment.ts';
import { InterruptedError } from '../domain/errors.ts';
import type { RawValue } from './raw-value.ts';

const CTRL = { C: '\u0003', D: '\u0004', U: '\u0015' };
const BACKSPACE = ['\b', '\u007f'];
const ENTER = ['\r', '\n'];

/**
 * Asks for the API key at the terminal, without showing it.
 * @param question what to ask, without a colon
 * @returns undefined if none was entered
 * @throws {InterruptedError} on Ctrl-C
 */
export async function askForKey(
  { stdin, stderr }: Pick<Environment, 'stdin' | 'stderr'>,
  question = 'API key (hidden)',
): Promise<RawValue | undefined> {
  const keys = stdin.keys(); // turns echo off, so call it before the prompt
  await stderr.write(`${question}: `);
  try {
    const text = await readLine(keys);
    return text === '' ? undefined : { text, source: { kind: 'terminal', label: 'terminal' } };
  } finally {
    await stderr.write('\n');
  }
}

/** Reads a line with backspace and Ctrl-U. Returns an empty text on Ctrl-D. @throws {InterruptedError} on Ctrl-C */
async function readLine(keys: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  const typed: string[] = [];
  for await (const bytes of keys) {
    for (const character of decoder.decode(bytes, { stream: true })) {
      if (ENTER.includes(character)) return typed.join('');
      if (character === CTRL.C) throw new InterruptedError('SIGINT');
      if (character === CTRL.D) return '';
      if (character === CTRL.U) typed.length = 0;
      else if (BACKSPACE.includes(character)) typed.pop();
      else typed.push(character);
    }
  }
  return '';
}
