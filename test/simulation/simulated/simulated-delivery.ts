import type { Piece } from './body-chunks.ts';

/** What the API would answer if nothing went wrong. */
export interface RightAnswer {
  readonly kind: 'outages' | 'site-info' | 'post';
  readonly status: number;
  readonly text: string;
}

/** What becomes of one request on its way there and back. */
export type Delivery = NoAnswer | SentAnswer;

interface NoAnswer {
  /** In words. */
  readonly name: string;
  /** `silence` is for ever. */
  readonly phase: 'connect' | 'tls' | 'answer' | 'silence';
  /** Milliseconds until the failure. */
  readonly delay: number;
  readonly error: Error;
  /** Whether the API met the request all the same. */
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
  /** What the body comes to, if it is read to its end. */
  readonly content: 'right' | 'not JSON' | 'misfit' | 'another site';
  readonly pieces: readonly Piece[];
  /** What follows the last piece. */
  readonly ending: 'end' | 'silence' | Error;
  readonly reaches: boolean;
}

/** What a `Retry-After` field asks for: milliseconds, or a time on the wall clock. */
export type RetryAfter = { readonly milliseconds: number } | { readonly at: number };

/** An answer that is sent. */
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
