import type { Clock } from './clock.ts';
import type { Files } from './files.ts';

/** All side effects of the program, as an argument, so that tests can replace them. `bin/` creates the real one. */
export interface Environment {
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Returns the working directory, absolute. @throws {UsageError} if it was removed */
  readonly cwd: () => string;
  /** The user's home directory, absolute; undefined if there is none. */
  readonly home: string | undefined;
  readonly files: Files;
  readonly clock: Clock;
  /** A number from 0 (included) to 1 (excluded). */
  random(): number;
  readonly fetch: typeof globalThis.fetch;
  /** Calls the listener on the first signal; a second one ends the process. Returns a function that stops listening. */
  onSignal(listener: (signal: Signal) => void): () => void;
}

export type Signal = 'SIGHUP' | 'SIGINT' | 'SIGTERM';

export interface InputStream {
  readonly isTTY: boolean;
  chunks(): AsyncIterable<Uint8Array>;
  /** Yields the keys typed at a terminal, Ctrl-C included. Echo is off until the iteration ends. */
  keys(): AsyncIterable<Uint8Array>;
  /** Stops reading: an open stdin keeps the process alive. */
  close(): void;
}

export interface OutputStream {
  readonly isTTY: boolean;
  /** Width in cells; 0 if it is not a terminal or its width is unknown. */
  readonly columns: number;
  /** Resolves once the stream accepts more. @throws {ClosedPipeError} if its reader is gone @throws {UsageError} */
  write(data: string | Uint8Array): Promise<void>;
}
