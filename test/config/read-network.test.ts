import { rootCertificates } from 'node:tls';

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { type NetworkFlags, readNetwork } from '../../src/config/read-network.ts';
import type { Network } from '../../src/platform/network.ts';
import { rejectionOf, errorFields } from '../support/thrown.ts';
import { testEnvironment } from '../support/environment.ts';
import { inWorkspace, shown } from './workspace.ts';

type Variables = Readonly<Record<string, string>>;

function read(flags: NetworkFlags, env: Variables = {}, cwd?: string): Promise<Network | undefined> {
  return readNetwork(flags, testEnvironment({ env, ...(cwd !== undefined && { cwd }) }));
}

/** Returns the proxies for `https:` and `http:`. */
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
    it(`are ${JSON.stringify(proxies)} for ${JSON.stringify({ ...flags, ...env })}`, async () => {
      expect(await proxiesOf(flags, env)).to.deep.equal(proxies);
    });
  }

  it('are undefined without a flag or variable', async () => {
    expect(await read({}, { HTTPS_PROXY: '', NO_PROXY: 'example.com' })).to.equal(undefined);
  });

  it('are read with the hosts of NO_PROXY', async () => {
    expect((await read({ proxy: 'a:1' }, { NO_PROXY: 'b', no_proxy: 'c' }))?.noProxy).to.equal('c');
    expect((await read({ proxy: 'a:1' }))?.noProxy).to.equal('');
  });

  it('have their user name and password separated from the URL', async () => {
    const proxyOf = async (text: string): Promise<unknown> => (await read({ proxy: text }))?.proxies['https:'];
    const proxy = (credentials: string): unknown => {
      const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
      return { url: 'http://a:1', source: '--proxy', authorization };
    };
    expect(await proxyOf('me:p%40ss%25@a:1')).to.deep.equal(proxy('me:p@ss%'));
    expect(await proxyOf('http://me@a:1')).to.deep.equal(proxy('me:'));
    expect(await proxyOf('http://:pass@a:1')).to.deep.equal(proxy(':pass'));
    expect(await proxyOf('http://CORP\\me:p@ss/w?r#d@a:1')).to.deep.equal(proxy('CORP\\me:p@ss/w?r#d'));
    expect(await proxyOf('me:p:w://@a:1')).to.deep.equal(proxy('me:p:w://'));
    expect(await proxyOf('http://a:1')).to.deep.equal({ url: 'http://a:1', source: '--proxy' });
  });

  it('keep the name of the variable that they come from', async () => {
    const network = await read({}, { https_proxy: 'a:1', HTTP_PROXY: 'b:2' });
    expect(network?.proxies['https:']?.source).to.equal('https_proxy');
    expect(network?.proxies['http:']?.source).to.equal('HTTP_PROXY');
  });

  const hint = 'for example http://proxy.example.com:3128, or http://user:password@proxy.example.com:3128';
  const bad: readonly (readonly [string, string])[] = [
    ['http://me:SECRET@', 'invalid proxy URL'],
    ['http://me:SECRET@a:0', 'invalid proxy URL'],
    ['http://me:SECRET@"a":1', 'invalid proxy URL'],
    ['"http://me:SECRET@a:1"', 'invalid proxy URL: remove the quotes around it'],
    ["'me:SECRET@a:1'", 'invalid proxy URL: remove the quotes around it'],
    ['me:SECRET@a:port', 'invalid proxy URL'],
    ['socks5://me:SECRET@a:1', 'unsupported proxy protocol socks5: (use http: or https:)'],
    ['http://me:SECRET%@a:1', 'a percent sign in the user name or password of the proxy must be written as %25'],
  ];
  for (const [text, problem] of bad) {
    it(`are rejected without showing the password: ${text}`, async () => {
      const byFlag = await rejectionOf(read({ proxy: text }));
      expect(errorFields(byFlag)).to.deep.equal({ type: 'UsageError', message: `--proxy: ${problem}`, hint });
      const byVariable = await rejectionOf(read({}, { https_proxy: text }));
      const message = `https_proxy: ${problem}`;
      expect(errorFields(byVariable)).to.deep.equal({ type: 'ConfigurationError', message, hint });
      for (const error of [byFlag, byVariable]) expect(shown(error)).not.to.include('SECRET');
    });
  }
});

describe('config: --ca-file', () => {
  const [first = '', second = '', third = ''] = rootCertificates;

  it(
    'is added to the default authorities and NODE_EXTRA_CA_CERTS',
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
    'empty.pem': 'empty.pem contains no certificate',
    'key.pem': 'key.pem contains no certificate',
    'broken.pem': 'broken.pem contains an invalid certificate (number 2)',
    '': 'expected a file name',
  };
  for (const [caFile, problem] of Object.entries(bad)) {
    it(
      `reports a usage error: ${problem}`,
      inWorkspace(async ({ cwd, write }) => {
        await write({
          'empty.pem': '',
          'key.pem': '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----',
          'broken.pem': `${first}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
        });
        const error = await rejectionOf(read({ caFile }, {}, cwd));
        expect(errorFields(error)).to.deep.equal({
          type: 'UsageError',
          message: `--ca-file: ${problem}`,
          hint: 'use a PEM file, in which each certificate begins with -----BEGIN CERTIFICATE-----',
        });
      }),
    );
  }
});
