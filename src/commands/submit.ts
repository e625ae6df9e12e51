import { mapConcurrently } from '../concurrency.ts';
import { ClosedPipeError } from '../errors.ts';
import { wantsColor } from '../output/color.ts';
import { RECEIPT_FORMATS } from '../output/receipts.ts';
import { makePlans } from '../plan.ts';
import { submitPlan } from '../submission.ts';
import type { Command } from './command.ts';
import { exitCodeOfSites, requireSites, withSession } from './session.ts';

/** Sends each site its list, and prints a receipt for each, in the order of the sites. */
export const submit: Command = (flags, context) =>
  withSession(flags, context, true, async ({ settings, rule, source, lifetime, connect }) => {
    const { reporter, environment } = context;
    const { stdout, env, clock } = environment;
    const { tell } = reporter;
    const concurrency = settings.concurrency.value;
    const sites = requireSites(settings);
    const plans = await makePlans(sites, source, rule, concurrency, tell);

    const client = connect();
    const format = flags.format === 'json' ? RECEIPT_FORMATS.json : RECEIPT_FORMATS.text;
    const options = { columns: stdout.columns, color: wantsColor(stdout, env, !flags.color) };
    const errors: unknown[] = [];
    let isPrinting = true;
    tell({ type: 'progress', task: 'submissions', done: 0, of: sites.length });
    const submissions = mapConcurrently(plans, concurrency, (plan) =>
      submitPlan(plan, client, rule, () => clock.monotonic()),
    );
    for await (const { receipt, error } of submissions) {
      errors.push(error);
      await reporter.pause();
      if (isPrinting) {
        // Nobody may be reading any more: the lists are sent all the same, and the exit code tells of them.
        await stdout.write(format(receipt, options)).catch((failure: unknown) => {
          isPrinting = false;
          if (!(failure instanceof ClosedPipeError)) reporter.error(failure);
        });
      }
      if (error !== undefined) reporter.error(error, receipt.site);
      tell({ type: 'progress', task: 'submissions', done: errors.length, of: sites.length });
    }
    return exitCodeOfSites(errors, lifetime);
  });
