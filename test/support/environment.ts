import { tmpdir } from 'node:os';

import { systemClock } from '../../src/platform/clock.ts';
import type { Environment, InputStream, OutputStream } from '../../src/platform/environment.ts';
import { createFiles } from '../../src/platform/files.ts';

const discard: OutputStream = { isTTY: false, columns: 0, write: () => Promise.resolve() };

/** Returns a stdin with this content. */
export function inputOf(text: string | Uint8Array): InputStream {
  async function* chunks(): AsyncIterable<Uint8Array> {
    yield await Promise.resolve(typeof text === 'string' ? new TextEncoder().encode(text) : text);
  }
  return { isTTY: false, chunks, keys: chunks, close: () => undefined };
}

export type TestOverrides = Partial<Omit<Environment, 'cwd'>> & { readonly cwd?: string };

/** Returns an isolated environment: no variables, no network, empty stdin, output discarded; real files and a real clock. */
export function testEnvironment({ cwd = tmpdir(), ...overrides }: TestOverrides = {}): Environment {
  const { home } = { home: cwd, ...overrides };
  return {
    stdin: inputOf(''),
    stdout: discard,
    stderr: discard,
    env: {},
    cwd: () => cwd,
    home,
    files: createFiles({ cwd: () => cwd, home }),
    clock: systemClock,
    random: () => 0.5,
    fetch: () => Promise.reject(new Error('no network in this test')),
    onSignal: () => () => undefined,
    ...overrides,
  };
}
