import { createSpool } from '../output/spool.ts';
import { FORMATS } from '../output/formats.ts';
import { wantsColor } from '../output/color.ts';
import { isPlanned, makePlans } from '../plan.ts';
import type { Command } from './command.ts';
import { exitCodeOfSites, requireSites, withSession } from './session.ts';

/** The dry run: prints what submit would send, and sends nothing. */
export const preview: Command = (flags, context) =>
  withSession(flags, context, flags.snapshot === undefined, async ({ settings, rule, source, lifetime }) => {
    const { environment, reporter } = context;
    const { stdout, env, files } = environment;
    const sites = requireSites(settings);
    const plans = await makePlans(sites, source, rule, settings.concurrency.value, reporter.tell);
    const planned = plans.filter(isPlanned);
    for (const plan of plans) if (!isPlanned(plan)) reporter.error(plan.error, plan.site);
    await reporter.pause();

    if (planned.length > 0) {
      const toTerminal = flags.output === undefined && stdout.isTTY;
      const options = {
        columns: toTerminal ? stdout.columns : 0,
        color: flags.output === undefined && wantsColor(stdout, env, !flags.color),
        several: sites.length > 1,
      };
      const payloads = new Map(planned.map(({ site, payload }) => [site, payload]));
      const spool = createSpool(files, flags.output);
      const render = Object.entries(FORMATS).find(([name]) => name === flags.format)?.[1] ?? FORMATS.json;
      for (const text of render(
        planned.map(({ list }) => list),
        payloads,
        options,
      )) {
        spool.append(text);
        await spool.settle();
      }
      await spool.deliver(stdout);
    }
    return exitCodeOfSites(
      plans.map((plan) => (isPlanned(plan) ? undefined : plan.error)),
      lifetime,
    );
  });
