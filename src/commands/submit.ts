import { mapAsDone, mapConcurrently } from '../util/concurrency.ts';
import { buildLists, type SiteResult } from '../pipeline/build-lists.ts';
import { submitList } from '../pipeline/submit-list.ts';
import { defineCommand } from './command.ts';
import { API_FLAGS, choice, CONFIGURATION_FLAGS, INPUT_FLAGS, LOGGING_FLAGS, SELECTION_FLAGS } from './flags.ts';
import { MANY_SITES } from '../output/formats.ts';
import { createSubmitView } from './submit-view.ts';
import { exitCodeOfSites, requireSites, withSession } from './session.ts';

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
    ...API_FLAGS,
    ...CONFIGURATION_FLAGS,
    ...LOGGING_FLAGS,
  },
  run: (flags, context) =>
    withSession(
      { flags, context, usesApi: true, requestsPerSite: flags.snapshot === undefined ? 2 : 1 },
      async ({ settings, rule, source, connect, concurrency }) => {
        const { reporter, environment, deadline } = context;
        const sites = requireSites(settings);
        const { signal } = deadline;
        const monotonic = (): number => environment.clock.monotonic();
        const results = await buildLists(sites, source, { rule, concurrency, emit: reporter.emit, signal });

        const client = await connect();
        const view = await createSubmitView(sites, flags, context);
        const errors: unknown[] = [];
        const map = view.order === 'as done' ? mapAsDone : mapConcurrently;
        const submissions = map(results, concurrency, async (result: SiteResult) => {
          const submitted = await submitList(result, client, { rule, monotonic, signal });
          view.count(submitted.receipt.outcome);
          return submitted;
        });
        for await (const submitted of submissions) {
          errors.push(submitted.error);
          await view.show(submitted);
        }
        await view.end();
        return exitCodeOfSites(errors, deadline);
      },
    ),
});
