import { CONFIGURATION_STEPS, SECRET_STEPS } from '../checkup/configuration.ts';
import { contactSteps, makeContact, type Observation, observe } from '../checkup/contact.ts';
import { examine, type Step } from '../checkup/examine.ts';
import { openConfiguration } from '../config/load.ts';
import { EXIT_CODES } from '../exit-code.ts';
import { wantsColor } from '../output/color.ts';
import { FINDING_FORMATS } from '../output/findings.ts';
import { withNetwork } from '../reach.ts';
import type { Command } from './command.ts';
import { chosen, configFlags } from './flags.ts';
import { type Session, withConfiguration, withinDeadline } from './session.ts';

/** Tries each step on the way to the API, and says what to do about what fails; the first failure gives the exit code. */
export const configCheck: Command = async (flags, context) => {
  const { reporter } = context;
  const environment = flags.sandbox ? context.environment : await withNetwork(flags, context.environment);
  const { stdout, env } = environment;
  const format = chosen(FINDING_FORMATS, flags.format, 'text');
  const options = { columns: stdout.columns, color: wantsColor(stdout, env, !flags.color) };
  let exitCode: number | undefined;

  /** Whether all of the steps hold. */
  async function hold<Subject>(steps: readonly Step<Subject>[], subject: Subject | undefined): Promise<boolean> {
    for await (const finding of examine(steps, subject)) {
      await reporter.pause();
      await stdout.write(format(finding, options));
      exitCode ??= finding.code;
    }
    return exitCode === undefined;
  }

  async function getInTouch({ settings: { sites, concurrency }, connect }: Session, observed: () => Observation) {
    const contact = await makeContact(await connect(), sites.value, concurrency.value, reporter.tell);
    await hold(contactSteps(sites.value), { ...contact, ...observed() });
    return exitCode ?? EXIT_CODES.ok.code;
  }

  const opening = openConfiguration(configFlags(flags), environment, { secrets: !flags.sandbox });
  return withinDeadline(opening, environment, async (lifetime) => {
    const steps = flags.sandbox ? CONFIGURATION_STEPS : [...CONFIGURATION_STEPS, ...SECRET_STEPS];
    if (!(await hold(steps, { opening, signal: lifetime.signal }))) {
      await hold(contactSteps([]), undefined);
      return exitCode ?? EXIT_CODES.ok.code;
    }
    const { fetch, observed } = observe(environment);
    const observing = { ...context, environment: { ...environment, fetch } };
    return withConfiguration(await opening, lifetime, flags, observing, true, (session) =>
      getInTouch(session, observed),
    );
  });
};
