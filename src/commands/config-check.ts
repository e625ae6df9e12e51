import { CONFIGURATION_CHECKS, SECRET_CHECKS } from '../diagnostics/configuration-checks.ts';
import { apiChecks, observeApi, type ResponseObservation, observeResponses } from '../diagnostics/api-checks.ts';
import { runChecks, type Check } from '../diagnostics/run-checks.ts';
import { openConfiguration } from '../config/load.ts';
import { EXIT_CODES } from '../domain/exit-code.ts';
import { wantsColor } from '../output/color.ts';
import { CHECK_FORMATS } from '../output/check-results.ts';
import { withNetwork } from '../pipeline/with-network.ts';
import type { CommandHandler } from './command.ts';
import { lookup, configFlags } from './flags.ts';
import { type Session, withConfiguration, withinDeadline } from './session.ts';

/** Tries each step on the way to the API, and says what to do about what fails; the first failure gives the exit code. */
export const configCheck: CommandHandler = async (flags, context) => {
  const { reporter } = context;
  const environment = flags.sandbox ? context.environment : await withNetwork(flags, context.environment);
  const { stdout, env } = environment;
  const format = lookup(CHECK_FORMATS, flags.format, 'text');
  const options = { columns: stdout.columns, color: wantsColor(stdout, env, !flags.color) };
  let exitCode: number | undefined;

  /** Whether all of the steps hold. */
  async function report<Subject>(steps: readonly Check<Subject>[], subject: Subject | undefined): Promise<boolean> {
    for await (const finding of runChecks(steps, subject)) {
      await reporter.pause();
      await stdout.write(format(finding, options));
      exitCode ??= finding.code;
    }
    return exitCode === undefined;
  }

  async function checkApi({ settings: { sites, concurrency }, connect }: Session, observed: () => ResponseObservation) {
    const contact = await observeApi(await connect(), sites.value, concurrency.value, reporter.tell);
    await report(apiChecks(sites.value), { ...contact, ...observed() });
    return exitCode ?? EXIT_CODES.ok.code;
  }

  const opening = openConfiguration(configFlags(flags), environment, { secrets: !flags.sandbox });
  return withinDeadline(opening, environment, async (lifetime) => {
    const steps = flags.sandbox ? CONFIGURATION_CHECKS : [...CONFIGURATION_CHECKS, ...SECRET_CHECKS];
    if (!(await report(steps, { opening, signal: lifetime.signal }))) {
      await report(apiChecks([]), undefined);
      return exitCode ?? EXIT_CODES.ok.code;
    }
    const { fetch, observed } = observeResponses(environment);
    const observing = { ...context, environment: { ...environment, fetch } };
    return withConfiguration(await opening, lifetime, flags, observing, true, (session) => checkApi(session, observed));
  });
};
