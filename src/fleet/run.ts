import { UnknownOutcomeError, UnreachableError, UsageError, ConfigurationError } from '../domain/errors.ts';
import type { Outcome, Receipt } from '../domain/receipt.ts';
import type { SubmitResult } from '../pipeline/submit-list.ts';
import type { Clock } from '../platform/clock.ts';
import { abortable } from '../util/abort.ts';
import { sha256Of } from '../platform/sha256.ts';
import { quote } from '../util/text.ts';
import {
  type JobData,
  parseRun,
  parseStored,
  type RunData,
  type RunFacts,
  withoutReceipt,
  withProtocol,
} from './protocol.ts';
import { type Fleet, MAX_LOST_WORKERS } from './queue.ts';

export interface RunOptions {
  readonly id: string;
  readonly sites: readonly string[];
  readonly batch: number;
  readonly api: string;
  readonly cutoff: string;
  readonly cutoffInclusive: boolean;
  /** Returns the hash of the list that the API has accepted for the site, if it is known. */
  readonly acceptedHash: (site: string) => string | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A run, started or attached to. */
export interface Run {
  readonly isNew: boolean;
  /** Yields the result of each site once, as the receipts come. @throws the signal's reason */
  follow(): AsyncGenerator<SubmitResult, void, undefined>;
  /** Cancels the jobs that no worker has, and yields a result for each site that `follow` has not yielded. */
  cancel(): AsyncGenerator<SubmitResult, void, undefined>;
}

const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
/** Jobs that are read at once. BullMQ is first in, first out: those that workers have are among the first unfinished ones. */
const WINDOW = 64;
const POLL_MS = 200;
const ADD_JOBS = 100;
const CANCEL_MS = 2000;

/** Returns the id of a run, made from the date and 40 random bits. */
export function createRunId(now: number, random: () => number): string {
  const suffix = Math.floor(random() * 2 ** 40)
    .toString(16)
    .padStart(10, '0');
  return `${new Date(now).toISOString().slice(0, 10)}-${suffix}`;
}

/** @throws {UsageError} */
export function assertRunId(id: string): void {
  if (RUN_ID.test(id)) return;
  throw new UsageError(`--run: ${quote(id)} is not a run id`, {
    hint: 'use up to 100 letters, digits, dots, dashes and underscores, for example nightly-2026-11-25',
  });
}

/**
 * Starts the run, or attaches to the one that has this id. Every call adds all jobs, and the queue ignores those that it has:
 * a submit that was killed in between leaves nothing out.
 * @throws {UsageError} if the id belongs to a run of other sites, another cutoff or another API
 */
export async function startRun(fleet: Fleet, options: RunOptions): Promise<Run> {
  const { id, sites, clock, signal, api, cutoff, cutoffInclusive } = options;
  const sha256 = sha256Of(sites.join('\n'));
  const wanted = { api, cutoff, cutoffInclusive, sites: sites.length, batch: options.batch, sha256 };
  const createdAt = clock.now();
  const persist = <T>(operation: () => Promise<T>): Promise<T> => fleet.persist(operation, signal);
  await persist(() => fleet.runs.add('run', withProtocol({ ...wanted, createdAt }), { jobId: runKey(id) }));
  const stored = await persist(() => fleet.runs.getJob(runKey(id)));
  const run = parseRun(id, stored?.data);
  assertSameRun(id, run, wanted);

  const jobs = splitSites(sites, run.batch);
  for (let start = 0; start < jobs.length; start += ADD_JOBS) {
    const added = jobs.slice(start, start + ADD_JOBS).map((batch, index) => ({
      name: 'batch',
      data: withProtocol({ run: id, api, cutoff, cutoffInclusive, sites: batch, accepted: acceptedOf(batch, options) }),
      opts: { jobId: jobKey(id, start + index), attempts: 10, backoff: { type: 'fixed', delay: 1000 } },
    }));
    const records = added.map(({ name, opts: { jobId } }) => ({ name, data: {}, opts: { jobId } }));
    // First: a worker that has a job can store its receipts.
    await persist(() => fleet.receipts.addBulk(records));
    await persist(() => fleet.jobs.addBulk(added));
  }
  const facts = { run: id, api, cutoff, cutoffInclusive };
  const pending = jobs.map((batch, index) => createJobReader(fleet, jobKey(id, index), batch, facts, clock));

  return {
    isNew: run.createdAt === createdAt,
    async *follow() {
      while (pending.length > 0) {
        const window = pending.slice(0, WINDOW);
        await Promise.all(window.map((job) => persist(() => job.read())));
        let isIdle = true;
        for (const job of window) {
          for (let result = job.take(); result; result = job.take()) {
            isIdle = false;
            yield result;
          }
          if (job.isDone()) pending.splice(pending.indexOf(job), 1);
        }
        if (isIdle) await abortable(new Promise<void>((resolve) => clock.after(POLL_MS, resolve)), signal);
      }
    },
    async *cancel() {
      const timeout = new AbortController();
      const stopTimer = clock.after(CANCEL_MS, () => {
        timeout.abort(new Error('the queue did not respond'));
      });
      try {
        for (let start = 0; start < pending.length; start += WINDOW) {
          const window = pending.slice(start, start + WINDOW);
          await Promise.all(
            window.map((job) =>
              abortable(job.cancel(), timeout.signal).catch(() => {
                job.abandon();
              }),
            ),
          );
          for (const job of window) for (let result = job.take(); result; result = job.take()) yield result;
        }
      } finally {
        stopTimer();
      }
    },
  };
}

function assertSameRun(id: string, run: RunData, wanted: Omit<RunData, 'protocol' | 'createdAt'>): void {
  const other =
    run.sha256 !== wanted.sha256
      ? 'another list of sites'
      : run.api !== wanted.api
        ? `another API (${run.api})`
        : run.cutoff !== wanted.cutoff || run.cutoffInclusive !== wanted.cutoffInclusive
          ? `another cutoff (${run.cutoff}${run.cutoffInclusive ? ', inclusive' : ''})`
          : undefined;
  if (other === undefined) return;
  throw new UsageError(`--run: the run ${id} exists, and has ${other}`, {
    hint: 'choose another id, or give the same arguments',
  });
}

function splitSites(sites: readonly string[], batch: number): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(sites.length / batch) }, (_, index) =>
    sites.slice(index * batch, (index + 1) * batch),
  );
}

