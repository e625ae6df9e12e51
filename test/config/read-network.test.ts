import { rootCertificates } from 'node:tls';

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { type NetworkFlags, readNetwork } from '../../src/config/read-network.ts';
import type { Network } from '../../src/platform/network.ts';
import { rejectionOf, toldBy } from '../support/thrown.ts';
import { testEnvironment } from '../support/environment.ts';
import { inWorkspace, shown } from './workspace.ts';

type Variables = Readonly<Record<string, string>>;

function read(flags: NetworkFlags, env: Variables = {}, cwd?: string): Promise<Network | undefined> {
  return readNetwork(flags, testEnvironment({ env, ...(cwd !== undefined && { cwd }) }));
}

/** The proxies for `https:` and `http:`. */
async function proxiesOf(flags: NetworkFlags, env: Variables): Promise<readonly unknown[]> {
  const { proxies } = (await read(flags, env)) ?? { proxies: undefined };
  return [proxies?.['https:']?.url, proxies?.['http:']?.url];
}

describe('config: proxies', () => {
  const chosen: readonly (readonly [NetworkFlags, Variables, readonly unknown[]])[] = [
    [{}, { HTTPS_PROXY: 'http://a:1' }, ['http://a:1', undefined]],
    [{}, { HTTP_PROXY: 'http://a:1' }, [undefined, 'http://a:1']],
    [{}, { HTTPS_PROXY: 'http://a:1', https_proxy: 'http://b:2' }, ['http://b:2', undefined]],
    [{}, { HTTPS_PROXY: 'http://a:1', https_proxy: '' }, ['http://a:1', undefined]],
    [{}, { HTTPS_PROXY: 'a:1' }, ['http://a:1', undefined]],
    [{}, { HTTPS_PROXY: 'https://a' }, ['https://a', undefined]],
    [{ proxy: 'http://c:3/' }, { HTTPS_PROXY: 'http://a:1' }, ['http://c:3', 'http://c:3']],
    [{ proxy: '' }, { HTTPS_PROXY: 'http://a:1', HTTP_PROXY: 'http://b:2' }, [undefined, undefined]],
  ];
  for (const [flags, env, proxies] of chosen) {
    it(`are ${JSON.stringify(proxies)} by ${JSON.stringify({ ...flags, ...env })}`, async () => {
      expect(await proxiesOf(flags, env)).to.deep.equal(proxies);
    });
  }

  it('are no matter where nobody names one', async () => {
    expect(await read({}, { HTTPS_PROXY: '', NO_PROXY: 'example.com' })).to.equal(undefined);
  });

  it('are not for the hosts of NO_PROXY', async () => {
    expect((await read({ proxy: 'a:1' }, { NO_PROXY: 'b', no_proxy: 'c' }))?.noProxy).to.equal('c');
    expect((await read({ proxy: 'a:1' }))?.noProxy).to.equal('');
  });

  it('are told user name and password apart from their URL', async () => {
    const proxyOf = async (text: string): Promise<unknown> => (await read({ proxy: text }))?.proxies['https:'];
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
    expect(await proxyOf('me:p%40ss%25@a:1')).to.deep.equal({ url: 'http://a:1', authorization: basic('me:p@ss%') });
    expect(await proxyOf('http://me@a:1')).to.deep.equal({ url: 'http://a:1', authorization: basic('me:') });
    expect(await proxyOf('http://:pass@a:1')).to.deep.equal({ url: 'http://a:1', authorization: basic(':pass') });
    expect(await proxyOf('http://a:1')).to.deep.equal({ url: 'http://a:1' });
  });

  const hint = 'for example http://proxy.example.com:3128, or http://user:password@proxy.example.com:3128';
  const bad: readonly (readonly [string, string])[] = [
    ['http://me:SECRET@', 'this is not the URL of a proxy'],
    ['me:SECRET://@a:1', 'this is not the URL of a proxy'],
    ['me:SECRET@a:port', 'this is not the URL of a proxy'],
    ['socks5://me:SECRET@a:1', 'a proxy is spoken to by http: or https:, not socks5:'],
    ['http://me:SECRET%@a:1', 'a percent sign in the user name or password of the proxy must be written as %25'],
  ];
  for (const [text, problem] of bad) {
    it(`are refused as ${text}, of which nothing is shown`, async () => {
      const byFlag = await rejectionOf(read({ proxy: text }));
      expect(toldBy(byFlag)).to.deep.equal({ type: 'UsageError', message: `--proxy: ${problem}`, hint });
      const byVariable = await rejectionOf(read({}, { https_proxy: text }));
      const message = `https_proxy: ${problem}`;
      expect(toldBy(byVariable)).to.deep.equal({ type: 'ConfigurationError', message, hint });
      for (const error of [byFlag, byVariable]) expect(shown(error)).not.to.include('SECRET');
    });
  }
});

describe('config: --ca-file', () => {
  const [first = '', second = '', third = ''] = rootCertificates;

  it(
    'is trusted beside what Node trusts by itself, and NODE_EXTRA_CA_CERTS',
    inWorkspace(async ({ cwd, write }) => {
      await write({ 'own.pem': `The first\n${first}\nand the second\n${second}\n`, 'extra.pem': third });
      const env = { NODE_EXTRA_CA_CERTS: 'extra.pem' };
      const network = await read({ caFile: 'own.pem' }, env, cwd);
      expect(network?.authorities).to.deep.equal([...rootCertificates, third, first, second]);
      const another = await read({ caFile: 'own.pem' }, { NODE_EXTRA_CA_CERTS: 'nope.pem' }, cwd);
      expect(another?.authorities).to.deep.equal([...rootCertificates, first, second]);
      const none = await read({ caFile: 'own.pem' }, {}, cwd);
      expect(none?.authorities).to.deep.equal([...rootCertificates, first, second]);
    }),
  );

  const bad: Readonly<Record<string, string>> = {
    'nope.pem': 'nope.pem cannot be read: no such file or directory',
    'empty.pem': 'empty.pem holds no certificate',
    'key.pem': 'key.pem holds no certificate',
    'broken.pem': 'broken.pem holds a certificate that cannot be read, number 2',
    '': 'expected the name of a file',
  };
  for (const [caFile, problem] of Object.entries(bad)) {
    it(
      `is a usage error: ${problem}`,
      inWorkspace(async ({ cwd, write }) => {
        await write({
          'empty.pem': '',
          'key.pem': '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----',
          'broken.pem': `${first}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
        });
        const error = await rejectionOf(read({ caFile }, {}, cwd));
        expect(toldBy(error)).to.deep.equal({
          type: 'UsageError',
          message: `--ca-file: ${problem}`,
          hint: 'name a file with certificates in PEM, each of which begins with -----BEGIN CERTIFICATE-----',
        });
      }),
    );
  }
});
