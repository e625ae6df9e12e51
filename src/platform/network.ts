/** How the API is reached, where it is otherwise than Node does by itself. */
export interface Network {
  /** What a proxy is used for: the protocol of the URL that is asked for. */
  readonly proxies: Readonly<Record<'http:' | 'https:', Proxy | undefined>>;
  /** Hosts that are reached without one, as the variable `NO_PROXY` lists them. */
  readonly noProxy: string;
  /** All the certificates to trust, as PEM; undefined where those that Node trusts by itself will do. */
  readonly authorities: readonly string[] | undefined;
}

export interface Proxy {
  /** Without user name and password. */
  readonly url: string;
  /** The value of the header `Proxy-Authorization`. */
  readonly authorization?: string;
}

/**
 * Whether a URL's `hostname` is this machine, so that nobody on the network sees what is sent. Names below `.localhost` do
 * not count: some resolvers ask the network for them.
 */
export function isLoopback(hostname: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}
