import { setMaxListeners } from 'node:events';

import { UnrecoverableError, WaitingError } from 'bullmq';

import { createClient } from '../api/client.ts';
import { createThrottling } from '../api/throttling.ts';
import type { Settings } from '../config/settings.ts';
import { ConfigurationError, messageOf } from '../domain/errors.ts';
import type { EventSink } from '../domain/events.ts';
import type { Outcome, Receipt } from '../domain/receipt.ts';
import { buildLists } from '../pipeline/build-lists.ts';
import { deadlineError } from '../pipeline/run-deadline.ts';
import { submitList } from '../pipeline/submit-list.ts';
import type { Environment } from '../platform/environment.ts';
import { createCutoffRule } from '../transform/rule.ts';
import { mapAsDone } from '../util/concurrency.ts';
import { createConcurrencyLimit } from '../util/concurrency-limit.ts';
import { type JobData, parseJob, toStored } from './protocol.ts';
import type { Fleet, FleetJob } from './queue.ts';
import { expireRuns, readResults } from './run.ts';

export interface WorkerOptions {
  readonly settings: Settings;
  readonly access: { readonly apiUrl: string; readonly apiKey: string };
  readonly environment: Environment;
  readonly emit: EventSink;
  /** Redacts a receipt before it is stored. */
  readonly redactReceipt: (receipt: Receipt) => Receipt;
  /** Milliseconds for a job. */
  readonly jobLimit: number;
  /** Milliseconds after which the job of a worker that has died goes to another. */
  readonly lockMs: number;
  /** Milliseconds after which finished runs are removed. */
  readonly keepRunsMs: number;
  /** Called when a job starts, and without one when it has ended. */
  readonly onJob: (job?: { readonly run: string; readonly job: string }) => void;
  readonly onJobEnd: (milliseconds: number, receipts: readonly Receipt[]) => void;
}

export interface RunningWorker {
  /** Resolves if the worker ends by itself. */
  readonly ended: Promise<void>;
  /** Takes no more jobs, ends the current one at a site boundary, and gives the rest of it back. Never throws. */
  stop(): Promise<void>;
}

/** Time for submissions that are under way when the worker is stopped; BullMQ then gets the rest of ten seconds. */
const STOP_MS = 7500;
const EXPIRY_INTERVAL_MS = 3_600_000;

/** The job goes to another worker, so that an aborted submission gets no receipt. */
class JobGivenBackError extends Error {}

