import { mapAsDone, mapConcurrently } from '../concurrency.ts';
import { makePlans, type SitePlan } from '../plan.ts';
import { submitPlan } from '../submission.ts';
import type { Command } from './command.ts';
import { createDisplay } from './display.ts';
import { exitCodeOfSites, requireSites, withSession } from './session.ts';

/** Sends each site its list, and shows what became of it. */
export const submit: Command = (flags, context) =>
  withSession(flags, context, true, async ({ settings, rule, source, lifetime, connect }) => {
    const { reporter, environment } = context;
    const concurrency = settings.concurrency.value;
    const sites = requireSites(settings);
    const plans = await makePlans(sites, source, rule, concurrency, reporter.tell);

    const client = await connect();
    const display = await createDisplay(sites, flags, context);
    const errors: unknown[] = [];
    const map = display.order === 'as done' ? mapAsDone : mapConcurrently;
    const submissions = map(plans, concurrency, async (plan: SitePlan) => {
      const submitted = await submitPlan(plan, client, rule, () => environment.clock.monotonic());
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
