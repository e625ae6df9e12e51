/** The agent that speaks to proxies stands behind this file alone, which is loaded only where the way is not Node's own. */

import type { Agent, ClientRequest } from 'node:http';

import { HttpsProxyAgent } from 'https-proxy-agent';

import type { Clock } from '../../platform/clock.ts';
import type { Environment } from '../../platform/environment.ts';
import { createFetch } from './create-fetch.ts';
import { isLoopback, type Network, type Proxy } from '../../platform/network.ts';

/**
 * `fetch` by way of such a network. A proxy never sees more than the host, as it is asked for a tunnel; for `http:` to this
 * machine, where the key may go in the clear, there is none.
 */
export function createTransport({ proxies, noProxy, authorities }: Network, clock: Clock): Environment['fetch'] {
  const trust = authorities ? { ca: [...authorities] } : {};
  const agents = {
    'https:': proxies['https:'] && createAgent(proxies['https:'], trust),
    'http:': proxies['http:'] && createAgent(proxies['http:'], trust),
  };
  return createFetch(clock, (url) => {
    const isPlain = url.protocol === 'http:';
    const agent = agents[isPlain ? 'http:' : 'https:'];
    if (!agent || (isPlain && isLoopback(url.hostname)) || isBypassed(url, noProxy)) return trust;
    return { agent, ...trust };
  });
}

function createAgent({ url, authorization }: Proxy, trust: { readonly ca?: string[] }): Agent {
  // A function: NODE_DEBUG prints the fields of an agent.
  const headers = () => (authorization === undefined ? {} : { 'proxy-authorization': authorization });
  const agent = new HttpsProxyAgent(url, { headers, ...trust });
  // Else the agent hands the proxy's refusal on as if the API had answered it.
  agent.on('proxyConnect', ({ statusCode }: { readonly statusCode: number }, request: ClientRequest) => {
    if (statusCode === 200) return;
    const reason = new Error(`the proxy answered ${statusCode}`);
    request.destroy(Object.assign(reason, { syscall: 'connect', code: `ERR_PROXY_${statusCode}` }));
  });
  return agent;
}

/** As curl reads `NO_PROXY`: names of hosts, of which each stands for what is below it as well, with or without a port. */
function isBypassed({ protocol, hostname, port }: URL, noProxy: string): boolean {
  const ownPort = port || (protocol === 'https:' ? '443' : '80');
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      const [, host = '', onlyPort = ownPort] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
      const name = host.replace(/^\*?\./, '');
      return onlyPort === ownPort && (name === '*' || hostname === name || hostname.endsWith(`.${name}`));
    });
}
