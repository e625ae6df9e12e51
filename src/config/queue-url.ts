/** Queue URLs. They may contain a password, so never show them in full. */

/** The servers that a queue can be on, by the protocol of its URL. */
const SERVERS: Readonly<Record<string, 'redis' | 'postgres'>> = {
  'redis:': 'redis',
  'rediss:': 'redis',
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
};

/** The only parameters that a URL may have; others could change the server or name files. */
const PARAMETERS = { redis: [], postgres: ['sslmode'] } as const;

/** Returns the problem of a URL; empty if it is valid. Never quotes the URL, which may contain a password. */
export function queueUrlProblem(text: string): string {
  if (text === '') return 'the queue URL is empty';
  if (/[\s\p{Cc}]/u.test(text)) return 'the queue URL contains white space or a control character';
  if (!URL.canParse(text)) return 'the queue URL is not a valid URL';
  const url = new URL(text);
  const server = SERVERS[url.protocol];
  if (!server || url.hostname === '')
    return 'the queue URL must begin with redis://, rediss:// or postgres:// and a host';
  if (url.hash !== '') return 'the queue URL must not have a fragment ("#…")';
  const known: readonly string[] = PARAMETERS[server];
  if ([...url.searchParams.keys()].some((name) => !known.includes(name))) {
    return server === 'redis'
      ? 'the queue URL must not have a query ("?…")'
      : 'the query of the queue URL may only have sslmode';
  }
  if (server === 'redis' && !/^(\/\d{0,4})?$/.test(url.pathname)) {
    return 'the path of the queue URL must be the number of a Redis database, such as /0';
  }
  return isDecodable(url.username) && isDecodable(url.password) ? '' : 'the queue URL has an invalid percent-encoding';
}

/** Returns the kind of server that a valid URL names. */
export function queueServer(url: string): 'redis' | 'postgres' {
  return /^rediss?:/i.test(url) ? 'redis' : 'postgres';
}

/** Returns the URL without its password, for messages. */
export function describeQueue(text: string): string {
  const url = new URL(text);
  if (url.password !== '') url.password = '***';
  return url.href;
}

/** Returns the password of the URL in each spelling that an error could have; nothing if it has none. */
export function queuePasswords(text: string): readonly string[] {
  const { password } = new URL(text);
  return password === '' ? [] : [...new Set([decodeURIComponent(password), password])];
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
