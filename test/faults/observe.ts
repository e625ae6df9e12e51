import type { Result } from '../e2e/support/workspace.ts';
import { fieldsOf, KEY } from '../e2e/support/workspace.ts';
import type { Limit } from './fault-list.ts';
import { OUTAGES, type Row, type Seen, SITE } from './fault-matrix.ts';
import { rightBody } from './oracle.ts';
import { type Exchange, type FaultyServer, startFaultyServer } from './faulty-server.ts';

/** The result of a row. */
export interface Observation {
  readonly seen: Seen;
  /** Broken invariants. */
  readonly broken: readonly string[];
}

/** Runs the program, with limits that suit how it runs. */
export interface Runner {
  readonly run: (args: readonly string[], env: Readonly<Record<string, string>>) => Promise<Result>;
  /** Short, but long enough for a run to reach the fault. */
  readonly limits: Readonly<Record<Limit, string>>;
}

const PATHS: Readonly<Record<Row['endpoint'], string>> = {
  'site-info': 'GET /v1/site-info/alpha',
  outages: 'GET /v1/outages',
  'site-outages': 'POST /v1/site-outages/alpha',
};

/** @param elsewhere another origin, which must not receive a request */
export async function observe(row: Row, { run, limits }: Runner, elsewhere: FaultyServer): Promise<Observation> {
  const server = await startFaultyServer(row.behaviour(elsewhere.origin));
  try {
    const args = [
      'submit',
      '--site',
      'alpha',
      '--format',
      'json',
      '--retries',
      '1',
      ...(row.limit ? [`--${row.limit}`, limits[row.limit]] : []),
      ...(row.args ?? []),
    ];
    const env = { KRAKEN_API_URL: row.url ?? `${server.origin}/v1`, KRAKEN_API_KEY: KEY, ...row.env };
    const result = await run(args, env);
    const receipts = result.stdout.trimEnd().split('\n').map(fieldsOfLine);
    const to = (endpoint: Row['endpoint']): readonly Exchange[] =>
      server.exchanges.filter(({ method, path }) => `${method} ${path}` === PATHS[endpoint]);
    const { length } = to(row.endpoint);
    const requests = row.expected.requests === 'many' && length > 2 ? 'many' : length;
    return {
      seen: { code: result.code, outcome: String(receipts[0]?.['outcome']), requests },
      broken: [
        ...checkReceipts(result.code, receipts, to('site-outages')),
        ...checkKey(server, result, elsewhere),
        ...checkBodies(to('site-outages')),
        ...checkPause(row, to(row.endpoint)),
        ...server.exchanges
          .filter(({ method, path }) => !Object.values(PATHS).includes(`${method} ${path}`))
          .map(({ method, path }) => `${method} ${path} was requested`),
      ],
    };
  } finally {
    await server.close();
  }
}

function fieldsOfLine(line: string): Readonly<Record<string, unknown>> {
  try {
    return fieldsOf(JSON.parse(line));
  } catch {
    return {};
  }
}

/** Checks that every POST has the correct list and the same idempotency key. */
function checkBodies(posts: readonly Exchange[]): readonly string[] {
  const right = rightBody(SITE, OUTAGES);
  const keys = new Set(posts.map(({ head }) => /^idempotency-key: (.+)$/im.exec(head)?.[1]));
  return [
    ...posts.filter(({ body }) => body !== right).map(({ body }) => `posted ${body}`),
    ...(keys.size > 1 ? ['the attempts had several idempotency keys'] : []),
  ];
}

/** Checks that the exit code is 0 if and only if a POST was answered 200, and that the receipt is true. */
function checkReceipts(
  code: number,
  receipts: readonly Readonly<Record<string, unknown>>[],
  posts: readonly Exchange[],
): readonly string[] {
  const statuses = posts.map(({ answer }) => statusOf(answer));
  const isAccepted = statuses.includes(200);
  const [receipt, ...more] = receipts;
  const truths: Readonly<Record<string, boolean>> = {
    accepted: isAccepted,
    refused: posts.length > 0 && !isAccepted && !statuses.includes(undefined),
    failed: posts.length > 0 && !isAccepted && !statuses.includes(undefined),
    unknown: !isAccepted,
    'not-sent': posts.length === 0,
  };
  return [
    ...((code === 0) === isAccepted ? [] : [`exit ${code}, but the POSTs were answered ${statuses.join(', ')}`]),
    ...(receipt?.['site'] === 'alpha' && more.length === 0 ? [] : [`${receipts.length} receipts`]),
    ...(truths[String(receipt?.['outcome'])] === true ? [] : [`the receipt says ${String(receipt?.['outcome'])}`]),
  ];
}

/** Checks that the key is in its header of each request and nowhere else. */
function checkKey(server: FaultyServer, { stdout, stderr }: Result, elsewhere: FaultyServer): readonly string[] {
  const [before = '', ...behind] = server.received().split(KEY);
  const isNamed = [before, ...behind.slice(0, -1)].every((text) => /\r\nx-api-key: $/i.test(text));
  const heads = server.received().split(' HTTP/1.1\r\n').length - 1;
  return [
    ...(behind.length === 0 || isNamed ? [] : ['the key is outside its header']),
    ...(behind.length === heads ? [] : [`${heads} requests had ${behind.length} keys`]),
    ...(`${stdout}${stderr}`.includes(KEY) ? ['the key was printed'] : []),
    ...(elsewhere.received() === '' ? [] : ['another origin received a request']),
  ];
}

function checkPause({ pause = 0 }: Row, [first, second]: readonly Exchange[]): readonly string[] {
  if (!first || !second || second.at - first.at >= pause) return [];
  return [`the second attempt came after ${Math.round(second.at - first.at)} ms`];
}

/** Returns the final status of a response; undefined if its head is incomplete. Interim responses: RFC 9110, section 15.2. */
function statusOf(answer: string): number | undefined {
  const match = /^(?:HTTP\/1\.1 10[023] .*\r\n(?:.+\r\n)*\r\n)*HTTP\/1\.1 (\d{3}) .*\r\n(?:.+\r\n)*\r\n/.exec(answer);
  return match ? Number(match[1]) : undefined;
}
