import type { Signal } from './environment.ts';
import { removeTemporaryFiles } from './temporary-paths.ts';

const SIGNALS: readonly Signal[] = ['SIGHUP', 'SIGINT', 'SIGTERM'];

/** Implements `Environment.onSignal`. */
export function onSignal(listener: (signal: Signal) => void): () => void {
  let isNotified = false;
  const handle = (signal: Signal): void => {
    if (isNotified) {
      removeTemporaryFiles();
      // Not process.exit(), which waits for file operations that are under way.
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
      return;
    }
    isNotified = true;
    listener(signal);
  };
  for (const signal of SIGNALS) process.on(signal, handle);
  return () => {
    // Keep the handler after a signal, so that a second one ends the process even while it waits for the reader of its output.
    if (!isNotified) for (const signal of SIGNALS) process.off(signal, handle);
  };
}
