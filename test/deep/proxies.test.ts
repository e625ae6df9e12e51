import { join } from 'node:path';

import { expect } from 'chai';
import { describe } from 'mocha';

import { type Api, healthy, payload, withApi } from '../e2e/support/scripted-api.ts';
import { withParameterStore } from '../support/parameter-store.ts';
import { type TestProxy, withProxy } from '../e2e/support/test-proxy.ts';
import { type Authority, withAuthority, withTls } from '../e2e/support/tls.ts';
import { runConcurrentlyIf } from '../e2e/support/run-concurrently.ts';
import {
  failureOf,
  hasProgram,
  inWorkspace,
  KEY,
  REPOSITORY,
  type Result,
  type Workspace,
} from '../e2e/support/workspace.ts';

const SUBMIT = ['submit', '--site', 'alpha'];

/** A program that uses the built library. */
const LIBRARY_CALL = `
  const { connect } = await import(process.env.LIBRARY);
  try {
    for await (const { outcome, error } of connect(JSON.parse(process.env.OPTIONS)).submit(['alpha'])) {
      console.log(error ? outcome + ': ' + error.message : outcome);
    }
  } catch (error) {
    console.log(error.name + ': ' + error.message);
  }`;

interface World {
  readonly workspace: Workspace;
  /** With a loopback `http:` URL. */
  readonly api: Api;
  /** The `https:` URL of the same API. */
  readonly url: string;
  readonly authority: Authority;
  readonly proxy: TestProxy;
}

/** Runs the test with an API whose certificate is from a private authority, and a proxy. */
function inWorld(use: (world: World) => Promise<void>, credentials?: string): Promise<void> {
  return withAuthority((authority) =>
    withApi(healthy('alpha'), (api) =>
      withTls(api.url, authority, (url) =>
        withProxy((proxy) => inWorkspace((workspace) => use({ workspace, api, url, authority, proxy })), credentials),
      ),
    ),
  );
}

/** Checks that the API received the correct list with the correct key. */
function expectSubmitted({ api }: World): void {
  const posts = api.to('POST /site-outages/alpha');
  expect(posts.map(({ headers, body }) => [headers['x-api-key'], body])).to.deep.equal([[KEY, payload('alpha')]]);
}

