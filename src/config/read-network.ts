import type { Environment } from '../platform/environment.ts';
import type { Network, Proxy } from '../platform/network.ts';
import type { ValueSource } from './settings.ts';
import { settingError, type RawValue } from './raw-value.ts';
import type { NetworkEnvironment } from './read-authorities.ts';

export interface NetworkFlags {
  readonly proxy?: string | undefined;
  readonly caFile?: string | undefined;
}

/** Sources of the two flags, for messages. */
export type NetworkSources = Readonly<Record<keyof NetworkFlags, ValueSource>>;

const FLAGS: NetworkSources = {
  proxy: { kind: 'flag', label: '--proxy' },
  caFile: { kind: 'flag', label: '--ca-file' },
};

/**
 * Reads the proxies and certificate authorities, as curl does: `--proxy` (empty for none) overrides `HTTPS_PROXY` and
 * `HTTP_PROXY`, each of which is for URLs of its own protocol; `NO_PROXY` lists exceptions; lower-case variables override
 * upper-case ones. Unlike curl, it reads `HTTP_PROXY` in upper case as well: the key never goes through a proxy in plain
 * HTTP.
 * @returns undefined if nothing is configured
 * @throws {UsageError} if a flag is invalid @throws {ConfigurationError} if a variable is
 */
export async function readNetwork(
  { proxy, caFile }: NetworkFlags,
  environment: NetworkEnvironment,
  sources = FLAGS,
): Promise<Network | undefined> {
  const flag = proxy === undefined ? undefined : { text: proxy, source: sources.proxy };
  const secure = flag ?? readVariable('HTTPS_PROXY', environment);
  const plain = flag ?? readVariable('HTTP_PROXY', environment);
  if (!secure && !plain && caFile === undefined) return undefined;
  const readCaFile = async (path: string): Promise<readonly string[]> => {
    // Node's own authorities, and what parses them, take long to load.
    const { readAuthorities } = await import('./read-authorities.ts');
    return readAuthorities(path, sources.caFile, environment);
  };
  return {
    proxies: { 'https:': secure && parseProxy(secure), 'http:': plain && parseProxy(plain) },
    noProxy: readVariable('NO_PROXY', environment)?.text ?? '',
    authorities: caFile === undefined ? undefined : await readCaFile(caFile),
  };
}

function readVariable(name: string, { env }: Pick<Environment, 'env'>): RawValue | undefined {
  for (const label of [name.toLowerCase(), name]) {
    const text = env[label];
    if (text !== undefined && text !== '') return { text, source: { kind: 'env', label } };
  }
  return undefined;
}

/** Parses a proxy URL. Errors never quote it, because it may contain a password. */
function parseProxy({ text, source }: RawValue): Proxy | undefined {
  if (text === '') return undefined;
  const hint = 'for example http://proxy.example.com:3128, or http://user:password@proxy.example.com:3128';
  const fail = (problem: string): Error => settingError(source, problem, { hint });
  if (/^(["']).*\1$/.test(text)) throw fail('invalid proxy URL: remove the quotes around it');
  const { scheme, credentials, host } = splitProxyUrl(text);
  const url = URL.canParse(`${scheme}${host}`) ? new URL(`${scheme}${host}`) : undefined;
  if (!url || /["'\\\s]/.test(host) || url.port === '0') throw fail('invalid proxy URL');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw fail(`unsupported proxy protocol ${url.protocol} (use http: or https:)`);
  }
  const proxy = { url: url.origin, source: source.label };
  if (credentials === undefined) return proxy;
  try {
    const separator = `${credentials}:`.indexOf(':');
    const user = decodeURIComponent(credentials.slice(0, separator));
    const decoded = `${user}:${decodeURIComponent(credentials.slice(separator + 1))}`;
    return { ...proxy, authorization: `Basic ${Buffer.from(decoded).toString('base64')}` };
  } catch {
    throw fail('a percent sign in the user name or password of the proxy must be written as %25');
  }
}

/**
 * Splits the URL of a proxy. The user name may hold a backslash, which `URL` takes for a slash: `CORP\user:pw@proxy:3128`
 * has the host `proxy:3128`.
 */
function splitProxyUrl(text: string): { scheme: string; credentials: string | undefined; host: string } {
  const [scheme = ''] = /^[a-z][a-z\d+.-]*:\/\//i.exec(text) ?? [];
  const rest = text.slice(scheme.length);
  const at = rest.lastIndexOf('@');
  return {
    scheme: scheme === '' ? 'http://' : scheme,
    credentials: at === -1 ? undefined : rest.slice(0, at),
    host: rest.slice(at + 1),
  };
}
