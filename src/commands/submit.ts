import { UsageError } from '../domain/errors.ts';
import { exitCodeOf } from '../domain/exit-code.ts';
import type { Journal } from '../pipeline/journal.ts';
import { mapAsDone, mapConcurrently } from '../util/concurrency.ts';
import { buildLists, type SiteResult } from '../pipeline/build-lists.ts';
import { submitList } from '../pipeline/submit-list.ts';
import { type Context, defineCommand } from './command.ts';
import { API_FLAGS, choice, CONFIGURATION_FLAGS, INPUT_FLAGS, LOGGING_FLAGS, SELECTION_FLAGS, text } from './flags.ts';
import { MANY_SITES } from '../output/formats.ts';
import { createSubmitView, withoutSecrets } from './submit-view.ts';
import { exitCodeOfSites, requireSites, type Session, withSession } from './session.ts';

const FORMAT_NAMES = ['text', 'json'] as const;

export const submit = defineCommand({
  name: 'submit',
  summary: "Submit each site's outages to the API and print one receipt per site.",
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
    journal: {
      group: 'Output:',
      notation: '--journal <file>',
      description: 'record each receipt in this file; lists that were accepted are not sent again',
      schema: text,
    },
    ...API_FLAGS,
    ...CONFIGURATION_FLAGS,
    ...LOGGING_FLAGS,
  },
  async run(flags, context) {
    assertFileName(flags.journal);
    const requestsPerSite = flags.snapshot === undefined ? 2 : 1;
    return withSession({ flags, context, usesApi: true, requestsPerSite }, async (session) => {
      const journal =
        flags.journal === undefined ? undefined : await openJournalOf(flags.journal, flags, session, context);
      try {
        const errors = await submitSites(flags, session, context, journal);
        await journal?.close();
        const failure = journal?.failure();
        return failure ? exitCodeOf(failure) : exitCodeOfSites(errors, context.deadline);
      } finally {
        await journal?.close();
      }
    });
  },
});

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
  { sandbox }: { readonly sandbox: boolean },
  { settings }: Session,
  { environment, deadline, reporter }: Context,
): Promise<Journal | undefined> {
  const { openJournal } = await import('../pipeline/journal.ts');
  const { apiUrl } = settings;
  const { signal } = deadline;
  try {
    return await openJournal(path, environment, {
      // The URL of a sandbox within this process has another port in each run.
      api: sandbox || apiUrl.value === undefined ? 'sandbox' : apiUrl.value,
      sites: requireSites(settings),
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

/** Returns one error per site; undefined for a site that succeeded. */
async function submitSites(
  flags: { readonly format: 'text' | 'json'; readonly color: boolean },
  { settings, rule, source, connect, concurrency }: Session,
  context: Context,
  journal: Journal | undefined,
): Promise<readonly unknown[]> {
  const { reporter, environment, deadline, redact } = context;
  const sites = requireSites(settings);
  const { signal } = deadline;
  const monotonic = (): number => environment.clock.monotonic();
  const results = await buildLists(sites, source, { rule, concurrency, emit: reporter.emit, signal });

  const client = await connect();
  const view = await createSubmitView(sites, flags, context);
  const errors: unknown[] = [];
  const map = view.order === 'as done' ? mapAsDone : mapConcurrently;
  const submissions = map(results, concurrency, async (result: SiteResult) => {
    const submitted = await submitList(result, client, { rule, monotonic, signal, journal });
    journal?.append(withoutSecrets(submitted.receipt, redact));
    view.count(submitted.receipt.outcome);
    return submitted;
  });
  for await (const submitted of submissions) {
    errors.push(submitted.error);
    await view.show(submitted);
  }
  await view.end();
  return errors;
}
