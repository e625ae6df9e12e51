import { outages, site } from '../e2e/support/scripted-api.ts';
import { whole } from './raw-responses.ts';
import type { Certificates } from './certificates.ts';
import { type ExpectedResult, type Fault, FAULTS, type Limit } from './fault-list.ts';
import { type Act, type Behaviour, type Endpoint, ENDPOINTS } from './faulty-server.ts';

/** What can be seen of a run from outside. */
export interface Seen {
  readonly code: number;
  /** What the site's receipt says. */
  readonly outcome: string;
  /** How many requests came to the endpoint. */
  readonly requests: number;
}

/** One line of the matrix: a run of `submit --site alpha --retries 1` in which one thing goes wrong. */
export interface Row {
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly times: 'once' | 'always';
  readonly expected: Seen;
  readonly behaviour: (elsewhere: string) => Behaviour;
  readonly limit?: Limit;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds that lie between the attempts, at least. */
  readonly pause?: number;
  /** In place of the server's own. */
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

/** Answers rightly but at one endpoint, where it is `act` that answers: the first time, or each time. */
function failing(faulty: Endpoint, times: Row['times'], act: Act): Behaviour['answer'] {
  return (endpoint, earlier) => {
    if (endpoint === undefined) return whole('{"message":"Not found"}', 404);
    return endpoint === faulty && (times === 'always' || earlier === 0) ? act : whole(RIGHT[endpoint]);
  };
}

function rowsOf({ name, act, expected, limit, pause }: Fault): readonly Row[] {
  return ENDPOINTS.flatMap((endpoint) => {
    const result = expected[endpoint];
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
    // What is tried again is well the second time.
    return result.attempts === 1 ? [always] : [row('once', { code: 0, outcome: 'accepted', requests: 2 }), always];
  });
}

const closing = (body: string): Act => whole(body, 200, { connection: 'close' });
const right = (endpoint: Endpoint | undefined): Act => closing(endpoint === undefined ? '' : RIGHT[endpoint]);

function resetAtOnce(endpoint: Endpoint, first: number): Row {
  return {
    name: 'connection reset as soon as it is there',
    endpoint,
    times: 'always',
    expected: { code: 5, outcome: 'not-sent', requests: 0 },
    behaviour: () => ({ answer: right, refuses: (connection) => connection >= first }),
  };
}

/** What goes wrong before there is a request: each request has a connection of its own here. */
const CONNECTING: readonly Row[] = ENDPOINTS.flatMap((endpoint, index): readonly Row[] => [
  {
    name: 'connection reset as soon as it is there',
    endpoint,
    times: 'once',
    expected: { code: 0, outcome: 'accepted', requests: 1 },
    behaviour: () => ({ answer: right, refuses: (connection) => connection === index }),
  },
  // For ever at the POST it is a race: a connection may be reset before it is there, or with the request on its way.
  ...(endpoint === 'site-outages' ? [] : [resetAtOnce(endpoint, index)]),
  {
    name: 'connection refused',
    endpoint,
    times: 'always',
    expected: { code: 5, outcome: 'not-sent', requests: 0 },
    behaviour: () => ({ answer: right, lastServed: ENDPOINTS[index - 1] ?? 'nothing' }),
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

/** Every row but those about certificates. */
export const ROWS: readonly Row[] = [
  ...CONNECTING,
  unreachable('unknown host', 'https://nobody.invalid/v1'),
  unreachable('a port that fetch does not speak to', 'http://127.0.0.1:1/v1'),
  ...FAULTS.flatMap(rowsOf),
];

/** Of another process: an authority of one's own is given to Node as it starts. */
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
    row('nothing wrong', 'good'),
    row('self-signed', 'selfSigned'),
    row('expired', 'expired'),
    row('wrong host', 'wrongHost'),
  ];
}
