import type { Environment } from '../platform/environment.ts';
import { untilInterrupted } from '../pipeline/run-deadline.ts';
import { wantsColor } from '../output/color.ts';
import { FORMATS } from '../output/formats.ts';
import { createSpool } from '../output/spool.ts';
import { hasList, buildLists, type BuiltList } from '../pipeline/build-lists.ts';
import type { CutoffRule } from '../transform/rule.ts';
import type { CommandHandler } from './command.ts';
import { lookup, type Flags } from './flags.ts';
import { exitCodeOfSites, requireSites, withSession } from './session.ts';

/** Cells of what has to have a width, and is not shown on a terminal that says its own. */
const USUAL_WIDTH = 80;

/** The dry run: prints what submit would send, and sends nothing. */
export const preview: CommandHandler = (flags, context) =>
  withSession(flags, context, flags.snapshot === undefined, async ({ settings, rule, source, lifetime }) => {
    const { environment, reporter } = context;
    const sites = requireSites(settings);
    const plans = await buildLists(sites, source, rule, settings.concurrency.value, reporter.tell);
    for (const plan of plans) if (!hasList(plan)) reporter.error(plan.error, plan.site);
    await reporter.pause();
    const planned = plans.filter(hasList);
    const stdout = untilInterrupted(environment.stdout, lifetime);
    if (planned.length > 0) await print(planned, rule, sites.length > 1, flags, { ...environment, stdout });
    return exitCodeOfSites(
      plans.map((plan) => (hasList(plan) ? undefined : plan.error)),
      lifetime,
    );
  });

async function print(
  plans: readonly BuiltList[],
  rule: CutoffRule,
  several: boolean,
  flags: Flags,
  environment: Pick<Environment, 'stdout' | 'env' | 'files'>,
): Promise<void> {
  const { stdout, env, files } = environment;
  const isTerminal = flags.output === undefined && stdout.isTTY;
  const columns = isTerminal ? stdout.columns : 0;
  const color = flags.output === undefined && wantsColor(stdout, env, !flags.color);
  const render = await lookup(FORMATS, flags.format, 'json')();
  const lists = plans.map(({ list }) => list);
  const spool = createSpool(files, flags.output);
  try {
    const options = { columns, width: columns || (widthFrom(env) ?? USUAL_WIDTH), color, several, rule };
    for (const text of render(lists, options)) {
      spool.append(text);
      await spool.flush();
    }
    await spool.deliver(stdout);
  } finally {
    await spool.discard();
  }
}

/** What `COLUMNS` says, as ls and man go by it. */
function widthFrom(env: Environment['env']): number | undefined {
  const text = env['COLUMNS'] ?? '';
  return /^[1-9]\d{0,3}$/.test(text) ? Number(text) : undefined;
}
