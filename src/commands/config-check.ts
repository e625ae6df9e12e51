import { type Configuration, openConfiguration } from '../config/load.ts';
import { apiChecks, observeApi, observeResponses, type ResponseObservation } from '../diagnostics/api-checks.ts';
import { CONFIGURATION_CHECKS, SECRET_CHECKS } from '../diagnostics/configuration-checks.ts';
import { QUEUE_CHECKS } from '../diagnostics/queue-checks.ts';
import { type Check, runChecks } from '../diagnostics/run-checks.ts';
import { EXIT_CODES } from '../domain/exit-code.ts';
import type { Fleet } from '../fleet/queue.ts';
import { CHECK_FORMATS, redactResult } from '../output/check-results.ts';
import { wantsColor } from '../output/color.ts';
import { setConfiguredDeadline, setEarlyDeadline } from '../pipeline/configured-deadline.ts';
import { withNetwork } from '../pipeline/with-network.ts';
import { type Context, defineCommand, type FlagValues } from './command.ts';
import {
  API_FLAGS,
  CONFIGURATION_FLAGS,
  LOGGING_FLAGS,
  lookup,
  QUEUE_FLAG,
  REPORT_FORMAT_FLAG,
  SANDBOX_FLAG,
  SELECTION_FLAGS,
  SITE_ARGUMENTS,
} from './flags.ts';
import { once } from '../util/once.ts';
import { type Session, withConfiguration } from './session.ts';
import { requireQueue } from './worker.ts';

const flags = {
  ...SELECTION_FLAGS,
  ...SANDBOX_FLAG,
  ...REPORT_FORMAT_FLAG,
  ...API_FLAGS,
  ...QUEUE_FLAG,
  ...CONFIGURATION_FLAGS,
  ...LOGGING_FLAGS,
};

export const configCheck = defineCommand({
  name: 'config check',
  summary: 'Test configuration, connection and key step by step; submits nothing.',
  positional: SITE_ARGUMENTS,
  examples: ['config check', 'config check --site norwich-pear-tree --profile staging', 'config check --sandbox'],
  flags,
  run: checkEverything,
});

/** Prints the result of each check; the first failure gives the exit code. */
async function checkEverything(values: FlagValues<typeof flags>, context: Context): Promise<number> {
  const { reporter, deadline } = context;
  setEarlyDeadline(deadline, values.deadline);
  const environment = values.sandbox ? context.environment : await withNetwork(values, context.environment);
  const { stdout, env } = environment;
  const format = lookup(CHECK_FORMATS, values.format, 'text');
  const options = { columns: stdout.columns, color: wantsColor(stdout, env, { noColor: !values.color }) };
  let exitCode: number | undefined;

  /** Returns whether all checks so far have passed. */
  async function report<Subject>(checks: readonly Check<Subject>[], subject: Subject | undefined): Promise<boolean> {
    for await (const result of runChecks(checks, subject)) {
      await reporter.pause();
      await stdout.write(format(redactResult(result, context.redact), options));
      exitCode ??= result.code;
    }
    return exitCode === undefined;
  }

  async function checkApi(
    { settings: { sites }, connect, concurrency }: Session,
    observed: () => ResponseObservation,
  ): Promise<number> {
    const observations = await observeApi(await connect(), sites.value, concurrency, reporter.emit);
    await report(apiChecks(sites.value), { ...observations, ...observed() });
    return exitCode ?? EXIT_CODES.ok.code;
  }

  /** Checks the queue if one is configured. Nothing depends on it. */
  async function checkQueue({ settings, credentials }: Configuration): Promise<void> {
    if (!credentials.queue) return;
    const { signal } = deadline;
    let fleet: Fleet | undefined;
    try {
      const url = requireQueue({ queue: await settings.queue(signal) }, context);
      const observe = once(async () => {
        const { openFleet } = await import('../fleet/queue.ts');
        fleet = await openFleet(url, { clock: environment.clock, emit: reporter.emit, signal });
        return { ...(await fleet.inspect()), workers: await fleet.jobs.getWorkersCount() };
      });
      await report(QUEUE_CHECKS, { url, observe });
    } finally {
      await fleet?.close();
    }
  }

  const selected = { ...values, siteArguments: context.words };
  const opening = openConfiguration(selected, environment, { secrets: !values.sandbox, queue: true });
  await setConfiguredDeadline(deadline, opening);
  const checks = values.sandbox ? CONFIGURATION_CHECKS : [...CONFIGURATION_CHECKS, ...SECRET_CHECKS];
  if (!(await report(checks, { opening, files: environment.files, signal: deadline.signal }))) {
    await report(apiChecks([]), undefined);
    return exitCode ?? EXIT_CODES.ok.code;
  }
  await checkQueue(await opening);
  const { fetch, observed } = observeResponses(environment);
  const observing = { ...context, environment: { ...environment, fetch } };
  const session = { flags: values, context: observing, usesApi: true };
  return withConfiguration(await opening, session, (opened) => checkApi(opened, observed));
}
