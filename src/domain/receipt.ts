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
  /** When the outcome was known, in UTC. */
  readonly time: string;
  /** Id of the run, the same in all its receipts. */
  readonly run: string;
  /** Base URL of the API; `sandbox` for the one within the process. */
  readonly api: string;
  /** The cutoff of the list. */
  readonly cutoff: string;
  readonly cutoffInclusive: boolean;
  readonly error?: { readonly code: number; readonly message: string; readonly hint?: string };
}

/**
 * - `accepted`: the API responded with 200.
 * - `unchanged`: no POST was sent, as the journal says that the API accepted the same list before.
 * - `refused`: the API rejected the list with a status that is not retried.
 * - `failed`: every POST was answered with a transient error (429, 5xx); the list was not accepted.
 * - `unknown`: a POST was sent, and no conclusive response was received: none arrived, or a gateway timed out (408, 502, 504).
 * - `not-sent`: no POST was sent.
 */
export type Outcome = 'accepted' | 'unchanged' | 'refused' | 'failed' | 'unknown' | 'not-sent';

/** Redacts the error, in which the API may repeat the key. */
export function withoutSecrets(receipt: Receipt, redact: (text: string) => string): Receipt {
  const { error } = receipt;
  if (!error) return receipt;
  const { code, message, hint } = error;
  return { ...receipt, error: { code, message: redact(message), ...(hint !== undefined && { hint: redact(hint) }) } };
}
