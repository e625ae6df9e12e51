/** Events of a run. `output/log.ts` formats them. */

import type { Outcome } from './receipt.ts';

/** The end of an HTTP attempt, after its body was read. */
export interface AttemptEvent {
  readonly type: 'attempt';
  readonly method: 'GET' | 'POST';
  /** Maximum number of retries; a 429 does not count. */
  readonly retries: number;
  /** Without credentials or query. */
  readonly url: string;
  /** 1 for the first. */
  readonly attempt: number;
  /** Absent if no status line arrived. */
  readonly status?: number;
  readonly milliseconds: number;
  /** Why the attempt failed; absent if it succeeded. */
  readonly failure?: string;
  /** Milliseconds until the next attempt; absent if there is none. */
  readonly repeatedIn?: number;
}

/** A site that was not accepted. */
export interface SiteFailure {
  readonly site: string;
  readonly outcome: Outcome;
  readonly error: unknown;
}

/** Number of sites per outcome. */
export type OutcomeCounts = Readonly<Record<Outcome, number>>;

/** Progress of the run. Emitted often: the receiver limits how often it is shown. */
export interface ProgressEvent {
  readonly type: 'progress';
  /** Continues "Waiting for": `outages`, `site information`. */
  readonly task: string;
  /** 1 for the first; absent if several requests are active. */
  readonly attempt?: number;
  /** Decoded bytes received. */
  readonly bytes?: number;
  /** Decoded bytes expected; absent if unknown. */
  readonly totalBytes?: number;
  /** Outages received. */
  readonly records?: number;
  /** Finished sites. */
  readonly done?: number;
  /** All sites. */
  readonly of?: number;
  /** Outcomes of the finished sites; present if a progress bar is to be shown. */
  readonly outcomes?: OutcomeCounts;
}

/** The API limits the rate of requests. Emitted often while it does. */
export interface RateLimitEvent {
  readonly type: 'rate-limit';
  /** Requests per second. */
  readonly perSecond: number;
  /** Seconds until the end of the run at this rate; absent if unknown. */
  readonly secondsLeft?: number;
  /** Milliseconds without any request, as `Retry-After` demands; absent without that header. */
  readonly pause?: number;
}

/** A notice that is not an error: one line, and an optional hint. */
export interface NoticeEvent {
  readonly type: 'notice';
  readonly message: string;
  readonly hint?: string;
  readonly site?: string;
  /** Label of the message in the text format; default `note`. An empty one is left out. */
  readonly label?: 'note' | 'total' | '';
}

/** Notices about several sites that share their hint. The text format groups many of them in one line. */
export interface SiteNoticesEvent {
  readonly type: 'site-notices';
  readonly notices: readonly NoticeEvent[];
  /** Continues "3 sites" in the grouped line: `have outages that look odd`. */
  readonly summary: string;
}

export type RunEvent = AttemptEvent | ProgressEvent | RateLimitEvent | NoticeEvent | SiteNoticesEvent;

/** Handles an event. Never throws and never blocks. */
export type EventSink = (event: RunEvent) => void;
