import type { Clock } from './clock.ts';
import type { Files } from './files.ts';

/** The world as an argument: everything effectful that the program may touch. `bin/` builds the real one. */
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
  /** Of a terminal: what is typed, key by key and from now on unseen, Ctrl-C among it; until the iteration ends. */
  keys(): AsyncIterable<Uint8Array>;
  /** Ends the reading, which would keep the process waiting for more. */
  close(): void;
}

export interface OutputStream {
  readonly isTTY: boolean;
  /** Width in cells; 0 where it is no terminal, or one that does not say. */
  readonly columns: number;
  /** Resolves once the stream takes more. @throws {ClosedPipeError} where its reader has gone @throws {UsageError} */
  write(data: string | Uint8Array): Promise<void>;
}
