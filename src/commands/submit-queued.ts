import { type Configuration, missingError, resolveSettings } from '../config/load.ts';
import { describeQueue } from '../config/queue-url.ts';
import { UsageError } from '../domain/errors.ts';
import { exitCodeOf } from '../domain/exit-code.ts';
import { withoutSecrets } from '../domain/receipt.ts';
import type { Journal } from '../pipeline/journal.ts';
import type { SubmitResult } from '../pipeline/submit-list.ts';
import { quote } from '../util/text.ts';
import type { Context } from './command.ts';
import { describeTarget, emitConfigurationNotices, exitCodeOfSites, noSites } from './session.ts';
import { confirmPlan, planOfSites } from './submit-questions.ts';
import { announce, createSubmitView } from './submit-view.ts';
import { requireQueue } from './worker.ts';

export interface QueuedFlags {
  readonly format: 'text' | 'json';
  readonly color: boolean;
  readonly yes: boolean;
  readonly batch?: string | undefined;
  readonly run?: string | undefined;
  readonly journal?: string | undefined;
}

/** Opens the journal of the run. Returns undefined if there is none. */
export type OpenJournal = (api: string, sites: readonly string[]) => Promise<Journal | undefined>;

const BATCH = 500;
const MAX_BATCH = 100_000;

/** Submits through the queue: workers do the work, and this follows the receipts. Returns the exit code. */
export async function submitQueued(
  configuration: Configuration,
  flags: QueuedFlags,
  openJournal: OpenJournal,
  context: Context,
): Promise<number> {
  const { environment, reporter, deadline, redact } = context;
  const { clock } = environment;
  const { signal } = deadline;
  const batch = readBatch(flags.batch);
  const settings = await resolveSettings(configuration, signal);
  // A job has a limit of its own. The run has none unless somebody asked for it.
  if (settings.deadline.value === 'auto') deadline.setLimit(Number.POSITIVE_INFINITY);
  const url = requireQueue(settings, context);
  if (settings.apiUrl.value === undefined) throw missingError(['apiUrl']);
  if (settings.apiKey.value !== undefined) context.registerSecret(settings.apiKey.value);
  const sites = settings.sites.value;
  if (sites.length === 0) throw noSites();
  const { openFleet } = await import('../fleet/queue.ts');
  const { assertRunId, createRunId, startRun } = await import('../fleet/run.ts');
  const id = flags.run ?? createRunId(clock.now(), () => environment.random());
  assertRunId(id);
  const journal = await openJournal(settings.apiUrl.value, sites);
  const target = `${describeTarget(settings, configuration.profile.value)} through ${describeQueue(url)}`;
  announce(sites, target, reporter);
  const errors: unknown[] = [];
  try {
    await emitConfigurationNotices(configuration, reporter);
    await confirmPlan(planOfSites(sites), { settings, target, yes: flags.yes }, environment);
    const fleet = await openFleet(url, { clock, emit: reporter.emit, signal });
    try {
      const run = await startRun(fleet, {
        id,
        sites,
        batch,
        api: settings.apiUrl.value,
        cutoff: settings.cutoff.value,
        cutoffInclusive: settings.cutoffInclusive.value,
        acceptedHash: (site) => journal?.acceptedHash(site),
        clock,
        signal,
      });
      reporter.emit({
        type: 'notice',
        message: run.isNew ? `started the run ${id}` : `attached to the run ${id}`,
        hint: `to attach to it, give --run ${id}`,
      });
      const view = await createSubmitView(sites, flags, context);
      const inOrder = createSorter(sites, view.order);
      const show = async (result: SubmitResult): Promise<void> => {
        journal?.append(withoutSecrets(result.receipt, redact));
        view.count(result.receipt.outcome);
        for (const next of inOrder(result)) {
          errors.push(next.error);
          await view.show(next);
        }
      };
      try {
        for await (const result of run.follow()) await show(result);
      } catch (error) {
        if (!signal.aborted || error !== signal.reason) throw error;
        for await (const result of run.cancel()) await show(result);
      }
      await view.end();
    } finally {
      await fleet.close();
    }
    await journal?.close();
    const failure = journal?.failure();
    return failure ? exitCodeOf(failure) : exitCodeOfSites(errors, deadline);
  } finally {
    await journal?.close();
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
