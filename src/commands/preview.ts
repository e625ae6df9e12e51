import type { Environment } from '../environment.ts';
import { untilInterrupted } from '../lifetime.ts';
import { wantsColor } from '../output/color.ts';
import { FORMATS } from '../output/formats.ts';
import { createSpool } from '../output/spool.ts';
import { isPlanned, makePlans, type PlannedList } from '../plan.ts';
import type { Command } from './command.ts';
import { chosen, type Flags } from './flags.ts';
import { exitCodeOfSites, requireSites, withSession } from './session.ts';

/** The dry run: prints what submit would send, and sends nothing. */
export const preview: Command = (flags, context) =>
  withSession(flags, context, flags.snapshot === undefined, async ({ settings, rule, source, lifetime }) => {
    const { environment, reporter } = context;
    const sites = requireSites(settings);
    const plans = await makePlans(sites, source, rule, settings.concurrency.value, reporter.tell);
    for (const plan of plans) if (!isPlanned(plan)) reporter.error(plan.error, plan.site);
    await reporter.pause();
    const planned = plans.filter(isPlanned);
    const stdout = untilInterrupted(environment.stdout, lifetime);
    if (planned.length > 0) await print(planned, sites.length > 1, flags, { ...environment, stdout });
    return exitCodeOfSites(
      plans.map((plan) => (isPlanned(plan) ? undefined : plan.error)),
      lifetime,
    );
  });

async function print(
  plans: readonly PlannedList[],
  several: boolean,
  flags: Flags,
  environment: Pick<Environment, 'stdout' | 'env' | 'files'>,
): Promise<void> {
  const { stdout, env, files } = environment;
  const isTerminal = flags.output === undefined && stdout.isTTY;
  const color = flags.output === undefined && wantsColor(stdout, env, !flags.color);
  const render = await chosen(FORMATS, flags.format, 'json')();
  const lists = plans.map(({ list }) => list);
  const spool = createSpool(files, flags.output);
  try {
    for (const text of render(lists, { columns: isTerminal ? stdout.columns : 0, color, several })) {
      spool.append(text);
      await spool.settle();
    }
    await spool.deliver(stdout);
  } finally {
    await spool.discard();
  }
}
