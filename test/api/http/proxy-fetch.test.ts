import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';

import { createTransport } from '../../../src/api/http/proxy-fetch.ts';
import { explainNetworkFailure } from '../../../src/api/network-failure.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { closeServers, listen, listenForRequests, serve } from '../../support/servers.ts';
import { rejectionOf } from '../../support/thrown.ts';

const API = 'https://api.example.com/v1';

/** Returns why a request through the proxy fails. */
async function failureThrough(proxyUrl: string, url = API) {
  const proxy = { url: proxyUrl, source: 'HTTPS_PROXY' };
  const fetch = createTransport(
    { proxies: { 'https:': proxy, 'http:': proxy }, noProxy: '', authorities: undefined },
    systemClock,
  );
  return explainNetworkFailure(await rejectionOf(fetch(url)));
}

describe('createTransport', () => {
  afterEach(closeServers);

  it('names an unreachable proxy, and the variable that sets it', async () => {
    const { url, port } = await serve(() => undefined);
    await closeServers();
    expect(await failureThrough(url)).to.deep.include({
      phase: 'connect',
      message: `cannot connect to the proxy ${url} (HTTPS_PROXY): connection refused (127.0.0.1:${port})`,
    });
  });

  it('names a proxy that closes the connection', async () => {
    const { url } = await listenForRequests((socket) => socket.end());
    const { phase, message } = await failureThrough(url);
    expect(phase).to.equal('connect');
    expect(message).to.match(/^cannot connect to the proxy http:\S+ \(HTTPS_PROXY\): ./);
  });

  for (const [status, phase] of [
    [407, 'proxy'],
    [403, 'proxy'],
    [502, 'connect'],
  ] as const) {
    it(`names a proxy that responds with ${status}`, async () => {
      const { url } = await listenForRequests((socket) => socket.end(`HTTP/1.1 ${status} No\r\n\r\n`));
      expect(await failureThrough(url)).to.deep.include({
        phase,
        message: `the proxy ${url} (HTTPS_PROXY) refused to connect: it responded ${status}`,
      });
    });
  }

  it('names an https: proxy that does not speak TLS', async () => {
    const plain = await listen((socket) => socket.on('data', () => socket.end('HTTP/1.1 400 No\r\n\r\n')));
    const url = plain.url.replace('http:', 'https:');
    const { phase, message } = await failureThrough(url);
    expect(phase).to.equal('tls');
    expect(message).to.match(
      /^cannot connect to the proxy https:\S+ \(HTTPS_PROXY\): it does not speak TLS on this port$/,
    );
  });

  it('uses a tunnel for plain http: to another host', async () => {
    const tunnels: string[] = [];
    const { url } = await listen((socket) => {
      socket.once('data', (head: Buffer) => {
        tunnels.push(head.toString().split('\r\n')[0] ?? '');
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'));
      });
    });
    const proxy = { url, source: '--proxy' };
    const network = { proxies: { 'https:': undefined, 'http:': proxy }, noProxy: '', authorities: undefined };
    const response = await createTransport(network, systemClock)('http://ssm.example.com/');
    expect(await response.text()).to.equal('{}');
    expect(tunnels).to.deep.equal(['CONNECT ssm.example.com:80 HTTP/1.1']);
  });

  it('uses no proxy for plain http: to this machine', async () => {
    const { url } = await serve((_, response) => response.end('{}'));
    const proxy = { url: 'http://127.0.0.1:9', source: '--proxy' };
    const network = { proxies: { 'https:': proxy, 'http:': proxy }, noProxy: '', authorities: [] };
    expect(await (await createTransport(network, systemClock)(url)).text()).to.equal('{}');
  });

  it('sends the proxy credentials to the proxy only', async () => {
    const heads: string[] = [];
    const { url } = await listen((socket) => {
      socket.once('data', (head: Buffer) => {
        heads.push(head.toString());
        socket.end('HTTP/1.1 407 No\r\n\r\n');
      });
    });
    const proxy = { url, source: '--proxy', authorization: 'Basic dTpw' };
    const network = { proxies: { 'https:': proxy, 'http:': proxy }, noProxy: 'a.test', authorities: undefined };
    await rejectionOf(createTransport(network, systemClock)(API));
    expect(heads.join('')).to.match(/^CONNECT api\.example\.com:443 .*\r\nproxy-authorization: Basic dTpw\r\n/is);
  });
});
