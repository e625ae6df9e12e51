import type { BodyReader } from './body-reader.ts';

/** How far the transport has come with one request. */
export interface TransportState {
  /** True from the start of the request until its connection stands, TLS handshake included: nothing was sent so far. */
  isConnecting: boolean;
  /** The addresses that were tried, such as `127.0.0.1:80`. */
  readonly addresses: string[];
  /** The proxy that the request goes through, and the flag or variable that names it. */
  proxy: string | undefined;
  /** The body of the response, which itself is without one. */
  body?: BodyReader;
}

/**
 * The options of a request whose state our fetch keeps up to date. Not in a `WeakMap`: its values
 * outlive their keys until a full collection, and so would everything that belongs to the request.
 */
export type TrackedInit = RequestInit & { readonly transport?: TransportState };

export function createTransportState(): TransportState {
  return { isConnecting: false, addresses: [], proxy: undefined };
}

/** Returns ` through the proxy …` for a message; nothing without a proxy. */
export function describeProxy({ proxy }: Pick<TransportState, 'proxy'>): string {
  return proxy === undefined ? '' : ` through ${proxy}`;
}

/** Returns ` (tried 192.0.2.1:443, …)` for a message; nothing before the first address. */
export function describeAddresses({ addresses }: Pick<TransportState, 'addresses'>): string {
  return addresses.length === 0 ? '' : ` (tried ${addresses.join(', ')})`;
}
