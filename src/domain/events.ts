/** What a run tells about itself while it goes: made by whoever knows, worded and shown by `output/log.ts`. */

import type { Outcome } from './receipt.ts';

/** One request and the reading of its body have ended. */
export interface AttemptEvent {
  readonly type: 'attempt';
  readonly method: 'GET' | 'POST';
  /** Without credentials or query. */
  readonly url: string;
  /** 1 for the first. */
  readonly attempt: number;
  /** Absent where no status line arrived. */
  readonly status?: number;
  readonly milliseconds: number;
  /** Why the attempt failed; absent where it did not. */
  readonly failure?: string;
  /** Milliseconds until the next attempt; absent where there is none. */
  readonly repeatedIn?: number;
}

/** How many sites came to which end. */
export type OutcomeCounts = Readonly<Record<Outcome, number>>;

/** How far the run has come. Told often: whoever shows it decides how often it is shown. */
export interface ProgressEvent {
  readonly type: 'progress';
  /** What is being waited for, to be read after "Waiting for": `outages`, `site information`. */
  readonly task: string;
  /** 1 for the first; absent where several requests are under way. */
  readonly attempt?: number;
  /** Decoded bytes that have arrived. */
  readonly bytes?: number;
  /** Decoded bytes that will arrive, where the API says. */
  readonly totalBytes?: number;
  /** Outages met so far. */
  readonly records?: number;
  /** Sites done, and of how many. */
  readonly done?: number;
  readonly of?: number;
  /** What became of those that are done, where a bar is to show it. */
  readonly outcomes?: OutcomeCounts;
}

/** Something a person should know that is no failure: one line, and one that says what to do about it. */
export interface NoticeEvent {
  readonly type: 'notice';
  readonly message: string;
  readonly hint?: string;
  readonly site?: string;
  /** What stands before the message for people; `note` where absent. */
  readonly label?: 'note' | 'total';
}

/** The same about some sites, all at once, and each with the same hint: people are told of many in one line. */
export interface SiteNoticesEvent {
  readonly type: 'site-notices';
  readonly notices: readonly NoticeEvent[];
  /** What is said of many, after their number: `have outages that look odd`. */
  readonly summary: string;
}

export type RunEvent = AttemptEvent | ProgressEvent | NoticeEvent | SiteNoticesEvent;

/** Takes an event; never throws and never waits. */
export type EventSink = (event: RunEvent) => void;
