import type { Piece } from './body-chunks.ts';

/** The response of the API without faults. */
export interface RightAnswer {
  readonly kind: 'outages' | 'site-info' | 'post';
  readonly status: number;
  readonly text: string;
}

/** The simulated response or failure of one request. */
export type Delivery = NoAnswer | SentAnswer;

interface NoAnswer {
  /** Description for the trace. */
  readonly name: string;
  /** `silence` never ends. */
  readonly phase: 'connect' | 'tls' | 'answer' | 'silence';
  /** Milliseconds until the failure. */
  readonly delay: number;
  readonly error: Error;
  /** Whether the API received the request nevertheless. */
  readonly reaches: boolean;
}

interface SentAnswer {
  readonly name: string;
  readonly phase: 'headers';
  /** Milliseconds until the headers. */
  readonly delay: number;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly retryAfter: RetryAfter | undefined;
  /** The meaning of the complete body. */
  readonly content: 'right' | 'not JSON' | 'anomaly' | 'another site';
  readonly pieces: readonly Piece[];
  /** How the body ends after the last chunk. */
  readonly ending: 'end' | 'silence' | Error;
  readonly reaches: boolean;
}

/** A `Retry-After` header: milliseconds, or a time on the wall clock. */
export type RetryAfter = { readonly milliseconds: number } | { readonly at: number };

/** Creates a response with defaults. */
export function sent(
  name: string,
  { status }: Pick<RightAnswer, 'status'>,
  rest: Pick<SentAnswer, 'delay' | 'pieces'> & Partial<SentAnswer>,
  reaches: boolean,
): SentAnswer {
  const headers = { 'content-type': 'application/json' };
  return {
    name,
    phase: 'headers',
    status,
    headers,
    retryAfter: undefined,
    content: 'right',
    ending: 'end',
    reaches,
    ...rest,
  };
}
