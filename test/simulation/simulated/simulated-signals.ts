import type { Environment, Signal } from '../../../src/platform/environment.ts';

/** SIGINT and SIGTERM as the real environment has them: without a listener, and a second time, they end the process. */
export interface Signals {
  readonly onSignal: Environment['onSignal'];
  /** @returns whether the process lives on */
  send(name: Signal): boolean;
  /** How many listen; after a signal, nobody needs to stop. */
  listeners(): number;
}

export function createSignals(): Signals {
  const listeners = new Set<(signal: Signal) => void>();
  let isMet = false;
  return {
    onSignal(listener) {
      listeners.add(listener);
      return () => {
        if (!isMet) listeners.delete(listener);
      };
    },
    send(name) {
      if (isMet || listeners.size === 0) return false;
      isMet = true;
      for (const listener of listeners) listener(name);
      return true;
    },
    listeners: () => (isMet ? 0 : listeners.size),
  };
}
