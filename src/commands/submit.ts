import { UsageError } from '../domain/errors.ts';
import { exitCodeOf } from '../domain/exit-code.ts';
import { withoutSecrets } from '../domain/receipt.ts';
import type { Journal } from '../pipeline/journal.ts';
import { mapAsDone, mapConcurrently } from '../util/concurrency.ts';
import { count } from '../output/format-units.ts';
import { buildLists, hasList, includeAtCutoff, type SiteResult } from '../pipeline/build-lists.ts';
import { submitList, type SubmitResult } from '../pipeline/submit-list.ts';
import { canAsk } from '../platform/questions.ts';
import type { CutoffRule } from '../transform/rule.ts';
import { type Context, defineCommand } from './command.ts';
import {
  API_FLAGS,
  choice,
  CONFIGURATION_FLAGS,
  INPUT_FLAGS,
  LOGGING_FLAGS,
  QUEUE_FLAG,
  SELECTION_FLAGS,
  SITE_ARGUMENTS,
  text,
  toggle,
} from './flags.ts';
import { MANY_SITES } from '../output/formats.ts';
import { confirmInclusion, confirmPlan, offerInclusion } from './submit-questions.ts';
import { createSubmitView } from './submit-view.ts';
import { exitCodeOfSites, type Session, withSession } from './session.ts';

const FORMAT_NAMES = ['text', 'json'] as const;

export const submit = defineCommand({
  name: 'submit',
  summary: "Submit each site's outages to the API and print one receipt per site.",
  positional: SITE_ARGUMENTS,
  examples: ['submit --site norwich-pear-tree --sandbox', 'submit --sites-file sites.txt --format json'],
  flags: {
    ...SELECTION_FLAGS,
    ...INPUT_FLAGS,
    format: {
      group: 'Output:',
      notation: '--format <name>',
      description: `receipt format; at a terminal, more than ${MANY_SITES} sites show a progress bar, then failures`,
      schema: choice(FORMAT_NAMES, 'text'),
      choices: FORMAT_NAMES,
      fallback: 'text',
    },
    yes: {
      group: 'Output:',
      notation: '-y, --yes',
      description: 'do not ask before several sites are submitted that were not named on the command line',
      schema: toggle,
    },
    journal: {
      group: 'Output:',
      notation: '--journal <file>',
      description: 'record each receipt in this file; lists that were accepted are not sent again',
      schema: text,
    },
    queue: { ...QUEUE_FLAG.queue, conflicts: ['snapshot', 'sandbox'] },
    batch: {
      group: QUEUE_FLAG.queue.group,
      notation: '--batch <number>',
      description: 'sites per job of the queue',
      schema: text,
      fallback: '500',
    },
    run: {
      group: QUEUE_FLAG.queue.group,
      notation: '--run <id>',
      description: 'name of the run; attaches to the run of this name if there is one',
      schema: text,
    },
    ...API_FLAGS,
    ...CONFIGURATION_FLAGS,
    ...LOGGING_FLAGS,
  },
  async run(flags, context) {
    assertFileName(flags.journal);
    const requestsPerSite = flags.snapshot === undefined ? 2 : 1;
    let journal: Journal | undefined;
    const prepare = async (session: Session): Promise<void> => {
      const sites = await session.sites();
      if (flags.journal !== undefined) journal = await openJournalOf(flags.journal, session.run.api, sites, context);
      const message = announcement(sites, session.target);
      context.reporter.emit({ type: 'notice', label: '', message });
    };
    return withSession({ flags, context, usesApi: true, requestsPerSite, prepare, mayQueue: true }, async (session) => {
      try {
        const submitAll = session.isQueued ? (await import('./submit-queued.ts')).submitQueued : submitSites;
        const errors = await submitAll(flags, session, context, journal);
        await journal?.close();
        const failure = journal?.failure();
        return failure ? exitCodeOf(failure) : exitCodeOfSites(errors, context.deadline);
      } finally {
        await journal?.close();
      }
    });
  },
});

function announcement({ length }: readonly string[], target: string | undefined): string {
  if (target === undefined) return 'Sandbox: nothing leaves this machine';
  return `Submitting ${count(length, 'site')} to ${target}`;
}