function acceptedOf(batch: readonly string[], { acceptedHash }: RunOptions): JobData['accepted'] {
  return Object.fromEntries(
    batch.flatMap((site) => {
      const sha256 = acceptedHash(site);
      return sha256 === undefined ? [] : [[site, sha256]];
    }),
  );
}

function runKey(run: string): string {
  return `run/${run}`;
}

function jobKey(run: string, index: number): string {
  return `${run}/${index}`;
}

function jobKeys(run: string, { sites, batch }: RunData): readonly string[] {
  return Array.from({ length: Math.ceil(sites / batch) }, (_, index) => jobKey(run, index));
}

/** Returns the final results among those of a job, from a position on. */
export async function readResults(
  fleet: Pick<Fleet, 'receipts'>,
  job: string,
  from = 0,
): Promise<{ readonly results: readonly SubmitResult[]; readonly end: number }> {
  const { logs } = await fleet.receipts.getJobLogs(job, from, -1);
  const first = new Map<string, SubmitResult>();
  for (const line of logs.flatMap((log) => log.split('\n'))) {
    const result = parseStored(line);
    if (result && !first.has(result.receipt.site)) first.set(result.receipt.site, result);
  }
  return { results: [...first.values()], end: from + logs.length };
}

interface JobReader {
  /** Whether every site has a result. */
  isDone(): boolean;
  /** Returns the next result that was read, each site once. */
  take(): SubmitResult | undefined;
  /** Reads new receipts; once the job has ended, every other site gets a result too. */
  read(): Promise<void>;
  /** Removes the job unless a worker has it. Every site gets a result. */
  cancel(): Promise<void>;
  /** Gives every site a result without asking the server. */
  abandon(): void;
}

const MISSING = -1;
const COMPLETED = 1;
const FAILED = 2;

function createJobReader(fleet: Fleet, id: string, sites: readonly string[], facts: RunFacts, clock: Clock): JobReader {
  const left = new Set(sites);
  let position = 0;
  const results: SubmitResult[] = [];

  /** Gives every site without a receipt the same result. */
  function endWith(outcome: Outcome, error: UnknownOutcomeError | UnreachableError | ConfigurationError): void {
    results.push(...[...left].map((site) => withoutReceipt(site, outcome, error, facts, clock.now())));
    left.clear();
  }

  async function readLog(): Promise<void> {
    const stored = await readResults(fleet, id, position);
    position = stored.end;
    results.push(...stored.results.filter(({ receipt: { site } }) => left.delete(site)));
  }

  const unknown = (message: string, run: 'the same' | 'another'): UnknownOutcomeError =>
    new UnknownOutcomeError(message, { hint: `submit again with ${run} --run: sending a list twice is safe` });

  /** The log of a job that a worker has started is not empty. */
  function endAsCancelled(message: string): void {
    if (position > 0) endWith('unknown', unknown(`${message} after its job had started`, 'the same'));
    const hint = 'submit again with the same --run';
    endWith('not-sent', new UnreachableError(`${message} before this site was sent`, { hint }));
  }

  return {
    isDone: () => left.size === 0 && results.length === 0,
    take: () => results.shift(),
    async read() {
      // Before the log, which is complete once the job has ended.
      const { status, reason } = await statusOf(fleet, id);
      await readLog();
      if (status === COMPLETED) endWith('unknown', unknown('its job has ended without a receipt', 'another'));
      if (status === MISSING) endAsCancelled('the run was cancelled or has expired');
      if (status !== FAILED) return;
      if (!REFUSED.test(reason)) endWith('unknown', unknown(describeFailure(reason), 'another'));
      const hint =
        'give submit and its workers the same version and configuration, and submit again with another --run';
      endWith('not-sent', new ConfigurationError(`a worker refused the job: ${reason}`, { hint }));
    },
    async cancel() {
      // A worker that gave the job back or died may have sent lists without a receipt. Whoever finds a log without a job knows.
      const isStarted = ((await fleet.jobs.getJob(id))?.attemptsStarted ?? 0) > 0;
      if (isStarted) await fleet.receipts.addJobLog(id, '');
      const isRemoved = (await fleet.jobs.remove(id).catch(() => 0)) === 1;
      // Afterwards, as a worker may just have ended the job or given it back.
      await readLog();
      if (isRemoved) endAsCancelled('the run was cancelled');
      endWith('unknown', unknown('a worker has the site, and continues', 'the same'));
    },
    abandon() {
      endWith('unknown', unknown('the run was interrupted; a worker may have the site', 'the same'));
    },
  };
}

