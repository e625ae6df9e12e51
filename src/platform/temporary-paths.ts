/** Removes temporary files when the process ends before it removed them itself, unless it is killed by SIGKILL. */
import { unlinkSync } from 'node:fs';

/** Signals that end a process by default, but for those that Node.js uses or ignores itself. */
const DEADLY_SIGNALS: readonly NodeJS.Signals[] =
  process.platform === 'win32'
    ? ['SIGHUP', 'SIGINT', 'SIGBREAK']
    : ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGALRM', 'SIGTERM', 'SIGUSR2', 'SIGVTALRM', 'SIGXCPU'];

const paths = new Set<string>();

/** Removes the file if the process ends. Returns a function that gives up the file, once it was moved or removed. */
export function removeAtExit(path: string): () => void {
  if (paths.size === 0) listen();
  paths.add(path);
  return () => {
    paths.delete(path);
    if (paths.size === 0) stopListening();
  };
}

/** To be called before the process kills itself. */
export function removeTemporaryFiles(): void {
  for (const path of paths) {
    try {
      unlinkSync(path);
    } catch {
      // It is gone, or nobody may remove it.
    }
  }
  paths.clear();
}

function listen(): void {
  process.on('exit', removeTemporaryFiles);
  for (const signal of DEADLY_SIGNALS) process.on(signal, endBySignal);
}

function stopListening(): void {
  process.off('exit', removeTemporaryFiles);
  for (const signal of DEADLY_SIGNALS) process.off(signal, endBySignal);
}

function endBySignal(signal: NodeJS.Signals): void {
  // Another listener ends the run in an orderly way, which removes the files.
  if (process.listenerCount(signal) > 1) return;
  removeTemporaryFiles();
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