describe('e2e: proxies and private authorities', () => {
  runConcurrentlyIf(hasProgram('openssl'), 'openssl', {
    'are used for HTTPS_PROXY with user name and password, and never see the key': () =>
      inWorld(async (world) => {
        const { workspace, url, authority, proxy } = world;
        const { code, stderr } = await workspace.run([...SUBMIT, '--ca-file', authority.caFile], {
          env: {
            KRAKEN_API_URL: url,
            KRAKEN_API_KEY: KEY,
            HTTPS_PROXY: proxy.url.replace('//', '//me:p%40ss@'),
            HTTP_PROXY: 'http://127.0.0.1:9',
          },
        });
        expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
        expectSubmitted(world);
        expect([...new Set(proxy.tunnels.map(({ target }) => target))]).to.deep.equal([new URL(url).host]);
        expect(proxy.requests).to.deep.equal([]);
        expect(proxy.seen()).to.have.length.greaterThan(0);
        expect(proxy.seen()).not.to.include(KEY);
      }, Buffer.from('me:p@ss').toString('base64')),

    'are used for --proxy host:port instead of HTTPS_PROXY, with NODE_EXTRA_CA_CERTS': () =>
      inWorld(async (world) => {
        const { workspace, url, authority, proxy } = world;
        const { code, stderr } = await workspace.run([...SUBMIT, '--proxy', proxy.url.slice('http://'.length)], {
          env: {
            KRAKEN_API_URL: url,
            KRAKEN_API_KEY: KEY,
            HTTPS_PROXY: 'http://127.0.0.1:9',
            NODE_EXTRA_CA_CERTS: authority.caFile,
          },
        });
        expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
        expectSubmitted(world);
        expect(proxy.tunnels).not.to.deep.equal([]);
      }),

    'are skipped for NO_PROXY, with both --ca-file and NODE_EXTRA_CA_CERTS': () =>
      withAuthority((another) =>
        inWorld(async (world) => {
          const { workspace, url, authority, proxy } = world;
          const { code, stderr } = await workspace.run([...SUBMIT, '--ca-file', another.caFile], {
            env: {
              KRAKEN_API_URL: url,
              KRAKEN_API_KEY: KEY,
              HTTPS_PROXY: proxy.url,
              NO_PROXY: 'example.com, localhost',
              NODE_EXTRA_CA_CERTS: authority.caFile,
            },
          });
          expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
          expectSubmitted(world);
          expect(proxy.tunnels).to.deep.equal([]);
        }),
      ),

    'are skipped for http: to this machine': () =>
      inWorld(async (world) => {
        const { workspace, api, proxy } = world;
        // Node 22 warns on stderr that its proxy support is experimental.
        const node = { NODE_USE_ENV_PROXY: '1', NODE_NO_WARNINGS: '1' };
        const env = { ...api.env, ...node, HTTP_PROXY: proxy.url, http_proxy: proxy.url };
        const { code, stderr } = await workspace.run([...SUBMIT, '--proxy', proxy.url], { env });
        expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
        expectSubmitted(world);
        expect([proxy.tunnels, proxy.requests]).to.deep.equal([[], []]);
      }),

    'are used for Parameter Store': () =>
      inWorld((world) =>
        withParameterStore({ '/kraken/key': KEY }, (store) =>
          withTls(store.env['AWS_ENDPOINT_URL_SSM'] ?? '', world.authority, async (endpoint) => {
            const { workspace, url, authority, proxy } = world;
            const env = {
              ...store.env,
              AWS_ENDPOINT_URL_SSM: endpoint,
              KRAKEN_API_URL: url,
              KRAKEN_API_KEY: 'ssm:/kraken/key',
              HTTPS_PROXY: proxy.url,
            };
            const shown = await workspace.run(['config', 'show', '--ca-file', authority.caFile], { env });
            expect(shown.stdout).to.match(/^apiKey +present /m);
            expect(proxy.tunnels.map(({ target }) => target)).to.deep.equal([new URL(endpoint).host]);

            const { code, stderr } = await workspace.run([...SUBMIT, '--ca-file', authority.caFile], { env });
            expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
            expectSubmitted(world);
            const targets = new Set(proxy.tunnels.map(({ target }) => target));
            expect(targets).to.deep.equal(new Set([new URL(endpoint).host, new URL(url).host]));
          }),
        ),
      ),

    'are used by the library from its options or variables': () =>
      inWorld(async (world) => {
        const { workspace, url, authority, proxy } = world;
        const options = { apiUrl: url, apiKey: KEY, caFile: authority.caFile, retries: 0 };
        const submit = (more: object, env: Readonly<Record<string, string>> = {}): Promise<Result> =>
          workspace.spawn(process.execPath, ['--input-type=module', '--eval', LIBRARY_CALL], {
            env: {
              LIBRARY: join(REPOSITORY, 'dist', 'index.js'),
              OPTIONS: JSON.stringify({ ...options, ...more }),
              ...env,
            },
          }).ended;

        expect(await submit({ proxy: proxy.url })).to.deep.equal({ code: 0, stdout: 'accepted\n', stderr: '' });
        expectSubmitted(world);
        const tunnels = proxy.tunnels.length;
        expect(tunnels).to.be.greaterThan(0);
        expect((await submit({}, { HTTPS_PROXY: proxy.url })).stdout).to.equal('accepted\n');
        expect(proxy.tunnels.length).to.be.greaterThan(tunnels);
        expect((await submit({ proxy: '' }, { HTTPS_PROXY: 'http://127.0.0.1:9' })).stdout).to.equal('accepted\n');
        const untrusting = await submit({ caFile: undefined, proxy: '' });
        expect(untrusting.stdout).to.match(/^not-sent: .*TLS verification failed/);
        expect((await submit({ caFile: 'nope.pem' })).stdout).to.equal(
          'ConfigurationError: connect({ caFile }): nope.pem cannot be read: no such file or directory\n',
        );
        expect((await submit({ proxy: 'socks5://me:SECRET@a:1' })).stdout).to.equal(
          'ConfigurationError: connect({ proxy }): unsupported proxy protocol socks5: (use http: or https:)\n',
        );
      }),

    'keep key and proxy password out of the debugging output of Node.js and packages': () =>
      inWorld(async (world) => {
        const { workspace, url, authority, proxy } = world;
        const own = proxy.url.replace('//', '//me:p%40ss-word@');
        const env = { KRAKEN_API_URL: url, KRAKEN_API_KEY: KEY, NODE_DEBUG: '*', DEBUG: '*' };
        for (const given of [{ args: ['--proxy', own] }, { args: [], env: { HTTPS_PROXY: own } }]) {
          const args = [...SUBMIT, '--ca-file', authority.caFile, ...given.args];
          const { code, stderr } = await workspace.run(args, { env: { ...env, ...given.env } });
          expect(code).to.equal(0);
          expect(stderr)
            .to.match(/^(?:HTTP|NET) \d+: /m)
            .and.to.match(/https-proxy-agent/)
            .and.not.to.match(/p%40ss-word|p@ss-word|bWU6cEBzcy13b3Jk/);
        }
      }, Buffer.from('me:p@ss-word').toString('base64')),

    'cause exit 5 without retries if the authority is not trusted': () =>
      inWorld(async ({ workspace, api, url }) => {
        const env = { KRAKEN_API_URL: url, KRAKEN_API_KEY: KEY };
        const result = await workspace.run(['fetch'], { env });
        expect(result.code).to.equal(5);
        const { error, hint } = failureOf(result);
        expect(error).to.match(/\/outages: TLS verification failed: unable to verify/);
        expect(hint).to.include('--ca-file');
        expect(api.requests).to.deep.equal([]);
      }),

    'cause exit 5 without retries if the proxy rejects the password, and do not show it': () =>
      inWorld(async ({ workspace, url, proxy }) => {
        const env = { KRAKEN_API_URL: url, KRAKEN_API_KEY: KEY };
        const own = proxy.url.replace('//', '//me:SECRET@');
        const result = await workspace.run(['fetch', '--verbose', '--proxy', own], { env });
        expect(result.code).to.equal(5);
        expect(result.stderr).to.match(
          /\/outages: the proxy http:\S+ \(--proxy\) refused to connect: it responded 407\nhint: .*--proxy, HTTPS_PROXY/,
        );
        expect(result.stderr).not.to.match(/SECRET|me:/);
        expect(proxy.tunnels).to.have.length(1);
      }, 'bm9ib2R5'),
  });
});
