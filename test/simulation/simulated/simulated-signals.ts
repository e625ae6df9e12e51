import type { Environment, Signal } from '../../../src/platform/environment.ts';

/** SIGINT and SIGTERM: as in a real process, the second one, or one without a listener, ends the process. */
export interface Signals {
  readonly onSignal: Environment['onSignal'];
  /** @returns whether the process continues */
  send(name: Signal): boolean;
  /** The number of listeners, or 0 after a signal, when they need not be removed. */
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
