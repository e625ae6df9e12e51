/** Removes temporary files when the process ends before it removed them itself, unless it is killed by SIGKILL. */
import { unlinkSync } from 'node:fs';

/** Signals that end a process by default, except those that Node.js uses or ignores. */
const FATAL_SIGNALS: readonly NodeJS.Signals[] =
  process.platform === 'win32'
    ? ['SIGHUP', 'SIGINT', 'SIGBREAK']
    : ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGALRM', 'SIGTERM', 'SIGUSR2', 'SIGVTALRM', 'SIGXCPU'];

const paths = new Set<string>();

/** Removes the file if the process ends. Returns a function that cancels the removal. */
export function removeAtExit(path: string): () => void {
  if (paths.size === 0) listen();
  paths.add(path);
  return () => {
    paths.delete(path);
    if (paths.size === 0) stopListening();
  };
}

/** Removes all temporary files. Call it before the process kills itself. */
export function removeTemporaryFiles(): void {
  for (const path of paths) {
    try {
      unlinkSync(path);
    } catch {
      // The file is gone or cannot be removed.
    }
  }
  paths.clear();
}

function listen(): void {
  process.on('exit', removeTemporaryFiles);
  for (const signal of FATAL_SIGNALS) process.on(signal, endBySignal);
}

function stopListening(): void {
  process.off('exit', removeTemporaryFiles);
  for (const signal of FATAL_SIGNALS) process.off(signal, endBySignal);
}

function endBySignal(signal: NodeJS.Signals): void {
  // Another listener shuts down the run, which removes the files.
  if (process.listenerCount(signal) > 1) return;
  removeTemporaryFiles();
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
