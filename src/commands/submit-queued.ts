import { UsageError } from '../domain/errors.ts';
import { withoutSecrets } from '../domain/receipt.ts';
import type { Journal } from '../pipeline/journal.ts';
import type { SubmitResult } from '../pipeline/submit-list.ts';
import { quote } from '../util/text.ts';
import type { Context } from './command.ts';
import type { Session } from './session.ts';
import { confirmPlan } from './submit-questions.ts';
import { createSubmitView } from './submit-view.ts';
import { requireQueue } from './worker.ts';

export interface QueuedFlags {
  readonly format: 'text' | 'json';
  readonly color: boolean;
  readonly yes: boolean;
  readonly batch?: string | undefined;
  readonly run?: string | undefined;
  readonly journal?: string | undefined;
}

const BATCH = 500;
const MAX_BATCH = 100_000;

/** Submits through the queue: workers do the work, and this follows the receipts. Returns one error per site. */
export async function submitQueued(
  flags: QueuedFlags,
  session: Session,
  context: Context,
  journal: Journal | undefined,
): Promise<readonly unknown[]> {
  const { settings, rule, target } = session;
  const { environment, reporter, deadline, redact } = context;
  const { clock } = environment;
  const { signal } = deadline;
  const batch = readBatch(flags.batch);
  const url = requireQueue(settings, context);
  const sites = await session.sites();
  const { openFleet } = await import('../fleet/queue.ts');
  const { assertRunId, createRunId, startRun } = await import('../fleet/run.ts');
  const id = flags.run ?? createRunId(clock.now(), () => environment.random());
  assertRunId(id);
  await confirmPlan(sites, undefined, { settings, target, yes: flags.yes }, environment);
  const fleet = await openFleet(url, { clock, emit: reporter.emit, signal });
  try {
    const run = await startRun(fleet, {
      id,
      sites,
      batch,
      api: session.run.api,
      cutoff: rule.cutoffText,
      cutoffInclusive: rule.cutoffInclusive,
      acceptedHash: (site) => journal?.acceptedHash(site),
      clock,
      signal,
    });
    reporter.emit({
      type: 'notice',
      message: run.isNew ? `started the run ${id}` : `attached to the run ${id}`,
      hint: `to attach to it, give --run ${id}`,
    });
    const view = await createSubmitView(sites, flags, session, context);
    const inOrder = createSorter(sites, view.order);
    const show = async (result: SubmitResult): Promise<void> => {
      journal?.append(withoutSecrets(result.receipt, redact));
      view.count(result.receipt.outcome);
      for (const next of inOrder(result)) await view.show(next);
    };
    try {
      for await (const result of run.follow()) await show(result);
    } catch (error) {
      if (!signal.aborted || error !== signal.reason) throw error;
      for await (const result of run.cancel()) await show(result);
    }
    return await view.end();
  } finally {
    await fleet.close();
  }
}

/** Returns a function that holds back results until all before them, in the order of the sites, are there. */
function createSorter(
  sites: readonly string[],
  order: 'as done' | 'as given',
): (result: SubmitResult) => readonly SubmitResult[] {
  if (order === 'as done') return (result) => [result];
  const held = new Map<string, SubmitResult>();
  let next = 0;
  return (result) => {
    held.set(result.receipt.site, result);
    const ready: SubmitResult[] = [];
    for (;;) {
      const site = sites[next] ?? '';
      const first = held.get(site);
      if (!first) return ready;
      held.delete(site);
      ready.push(first);
      next++;
    }
  };
}

/** @throws {UsageError} */
function readBatch(value: string | undefined): number {
  if (value === undefined) return BATCH;
  if (/^\d{1,6}$/.test(value) && Number(value) >= 1 && Number(value) <= MAX_BATCH) return Number(value);
  throw new UsageError(`--batch: expected a whole number from 1 to ${MAX_BATCH}, received ${quote(value)}`, {
    hint: `for example --batch ${BATCH}`,
  });
}