/** The reasons with which workers refuse jobs. */
const REFUSED = /^the job (is|has) /;

function describeFailure(reason: string): string {
  if (!reason.includes('stalled more than')) return `its job failed: ${reason}`;
  return `its job was given up: ${MAX_LOST_WORKERS} workers died, or lost the queue, while they had it`;
}

async function statusOf({ jobs }: Fleet, id: string): Promise<{ readonly status: number; readonly reason: string }> {
  const answer = await jobs.getBackend().isFinished(id, true);
  const [status, reason = ''] = typeof answer === 'number' ? [answer] : answer;
  return { status, reason };
}

export interface RunSummary {
  readonly run: string;
  readonly state: 'waiting' | 'running' | 'finished' | 'cancelled';
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly sites: number;
  /** Sites with a final receipt, by outcome. */
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
}

/** Lists the runs, newest first. */
export async function listRuns(fleet: Fleet): Promise<readonly RunSummary[]> {
  const summaries: RunSummary[] = [];
  for (const [run, data] of await storedRuns(fleet)) summaries.push(await summarize(fleet, run, data));
  return summaries.sort((a, b) => b.createdAt - a.createdAt);
}

/** Returns the id and the data of each run; leaves out those of other versions. */
async function storedRuns(fleet: Fleet): Promise<readonly (readonly [run: string, data: RunData])[]> {
  const stored = await fleet.runs.getJobs('waiting');
  return stored.flatMap(({ id = '', data }) => {
    const run = id.replace(/^run\//, '');
    try {
      return [[run, parseRun(run, data)]];
    } catch (error) {
      if (error instanceof UsageError) return [];
      throw error;
    }
  });
}

async function summarize(fleet: Fleet, run: string, data: RunData): Promise<RunSummary> {
  const { sites, createdAt } = data;
  const outcomes: Partial<Record<Outcome, number>> = {};
  const statuses: number[] = [];
  let done = 0;
  for await (const { status, receipts } of readJobs(fleet, run, data)) {
    statuses.push(status);
    done += receipts.length;
    for (const { outcome } of receipts) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
  const unfinished = done > 0 ? 'running' : 'waiting';
  const finished = statuses.includes(MISSING) && done < sites ? 'cancelled' : 'finished';
  return { run, state: statuses.includes(0) ? unfinished : finished, createdAt, sites, outcomes };
}

async function* readJobs(
  fleet: Fleet,
  run: string,
  data: RunData,
): AsyncGenerator<{ readonly status: number; readonly receipts: readonly Receipt[] }, void, undefined> {
  const ids = jobKeys(run, data);
  for (let start = 0; start < ids.length; start += WINDOW) {
    yield* await Promise.all(
      ids.slice(start, start + WINDOW).map(async (id) => {
        const { status } = await statusOf(fleet, id);
        const { results } = await readResults(fleet, id);
        return { status, receipts: results.map(({ receipt }) => receipt) };
      }),
    );
  }
}

/** Yields the final receipts of a run so far. @throws {UsageError} if there is no such run */
export async function* receiptsOf(fleet: Fleet, run: string): AsyncGenerator<Receipt, void, undefined> {
  assertRunId(run);
  const stored = await fleet.runs.getJob(runKey(run));
  if (!stored) throw new UsageError(`there is no run ${quote(run)}`, { hint: 'list them with: kraken-outages runs' });
  for await (const { receipts } of readJobs(fleet, run, parseRun(run, stored.data))) yield* receipts;
}

/** Removes finished runs that are older than this, with their jobs and receipts. @param age milliseconds */
export async function expireRuns(fleet: Fleet, age: number, now: number): Promise<void> {
  for (const [run, data] of await storedRuns(fleet)) {
    if (now - data.createdAt < age) continue;
    const ids = jobKeys(run, data);
    let isFinished = true;
    for (const job of ids) if ((await statusOf(fleet, job)).status === 0) isFinished = false;
    if (!isFinished) continue;
    // The run last: if this is interrupted, the next time removes the rest.
    for (const job of ids) await Promise.all([fleet.jobs.remove(job), fleet.receipts.remove(job)]);
    await fleet.runs.remove(runKey(run));
  }
}
