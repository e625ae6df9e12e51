/** What submit and workers store in the queue. It never holds the API key. */
import * as v from 'valibot';

import { siteIdSchema } from '../config/value-schemas.ts';
import {
  ConfigurationError,
  InvalidDataError,
  KeyRejectedError,
  RefusedError,
  UnknownOutcomeError,
  UnreachableError,
  UsageError,
} from '../domain/errors.ts';
import { exitCodeOf } from '../domain/exit-code.ts';
import type { Outcome, Receipt } from '../domain/receipt.ts';
import type { SubmitResult } from '../pipeline/submit-list.ts';
import { quote, toJson } from '../util/text.ts';

/** Changes whenever workers of an older version would misread a job. */
const PROTOCOL = 1;

const runFields = {
  /** Origin and path of the API. */
  api: v.string(),
  cutoff: v.string(),
  cutoffInclusive: v.boolean(),
};

const runSchema = v.object({
  protocol: v.number(),
  ...runFields,
  /** Number of sites, and of sites per job. */
  sites: v.number(),
  batch: v.number(),
  /** Hexadecimal hash of the list of sites. */
  sha256: v.string(),
  /** Milliseconds since 1970. */
  createdAt: v.number(),
});

export type RunData = v.InferOutput<typeof runSchema>;

const jobSchema = v.object({
  protocol: v.number(),
  run: v.string(),
  ...runFields,
  sites: v.array(siteIdSchema),
  /** Hash of the list that the API has accepted for a site according to the journal, by site. */
  accepted: v.record(v.string(), v.string()),
});

export type JobData = v.InferOutput<typeof jobSchema>;

/** A receipt, and `atCutoff` of its {@link SubmitResult}. */
const storedSchema = v.object({
  site: v.string(),
  status: v.nullable(v.number()),
  outcome: v.picklist(['accepted', 'unchanged', 'refused', 'failed', 'unknown', 'not-sent']),
  outages: v.nullable(v.number()),
  attempts: v.number(),
  sha256: v.nullable(v.string()),
  elapsedMs: v.number(),
  time: v.string(),
  run: v.string(),
  ...runFields,
  error: v.optional(v.object({ code: v.number(), message: v.string(), hint: v.optional(v.string()) })),
  atCutoff: v.optional(v.number()),
});

export function withProtocol<Data extends object>(data: Data): Data & { readonly protocol: number } {
  return { protocol: PROTOCOL, ...data };
}

/** @throws {UsageError} if a submit of another version has made the run */
export function parseRun(id: string, data: unknown): RunData {
  const run = v.safeParse(runSchema, data);
  if (run.success && run.output.protocol === PROTOCOL) return run.output;
  throw new UsageError(`the run ${quote(id)} is from another version of kraken-outages`, {
    hint: 'use that version, or choose another --run',
  });
}

/** Returns the job if a worker for this API may process it. @throws {ConfigurationError} that names both sides */
export function parseJob(data: unknown, api: string): JobData {
  const version = v.safeParse(v.object({ protocol: v.number() }), data);
  if (!version.success || version.output.protocol !== PROTOCOL) {
    const found = version.success ? String(version.output.protocol) : 'none';
    throw new ConfigurationError(`the job has protocol version ${found}, this worker ${PROTOCOL}`, {
      hint: 'run the same version of kraken-outages everywhere',
    });
  }
  const job = v.safeParse(jobSchema, data);
  if (!job.success) throw new ConfigurationError('the job is not one of kraken-outages');
  if (job.output.api === api) return job.output;
  throw new ConfigurationError(`the job is for the API ${quote(job.output.api)}, this worker for ${quote(api)}`, {
    hint: 'configure the same API URL for submit and its workers, or use another queue',
  });
}

const ERRORS = [
  UsageError,
  ConfigurationError,
  KeyRejectedError,
  UnreachableError,
  InvalidDataError,
  RefusedError,
  UnknownOutcomeError,
];

export function toStored({ receipt, atCutoff }: Pick<SubmitResult, 'receipt' | 'atCutoff'>): string {
  return toJson({ ...receipt, ...(atCutoff !== undefined && { atCutoff }) });
}

/** Returns a stored result, whose error has the same exit code; undefined for anything else. */
export function parseStored(text: string): SubmitResult | undefined {
  let stored;
  try {
    stored = v.safeParse(storedSchema, JSON.parse(text));
  } catch {
    return undefined;
  }
  if (!stored.success) return undefined;
  const { error, atCutoff, ...fields } = stored.output;
  const counted = atCutoff === undefined ? {} : { atCutoff };
  if (!error) return { receipt: fields, error, ...counted };
  const { code, message, hint } = error;
  const details = hint === undefined ? {} : { hint };
  const known = ERRORS.map((Class) => new Class(message, details)).find((each) => exitCodeOf(each) === code);
  const receipt = { ...fields, error: { code, message, ...details } };
  return { receipt, error: known ?? new Error(message), ...counted };
}

/** What all receipts of a run have in common. */
export type RunFacts = Pick<Receipt, 'run' | 'api' | 'cutoff' | 'cutoffInclusive'>;

/** Returns the result of a site that no worker has made a receipt for. @param now milliseconds since 1970 */
export function withoutReceipt(
  site: string,
  outcome: Outcome,
  error: UnknownOutcomeError | UnreachableError | ConfigurationError,
  facts: RunFacts,
  now: number,
): SubmitResult {
  const { message, hint } = error;
  const nothing = { status: null, outages: null, attempts: 0, sha256: null, elapsedMs: 0 };
  const receipt = { site, outcome, ...nothing, time: new Date(now).toISOString(), ...facts };
  return {
    receipt: { ...receipt, error: { code: exitCodeOf(error), message, ...(hint !== undefined && { hint }) } },
    error,
  };
}
