/** How far the transport has come with one request. A fetch that is not ours leaves it as it is. */
export interface TransportState {
  /** True from the start of the request until its connection stands, TLS handshake included: nothing was sent so far. */
  isConnecting: boolean;
  /** The addresses that were tried, such as `127.0.0.1:80`. */
  readonly addresses: string[];
  /** The proxy that the request goes through, and the flag or variable that names it. */
  proxy: string | undefined;
}

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

const states = new WeakMap<RequestInit, TransportState>();

/** Has our fetch keep the state of the request with these options up to date. Its response is read with `bodyOf`. */
export function trackTransport(init: RequestInit, state: TransportState): void {
  states.set(init, state);
}

/** Returns the state that is tracked for the request; undefined if there is none. */
export function transportStateOf(init: RequestInit | undefined): TransportState | undefined {
  return init && states.get(init);
}
