/** The result of submitting one site, as `submit` prints it. */
export interface Receipt {
  readonly site: string;
  /** The status of the last response to the POST; null if there was none. */
  readonly status: number | null;
  readonly outcome: Outcome;
  /** Outages in the list; null if the list could not be built. */
  readonly outages: number | null;
  /** Number of times the list was sent. */
  readonly attempts: number;
  /** Hexadecimal hash of the list as sent, or as it would have been sent; null if there is no list. */
  readonly sha256: string | null;
  /** Milliseconds from the first attempt to the last response; 0 if nothing was sent. */
  readonly elapsedMs: number;
  readonly error?: { readonly code: number; readonly message: string; readonly hint?: string };
}

/**
 * - `accepted`: the API responded with 200.
 * - `unchanged`: no POST was sent, as the journal says that the API accepted the same list before.
 * - `refused`: the API rejected the list with a status that is not retried.
 * - `failed`: every POST was answered with a transient error (429, 5xx); the list was not accepted.
 * - `unknown`: a POST was sent, and no response settles it: none arrived, or a gateway gave up on it (408, 502, 504).
 * - `not-sent`: no POST was sent.
 */
export type Outcome = 'accepted' | 'unchanged' | 'refused' | 'failed' | 'unknown' | 'not-sent';
