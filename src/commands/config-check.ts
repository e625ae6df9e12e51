import { openConfiguration } from '../config/load.ts';
import { apiChecks, observeApi, observeResponses, type ResponseObservation } from '../diagnostics/api-checks.ts';
import { CONFIGURATION_CHECKS, SECRET_CHECKS } from '../diagnostics/configuration-checks.ts';
import { type Check, runChecks } from '../diagnostics/run-checks.ts';
import { EXIT_CODES } from '../domain/exit-code.ts';
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
  REPORT_FORMAT_FLAG,
  SANDBOX_FLAG,
  SELECTION_FLAGS,
} from './flags.ts';
import { type Session, withConfiguration } from './session.ts';

const flags = {
  ...SELECTION_FLAGS,
  ...SANDBOX_FLAG,
  ...REPORT_FORMAT_FLAG,
  ...API_FLAGS,
  ...CONFIGURATION_FLAGS,
  ...LOGGING_FLAGS,
};

export const configCheck = defineCommand({
  name: 'config check',
  summary: 'Test configuration, connection and key step by step; submits nothing.',
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

  const opening = openConfiguration(values, environment, { secrets: !values.sandbox });
  await setConfiguredDeadline(deadline, opening);
  const checks = values.sandbox ? CONFIGURATION_CHECKS : [...CONFIGURATION_CHECKS, ...SECRET_CHECKS];
  if (!(await report(checks, { opening, signal: deadline.signal }))) {
    await report(apiChecks([]), undefined);
    return exitCode ?? EXIT_CODES.ok.code;
  }
  const { fetch, observed } = observeResponses(environment);
  const observing = { ...context, environment: { ...environment, fetch } };
  const session = { flags: values, context: observing, usesApi: true };
  return withConfiguration(await opening, session, (opened) => checkApi(opened, observed));
}
