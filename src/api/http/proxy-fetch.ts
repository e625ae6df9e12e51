/** Loaded only if a proxy or certificate authorities are configured, as it brings a proxy agent along. */

import type { Agent, ClientRequest } from 'node:http';

import { HttpsProxyAgent } from 'https-proxy-agent';

import type { Clock } from '../../platform/clock.ts';
import type { Environment } from '../../platform/environment.ts';
import { isLoopback, type Network, type Proxy } from '../../platform/network.ts';
import { CONNECT_OPTIONS } from './connection.ts';
import { createFetch } from './create-fetch.ts';
import { isBypassed } from './no-proxy.ts';
import { ProxyError } from './proxy-error.ts';

/**
 * Returns a `fetch` that uses the network's proxies and certificate authorities. A proxy sees the host and the port only, as
 * it is asked for a tunnel. For `http:` to this machine, where the key may go unencrypted, no proxy is used.
 */
export function createTransport({ proxies, noProxy, authorities }: Network, clock: Clock): Environment['fetch'] {
  const trust = authorities ? { ca: [...authorities] } : {};
  const routes = {
    'https:': proxies['https:'] && createRoute(proxies['https:'], trust),
    'http:': proxies['http:'] && createRoute(proxies['http:'], trust),
  };
  return createFetch(clock, (url) => {
    const isPlain = url.protocol === 'http:';
    const route = routes[isPlain ? 'http:' : 'https:'];
    if (!route || (isPlain && isLoopback(url.hostname)) || isBypassed(url, noProxy)) return trust;
    return { ...route, ...trust };
  });
}

function createRoute(
  proxy: Proxy,
  trust: { readonly ca?: string[] },
): { readonly agent: Agent; readonly proxy: string } {
  const { url, authorization, source } = proxy;
  const name = `the proxy ${url} (${source})`;
  // A function, because NODE_DEBUG prints the fields of an agent.
  const headers = () => (authorization === undefined ? {} : { 'proxy-authorization': authorization });
  const agent = new HttpsProxyAgent(url, { headers, ...CONNECT_OPTIONS, ...trust });
  // Otherwise the agent passes the proxy's refusal on as if the API had sent it.
  agent.on('proxyConnect', ({ statusCode }: { readonly statusCode: number }, request: ClientRequest) => {
    if (statusCode === 200) return;
    request.destroy(new ProxyError(`${name} refused to connect`, { status: statusCode }));
  });
  const connect = agent.connect.bind(agent);
  agent.connect = async (...request) => {
    try {
      return await connect(...request);
    } catch (cause) {
      throw new ProxyError(`cannot connect to ${name}`, { cause });
    }
  };
  return { agent, proxy: name };
}
