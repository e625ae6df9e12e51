import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';

import type { Environment } from '../platform/environment.ts';
import type { Network, Proxy } from '../platform/network.ts';
import { visible } from '../util/text.ts';
import { type Fail, readText } from './read-text.ts';
import type { ValueSource } from './settings.ts';
import { settingError, type RawValue } from './raw-value.ts';

export interface NetworkFlags {
  readonly proxy?: string | undefined;
  readonly caFile?: string | undefined;
}

/** Where the two are said. */
export type NetworkSources = Readonly<Record<keyof NetworkFlags, ValueSource>>;

const FLAGS: NetworkSources = {
  proxy: { kind: 'flag', label: '--proxy' },
  caFile: { kind: 'flag', label: '--ca-file' },
};

/** Bytes; a bundle of all public authorities has some 250 KiB. */
const LARGEST = 4 * 1024 * 1024;

/**
 * As curl has it: `--proxy` (empty for none) goes before `HTTPS_PROXY` and `HTTP_PROXY`, each of which is for URLs of its
 * own protocol; what `NO_PROXY` lists is reached without; small letters go before capitals. Other than curl, which fears
 * CGI, this takes `HTTP_PROXY` in capitals as well: the key goes to no `http:` URL that a proxy is used for.
 * @returns undefined where nothing is said
 * @throws {UsageError} where a flag is wrong @throws {ConfigurationError} where a variable is
 */
export async function readNetwork(
  { proxy, caFile }: NetworkFlags,
  environment: Environment,
  sources = FLAGS,
): Promise<Network | undefined> {
  const said = proxy === undefined ? undefined : { text: proxy, source: sources.proxy };
  const secure = said ?? readVariable('HTTPS_PROXY', environment);
  const plain = said ?? readVariable('HTTP_PROXY', environment);
  if (!secure && !plain && caFile === undefined) return undefined;
  return {
    proxies: { 'https:': secure && parseProxy(secure), 'http:': plain && parseProxy(plain) },
    noProxy: readVariable('NO_PROXY', environment)?.text ?? '',
    authorities: caFile === undefined ? undefined : await readAuthorities(caFile, sources.caFile, environment),
  };
}

function readVariable(name: string, { env }: Environment): RawValue | undefined {
  for (const label of [name.toLowerCase(), name]) {
    const text = env[label];
    if (text !== undefined && text !== '') return { text, source: { kind: 'env', label } };
  }
  return undefined;
}

/** Shows nothing of the text, in which there may be a password. */
function parseProxy({ text, source }: RawValue): Proxy | undefined {
  if (text === '') return undefined;
  const hint = 'for example http://proxy.example.com:3128, or http://user:password@proxy.example.com:3128';
  const url = parseUrl(/^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  if (!url) throw settingError(source, 'this is not the URL of a proxy', { hint });
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw settingError(source, `a proxy is spoken to by http: or https:, not ${url.protocol}`, { hint });
  }
  if (url.username === '' && url.password === '') return { url: url.origin };
  try {
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    return { url: url.origin, authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
  } catch {
    throw settingError(source, 'a percent sign in the user name or password of the proxy must be written as %25', {
      hint,
    });
  }
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/**
 * Those that Node trusts by itself (`NODE_EXTRA_CA_CERTS` among them), and those of the file: unlike curl's `--cacert`,
 * which would take AWS and everybody else for strangers.
 */
async function readAuthorities(
  path: string,
  source: ValueSource,
  { files, env }: Environment,
): Promise<readonly string[]> {
  const hint = 'name a file with certificates in PEM, each of which begins with -----BEGIN CERTIFICATE-----';
  const fail: Fail = (problem, cause) => settingError(source, `${visible(path)} ${problem}`, { cause, hint });
  if (path === '') throw settingError(source, 'expected the name of a file', { hint });
  const own = certificatesIn(await readText(files.chunks(path), LARGEST, fail));
  if (own.length === 0) throw fail('holds no certificate');
  for (const [index, certificate] of own.entries()) {
    try {
      new X509Certificate(certificate);
    } catch (error) {
      throw fail(`holds a certificate that cannot be read, number ${index + 1}`, error);
    }
  }
  // Node itself passes over one that it cannot read.
  const extra = env['NODE_EXTRA_CA_CERTS'] ?? '';
  const others = extra === '' ? [] : certificatesIn(await readText(files.chunks(extra), LARGEST, fail).catch(() => ''));
  return [...rootCertificates, ...others, ...own];
}

function certificatesIn(text: string): readonly string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}
