import { mapAsDone, mapConcurrently } from '../util/concurrency.ts';
import { buildLists, type SiteResult } from '../pipeline/build-lists.ts';
import { submitList } from '../pipeline/submit-list.ts';
import type { CommandHandler } from './command.ts';
import { createSubmitView } from './submit-view.ts';
import { exitCodeOfSites, requireSites, withSession } from './session.ts';

/** Sends each site its list, and shows what became of it. */
export const submit: CommandHandler = (flags, context) =>
  withSession(flags, context, true, async ({ settings, rule, source, lifetime, connect }) => {
    const { reporter, environment } = context;
    const concurrency = settings.concurrency.value;
    const sites = requireSites(settings);
    const plans = await buildLists(sites, source, rule, concurrency, reporter.tell);

    const client = await connect();
    const display = await createSubmitView(sites, flags, context);
    const errors: unknown[] = [];
    const map = display.order === 'as done' ? mapAsDone : mapConcurrently;
    const submissions = map(plans, concurrency, async (plan: SiteResult) => {
      const submitted = await submitList(plan, client, rule, () => environment.clock.monotonic());
      display.count(submitted.receipt.outcome);
      return submitted;
    });
    for await (const submitted of submissions) {
      errors.push(submitted.error);
      await display.show(submitted);
    }
    await display.end();
    return exitCodeOfSites(errors, lifetime);
  });
