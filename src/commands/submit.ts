import { mapConcurrently } from '../concurrency.ts';
import { ClosedPipeError } from '../errors.ts';
import { wantsColor } from '../output/color.ts';
import { RECEIPT_FORMATS } from '../output/formats.ts';
import { makePlans } from '../plan.ts';
import type { Receipt } from '../receipt.ts';
import { submitPlan } from '../submission.ts';
import type { Command, Context } from './command.ts';
import { chosen, type Flags } from './flags.ts';
import { exitCodeOfSites, requireSites, withSession } from './session.ts';

/** Sends each site its list, and prints a receipt for each, in the order of the sites. */
export const submit: Command = (flags, context) =>
  withSession(flags, context, true, async ({ settings, rule, source, lifetime, connect }) => {
    const { reporter, environment } = context;
    const concurrency = settings.concurrency.value;
    const sites = requireSites(settings);
    const plans = await makePlans(sites, source, rule, concurrency, reporter.tell);

    const client = connect();
    const print = await createPrinter(flags, context);
    const errors: unknown[] = [];
    reporter.tell({ type: 'progress', task: 'submissions', done: 0, of: sites.length });
    const submissions = mapConcurrently(plans, concurrency, (plan) =>
      submitPlan(plan, client, rule, () => environment.clock.monotonic()),
    );
    for await (const { receipt, error } of submissions) {
      errors.push(error);
      await reporter.pause();
      await print(receipt);
      if (error !== undefined) reporter.error(error, receipt.site);
      reporter.tell({ type: 'progress', task: 'submissions', done: errors.length, of: sites.length });
    }
    return exitCodeOfSites(errors, lifetime);
  });

/** Prints receipts as long as it can: where nobody reads any more, the lists are sent all the same. */
async function createPrinter(
  flags: Flags,
  { environment, reporter }: Context,
): Promise<(receipt: Receipt) => Promise<void>> {
  const { stdout, env } = environment;
  const render = await chosen(RECEIPT_FORMATS, flags.format, 'text')();
  const options = { columns: stdout.columns, color: wantsColor(stdout, env, !flags.color) };
  let failure: unknown;
  return async (receipt) => {
    if (failure !== undefined) return;
    try {
      await stdout.write(render(receipt, options));
    } catch (error) {
      failure = error;
      if (!(error instanceof ClosedPipeError)) reporter.error(error);
    }
  };
}