/** Starts to process jobs, one at a time. */
export function startWorker(fleet: Fleet, options: WorkerOptions): RunningWorker {
  const { environment, emit, settings, access } = options;
  const { clock } = environment;
  const stopping = new AbortController();
  const forever = new AbortController().signal;
  setMaxListeners(0, forever);
  // Outlives the jobs: what is known about the rate limit of the API holds for the next one.
  const throttling = createThrottling(environment, 0, (event) => {
    if (event.type !== 'rate-limit') return;
    limit.throttled();
    if (event.pause !== undefined) {
      void fleet.jobs.rateLimit(Math.ceil(event.pause)).catch(() => undefined);
    }
    emit(event);
  });
  const limit = createConcurrencyLimit(settings.concurrency.value, () => clock.monotonic());

  async function processJob(job: FleetJob, token: string, lost: AbortSignal): Promise<unknown> {
    const start = clock.monotonic();
    let data: JobData;
    try {
      data = parseJob(job.data, access.apiUrl);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      emit({ type: 'notice', message: `refused the job ${job.id}: ${error.message}` });
      throw new UnrecoverableError(error.message);
    }
    options.onJob({ run: data.run, job: job.id });
    const controller = new AbortController();
    // Each request in flight listens.
    setMaxListeners(0, controller.signal);
    const giveBack = (): void => {
      controller.abort(new JobGivenBackError('the job goes to another worker'));
    };
    const cancels = [
      clock.after(options.jobLimit, () => {
        controller.abort(deadlineError(options.jobLimit));
      }),
    ];
    lost.addEventListener('abort', giveBack);
    const state = { isSubmitting: false };
    const stop = (): void => {
      if (state.isSubmitting) cancels.push(clock.after(STOP_MS, giveBack));
      else giveBack();
    };
    stopping.signal.addEventListener('abort', stop);
    if (stopping.signal.aborted) stop();
    try {
      const receipts = await submitBatch(job, data, controller, start, state);
      if (lost.aborted) throw new JobGivenBackError('another worker has the job');
      if (receipts.length < data.sites.length) {
        await fleet.persist(() => job.moveToWait(token), forever);
        throw new WaitingError();
      }
      const outcomes: Partial<Record<Outcome, number>> = {};
      for (const { outcome } of receipts) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      options.onJobEnd(clock.monotonic() - start, receipts);
      const counts = Object.entries(outcomes).map(([outcome, number]) => `${number} ${outcome}`);
      emit({ type: 'notice', message: `job ${job.id}: ${counts.join(', ')}` });
      return outcomes;
    } finally {
      for (const cancel of cancels) cancel();
      lost.removeEventListener('abort', giveBack);
      stopping.signal.removeEventListener('abort', stop);
      options.onJob();
    }
  }

  /** Submits the sites that have no receipt yet. Returns the receipts of all sites that have one. */
  async function submitBatch(
    job: FleetJob,
    data: JobData,
    { signal }: AbortController,
    start: number,
    state: { isSubmitting: boolean },
  ): Promise<readonly Receipt[]> {
    const { timeout, retries, retryPost } = settings;
    const isGivenBack = (): boolean => signal.reason instanceof JobGivenBackError;
    const { results: stored } = await fleet.persist(() => readResults(fleet, job.id), forever);
    const earlier = stored.map(({ receipt }) => receipt);
    const done = new Set(earlier.map(({ site }) => site));
    const rule = createCutoffRule(data.cutoff, data.cutoffInclusive, clock.now());
    const client = createClient(
      {
        ...access,
        timeout: timeout.value,
        retries: retries.value,
        retryPost: retryPost.value,
        deadlineAt: () => start + options.jobLimit,
        signal,
        // The same list of a site has the same Idempotency-Key whenever and wherever the job is done again.
        runId: data.run,
        throttling,
      },
      environment,
      emit,
    );
    const sites = data.sites.filter((site) => !done.has(site));
    const lists = await buildLists(sites, client, { rule, concurrency: limit, emit, signal });
    state.isSubmitting = true;
    const run = { id: data.run, api: data.api, now: () => clock.now() };
    const journal = {
      wasAccepted: (site: string, sha256: string) => data.accepted[site] === sha256,
      failure: () => undefined,
    };
    const receipts: Receipt[] = [...earlier];
    const store = createGroupWriter((text) => fleet.persist(() => fleet.receipts.addJobLog(job.id, text), forever));
    const submissions = mapAsDone(lists, limit, async (result) => {
      if (stopping.signal.aborted || isGivenBack()) return undefined;
      const monotonic = (): number => clock.monotonic();
      const { receipt, atCutoff } = await submitList(result, client, { run, rule, monotonic, signal, journal });
      // Interrupted: the worker that gets the job submits it again.
      if (isGivenBack() && receipt.outcome !== 'accepted') return undefined;
      const redacted = options.redactReceipt(receipt);
      await store(toStored({ receipt: redacted, ...(atCutoff !== undefined && { atCutoff }) }));
      return redacted;
    });
    for await (const receipt of submissions) if (receipt) receipts.push(receipt);
    return receipts;
  }

  const worker = fleet.createWorker(processJob, { lockMs: options.lockMs });
  let cancelExpiry = (): void => undefined;
  const expire = (): void => {
    expireRuns(fleet, options.keepRunsMs, clock.now()).catch((error: unknown) => {
      emit({ type: 'notice', message: `cannot remove expired runs: ${messageOf(error)}` });
    });
    cancelExpiry = clock.after(EXPIRY_INTERVAL_MS, expire);
  };
  expire();
  return {
    ended: worker.run(),
    async stop() {
      cancelExpiry();
      stopping.abort();
      await worker.close();
    },
  };
}

/** Returns a function that writes a line, together with those that come while the last ones are written. */
function createGroupWriter(write: (text: string) => Promise<unknown>): (line: string) => Promise<void> {
  let waiting: string[] = [];
  let last: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  return (line) => {
    waiting.push(line);
    next ??= last = last.then(async () => {
      const lines = waiting;
      waiting = [];
      next = undefined;
      await write(lines.join('\n'));
    });
    return next;
  };
}
