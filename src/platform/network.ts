/** How to reach the API, if not directly. */
export interface Network {
  /** By the protocol of the requested URL. */
  readonly proxies: Readonly<Record<'http:' | 'https:', Proxy | undefined>>;
  /** Hosts that are reached without a proxy, as `NO_PROXY` lists them. */
  readonly noProxy: string;
  /** All certificates to trust, as PEM; undefined for Node's own. */
  readonly authorities: readonly string[] | undefined;
}

export interface Proxy {
  /** Without user name and password. */
  readonly url: string;
  /** The flag or variable that names it, for messages. */
  readonly source: string;
  /** Value of the `Proxy-Authorization` header. */
  readonly authorization?: string;
}

/**
 * Whether a URL's `hostname` is this machine, so that no data goes over the network. Names below `.localhost` do not count,
 * because some resolvers query the network for them.
 */
export function isLoopback(hostname: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}
