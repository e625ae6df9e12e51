import { outages, site } from '../e2e/support/scripted-api.ts';
import { whole } from './raw-responses.ts';
import type { Certificates } from './certificates.ts';
import { type ExpectedResult, type Fault, FAULTS, type Limit } from './fault-list.ts';
import { type Act, type Behaviour, type Endpoint, ENDPOINTS } from './faulty-server.ts';

/** The observable result of a run. */
export interface Seen {
  readonly code: number;
  /** The outcome in the site's receipt. */
  readonly outcome: string;
  /** The number of requests to the endpoint; `many` for three or more where the number does not matter. */
  readonly requests: number | 'many';
}

/** A row of the matrix: a run of `submit --site alpha --retries 1` with one fault. */
export interface Row {
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly times: 'once' | 'always';
  readonly expected: Seen;
  readonly behaviour: (elsewhere: string) => Behaviour;
  readonly limit?: Limit;
  readonly env?: Readonly<Record<string, string>>;
  /** More arguments of the run. */
  readonly args?: readonly string[];
  /** Minimum milliseconds between the attempts. */
  readonly pause?: number;
  /** Replaces the URL of the server. */
  readonly url?: string;
}

export const SITE = site('alpha');
export const OUTAGES = outages('alpha');

const RIGHT: Readonly<Record<Endpoint, string>> = {
  'site-info': JSON.stringify(SITE),
  outages: JSON.stringify(OUTAGES),
  'site-outages': '{}',
};

const OUTCOMES: Readonly<Record<number, string>> = {
  0: 'accepted',
  4: 'refused',
  5: 'failed',
  7: 'refused',
  9: 'unknown',
};

function seen(endpoint: Endpoint, { code, attempts }: ExpectedResult): Seen {
  const outcome = code === 0 || endpoint === 'site-outages' ? OUTCOMES[code] : undefined;
  return { code, outcome: outcome ?? 'not-sent', requests: attempts };
}

/** Responds correctly except at one endpoint, where `act` responds to the first or to each request. */
function failing(faulty: Endpoint, times: Row['times'], act: Act): Behaviour['answer'] {
  return (endpoint, earlier) => {
    if (endpoint === undefined) return whole('{"message":"Not found"}', 404);
    return endpoint === faulty && (times === 'always' || earlier === 0) ? act : whole(RIGHT[endpoint]);
  };
}

function rowsOf({ name, act, expected: results, limit, pause }: Fault): readonly Row[] {
  return ENDPOINTS.flatMap((endpoint) => {
    const result = results[endpoint];
    if (!result) return [];
    const row = (times: Row['times'], expected: Seen): Row => ({
      name,
      endpoint,
      times,
      expected,
      behaviour: (elsewhere) => ({ answer: failing(endpoint, times, act(RIGHT[endpoint], elsewhere)) }),
      ...(limit && { limit }),
      ...(pause !== undefined && { pause }),
    });
    const always = row('always', seen(endpoint, result));
    // A retried fault that occurs once does not prevent success.
    return result.attempts === 1 ? [always] : [row('once', { code: 0, outcome: 'accepted', requests: 2 }), always];
  });
}

const closing = (body: string): Act => whole(body, 200, { connection: 'close' });
/** The site info and the outages are requested one after the other, not together. */
const inTurn = ['--concurrency', '1'];
const right = (endpoint: Endpoint | undefined): Act => closing(endpoint === undefined ? '' : RIGHT[endpoint]);

function resetAtOnce(endpoint: Endpoint, first: number): Row {
  return {
    name: 'connection reset at once',
    endpoint,
    times: 'always',
    expected: { code: 5, outcome: 'not-sent', requests: 0 },
    behaviour: () => ({ answer: right, refuses: (connection) => connection >= first }),
    args: inTurn,
  };
}

/** Faults before a request; each request uses a new connection here. */
const CONNECTING: readonly Row[] = ENDPOINTS.flatMap((endpoint, index): readonly Row[] => [
  {
    name: 'connection reset at once',
    endpoint,
    times: 'once',
    expected: { code: 0, outcome: 'accepted', requests: 1 },
    behaviour: () => ({ answer: right, refuses: (connection) => connection === index }),
    args: inTurn,
  },
  // Not for each POST: whether the reset comes before or after the request is a race.
  ...(endpoint === 'site-outages' ? [] : [resetAtOnce(endpoint, index)]),
  {
    name: 'connection refused',
    endpoint,
    times: 'always',
    expected: { code: 5, outcome: 'not-sent', requests: 0 },
    behaviour: () => ({ answer: right, lastServed: ENDPOINTS[index - 1] ?? 'nothing' }),
    args: inTurn,
  },
]);

const unreachable = (name: string, url: string): Row => ({
  name,
  endpoint: 'site-info',
  times: 'always',
  expected: { code: 5, outcome: 'not-sent', requests: 0 },
  behaviour: () => ({ answer: right }),
  url,
});

/** All rows except those about certificates. */
export const ROWS: readonly Row[] = [
  ...CONNECTING,
  unreachable('unknown host', 'https://nobody.invalid/v1'),
  unreachable('a port that fetch blocks', 'http://127.0.0.1:1/v1'),
  ...FAULTS.flatMap(rowsOf),
];

/** Rows for a child process, because Node.js reads NODE_EXTRA_CA_CERTS only at its start. */
export function tlsRows(certificates: Certificates): readonly Row[] {
  const env = { NODE_EXTRA_CA_CERTS: certificates.authority };
  const row = (name: string, which: keyof Omit<Certificates, 'authority'>): Row => ({
    name: `TLS: ${name}`,
    endpoint: 'site-info',
    times: 'always',
    expected:
      which === 'good' ? { code: 0, outcome: 'accepted', requests: 1 } : { code: 5, outcome: 'not-sent', requests: 0 },
    behaviour: () => ({ answer: right, tls: certificates[which] }),
    env,
  });
  return [
    row('valid certificate', 'good'),
    row('self-signed', 'selfSigned'),
    row('expired', 'expired'),
    row('wrong host', 'wrongHost'),
  ];
}
