/** What became of one site: the proof that `submit` hands out. */
export interface Receipt {
  readonly site: string;
  /** The status of the last answer to the POST; null where none came. */
  readonly status: number | null;
  readonly outcome: Outcome;
  /** How many outages the list holds; null where it could not be made. */
  readonly outages: number | null;
  /** How often the list was sent. */
  readonly attempts: number;
  /** Of the bytes that were (or would have been) sent, in hexadecimal; null where there are none. */
  readonly sha256: string | null;
  /** Milliseconds from the first attempt to the last answer; 0 where nothing was sent. */
  readonly elapsedMs: number;
  readonly error?: { readonly code: number; readonly message: string; readonly hint?: string };
}

/**
 * - `accepted`: a POST was answered 200.
 * - `refused`: a POST was answered, and the answer will not change: the list was not accepted.
 * - `failed`: every POST that left was answered by an error that might pass (429, 5xx): the list was not accepted.
 * - `unknown`: a POST was sent and its answer never came.
 * - `not-sent`: no POST left this machine.
 */
export type Outcome = 'accepted' | 'refused' | 'failed' | 'unknown' | 'not-sent';
