import { createHash } from 'node:crypto';

import type { Client } from '../api/client.ts';
import type { Payload, Submission } from '../api/submission.ts';
import {
  KeyRejectedError,
  KrakenOutagesError,
  messageOf,
  RefusedError,
  UnknownOutcomeError,
} from '../domain/errors.ts';
import { exitCodeOf } from '../domain/exit-code.ts';
import { describeAtCutoff } from './messages.ts';
import { hasList, type BuiltList, type SiteResult } from './build-lists.ts';
import type { Outcome, Receipt } from '../domain/receipt.ts';
import type { SiteOutage } from '../transform/outage.ts';
import { type CutoffRule, serialize } from '../transform/rule.ts';

/** A receipt, and the error that it tells of. */
export interface SubmitResult {
  readonly receipt: Receipt;
  readonly error: unknown;
}

/** Sends a site's list, where there is one. Every end of it has a receipt: it does not throw. */
export async function submitList(
  plan: SiteResult,
  client: Pick<Client, 'submit'>,
  rule: Pick<CutoffRule, 'cutoffText' | 'cutoffInclusive'>,
  monotonic: () => number,
): Promise<SubmitResult> {
  const { site } = plan;
  if (!hasList(plan)) return notSent(site, plan.error);
  let payload: Payload;
  try {
    payload = writePayload(plan.list.outages);
  } catch (error) {
    // As of more than memory can hold.
    return notSent(site, error);
  }
  const start = monotonic();
  const submission = await client.submit(site, payload);
  const receipt: Receipt = {
    site,
    status: submission.status ?? null,
    outcome: outcomeOf(submission),
    outages: plan.list.outages.length,
    attempts: submission.attempts,
    sha256: payload.sha256,
    elapsedMs: submission.attempts === 0 ? 0 : Math.round(monotonic() - start),
  };
  return withError(receipt, toUserError(submission, plan, rule));
}

function notSent(site: string, error: unknown): SubmitResult {
  const nothing = { outages: null, attempts: 0, sha256: null, elapsedMs: 0 };
  return withError({ site, status: null, outcome: 'not-sent', ...nothing }, error);
}

/** The list as it is sent, hashed as it is written. */
function writePayload(outages: readonly SiteOutage[]): Payload {
  const hash = createHash('sha256');
  const pieces: Uint8Array[] = [];
  for (const text of serialize(outages)) {
    const piece = Buffer.from(text);
    hash.update(piece);
    pieces.push(piece);
  }
  return { bytes: Buffer.concat(pieces), sha256: hash.digest('hex') };
}

function outcomeOf({ error, wasAnswered, mayHaveBeenProcessed: mayHaveBeenProcessed }: Submission): Outcome {
  if (error === undefined) return 'accepted';
  if (mayHaveBeenProcessed) return 'unknown';
  if (!wasAnswered) return 'not-sent';
  return error instanceof RefusedError || error instanceof KeyRejectedError ? 'refused' : 'failed';
}

/** The error in the words of a submission. */
function toUserError(
  { error, status, mayHaveBeenProcessed: mayHaveBeenProcessed }: Submission,
  plan: BuiltList,
  rule: Pick<CutoffRule, 'cutoffText' | 'cutoffInclusive'>,
): unknown {
  if (error === undefined) return undefined;
  if (mayHaveBeenProcessed) {
    return new UnknownOutcomeError(`the list was sent, but whether it was accepted is unknown: ${messageOf(error)}`, {
      cause: error,
      hint: 'submit again: the list is the complete answer for the site, so sending it twice is safe',
    });
  }
  if (status === 400 && plan.atCutoff > 0 && error instanceof RefusedError) {
    const { message, hint } = describeAtCutoff(plan.atCutoff, rule);
    return new RefusedError(error.message, { cause: error, hint: `${message}; ${hint}` });
  }
  return error;
}

function withError(receipt: Receipt, error: unknown): SubmitResult {
  if (error === undefined) return { receipt, error };
  const message = messageOf(error);
  const hint = error instanceof KrakenOutagesError && error.hint !== undefined ? { hint: error.hint } : {};
  return { receipt: { ...receipt, error: { code: exitCodeOf(error), message, ...hint } }, error };
}
