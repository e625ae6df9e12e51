import type { Signal } from './environment.ts';

export function onSignal(listener: (signal: Signal) => void): () => void {
  let met = false;
  const listeners = (['SIGHUP', 'SIGINT', 'SIGTERM'] as const).map((signal) => {
    const meet = (): void => {
      if (met) {
        // Not by process.exit(), which waits for a pipe that is being opened until somebody opens its other end.
        process.removeAllListeners(signal);
        process.kill(process.pid, signal);
        return;
      }
      met = true;
      listener(signal);
    };
    process.on(signal, meet);
    return () => {
      process.off(signal, meet);
    };
  });
  return () => {
    // After a first one, a second one has to end the process also while output waits for its reader.
    if (!met) for (const stop of listeners) stop();
  };
}