/** @throws {UsageError} */
function assertFileName(journal: string | undefined): void {
  if (journal !== '' && journal !== '-') return;
  throw new UsageError(`--journal: expected a file name${journal === '-' ? ', not - (stdin or stdout)' : ''}`, {
    hint: 'name a file, such as --journal receipts.ndjson',
  });
}

/** Opens the journal. Returns undefined if the run was interrupted meanwhile: nothing is sent any more. */
async function openJournalOf(
  path: string,
  api: string,
  sites: readonly string[],
  { environment, deadline, reporter }: Context,
): Promise<Journal | undefined> {
  const { openJournal } = await import('../pipeline/journal.ts');
  const { signal } = deadline;
  try {
    return await openJournal(path, environment, {
      api,
      sites,
      signal,
      onFailure(error) {
        reporter.error(error);
      },
    });
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    return undefined;
  }
}

interface SubmitFlags {
  readonly format: 'text' | 'json';
  readonly color: boolean;
  readonly yes: boolean;
  readonly journal?: string | undefined;
}

/** Returns one error per site; undefined for a site that succeeded. */
async function submitSites(
  flags: SubmitFlags,
  session: Session,
  context: Context,
  journal: Journal | undefined,
): Promise<readonly unknown[]> {
  const { settings, rule, source, connect, concurrency, run, target } = session;
  const { reporter, environment, deadline, redact } = context;
  const sites = await session.sites();
  const { signal } = deadline;
  const { emit } = reporter;
  const results = [...(await buildLists(sites, source, { rule, concurrency, emit, signal }))];
  await reporter.pause();
  await confirmPlan(sites, results, { settings, target, yes: flags.yes }, environment);

  const client = await connect();
  const view = await createSubmitView(sites, flags, session, context);
  const inclusion = { isAccepted: false };
  const show = async ({ submitted }: Submitted): Promise<void> => {
    const { receipt, error } = submitted;
    if (error === undefined && receipt.cutoffInclusive) inclusion.isAccepted = true;
    await view.show(submitted);
  };
  /** Empties `lists`, so that each of them is let go once its site is done. */
  const submitAll = async (lists: SiteResult[], used: CutoffRule, mayHold: boolean): Promise<Submitted[]> => {
    const held: Submitted[] = [];
    const options = { run, rule: used, monotonic: () => environment.clock.monotonic(), signal, journal };
    const map = view.order === 'as done' ? mapAsDone : mapConcurrently;
    const order = lists.map(({ site }) => site);
    lists.reverse();
    const submissions = map(order, concurrency, async (site): Promise<Submitted> => {
      const result = lists.pop() ?? { site, error: new RangeError('there is no list') };
      const submitted = await submitList(result, client, options);
      journal?.append(withoutSecrets(submitted.receipt, redact));
      const isHeld = mayHold && isRejectedAtCutoff(result, submitted);
      if (!isHeld) view.count(submitted.receipt.outcome);
      return { result, submitted, isHeld };
    });
    for await (const each of submissions) {
      if (each.isHeld) held.push(each);
      else await show(each);
    }
    return held;
  };

  const isDefaultRule = settings.cutoffInclusive.source.kind === 'default';
  const held = await submitAll(results, rule, isDefaultRule && canAsk(environment));
  const rejected = held.map(({ result }) => result).filter(hasList);
  if (held.length > 0) await reporter.pause();
  const isIncluded = held.length > 0 && !signal.aborted && (await confirmInclusion(rejected, rule, environment));
  if (isIncluded) await submitAll(rejected.map(includeAtCutoff), { ...rule, cutoffInclusive: true }, false);
  for (const each of isIncluded ? [] : held) {
    view.count(each.submitted.receipt.outcome);
    await show(each);
  }
  const errors = await view.end();
  if (isIncluded && inclusion.isAccepted) await offerInclusion(session.files, context);
  return errors;
}

/** A list, how its submission ended, and whether a person is to be asked about it. */
interface Submitted {
  readonly result: SiteResult;
  readonly submitted: SubmitResult;
  readonly isHeld: boolean;
}

/** Whether the API rejected a list from which outages exactly at the cutoff are excluded. */
function isRejectedAtCutoff(result: SiteResult, { receipt }: SubmitResult): boolean {
  return receipt.status === 400 && receipt.outcome === 'refused' && hasList(result) && result.excluded.length > 0;
}
