import { openConfiguration } from '../config/load.ts';
import { describeQueue } from '../config/queue-url.ts';
import { writeDuration } from '../config/value-schemas.ts';
import type { Setting } from '../config/settings.ts';
import { InterruptedError, KrakenOutagesError } from '../domain/errors.ts';
import { EXIT_CODES, exitCodeOf } from '../domain/exit-code.ts';
import { wantsColor } from '../output/color.ts';
import { SETTINGS_FORMATS, type ShownSetting } from '../output/settings-list.ts';
import { setConfiguredDeadline, setEarlyDeadline } from '../pipeline/configured-deadline.ts';
import { withNetwork } from '../pipeline/with-network.ts';
import { defineCommand } from './command.ts';
import {
  API_FLAGS,
  CONFIGURATION_FLAGS,
  LOGGING_FLAGS,
  lookup,
  QUEUE_FLAG,
  REPORT_FORMAT_FLAG,
  SELECTION_FLAGS,
} from './flags.ts';

type Value = string | boolean | number | readonly string[] | undefined;

/** Writes the values whose text differs from the value in memory. */
const NOTATIONS: Readonly<Record<string, (value: Value) => Value>> = {
  timeout: inMilliseconds,
  deadline: inMilliseconds,
  queue: (value) => (typeof value === 'string' ? describeQueue(value) : value),
};

export const configShow = defineCommand({
  name: 'config show',
  summary: 'Show each setting and its source (the key is never shown).',
  examples: ['config show', 'config show --profile staging --format json | jq .apiUrl'],
  flags: {
    ...SELECTION_FLAGS,
    ...REPORT_FORMAT_FLAG,
    ...API_FLAGS,
    ...QUEUE_FLAG,
    ...CONFIGURATION_FLAGS,
    ...LOGGING_FLAGS,
  },
  run: async (flags, context) => {
    const { reporter, deadline } = context;
    setEarlyDeadline(deadline, flags.deadline);
    const environment = await withNetwork(flags, context.environment);
    const { stdout, env } = environment;
    const opening = openConfiguration(flags, environment, { secrets: true, queue: true });
    const shown: ShownSetting[] = [];
    const errors = new Set<unknown>();
    await setConfiguredDeadline(deadline, opening);
    const { signal } = deadline;
    const { settings, profile } = await opening;
    const pending = Object.entries<(signal: AbortSignal) => Setting<Value> | Promise<Setting<Value>>>({
      profile: () => profile,
      ...settings,
    });
    for (const [name, resolve] of pending) {
      try {
        const { value, source } = await resolve(signal);
        if (name !== 'apiKey') shown.push({ name, source, value: NOTATIONS[name]?.(value) ?? value });
        else {
          context.registerSecret(String(value ?? ''));
          shown.push({ name, source, isPresent: value !== undefined });
        }
      } catch (error) {
        if (!(error instanceof KrakenOutagesError) || error instanceof InterruptedError) throw error;
        errors.add(error);
        shown.push({ name, problem: context.redact(error.message) });
      }
    }
    const options = { columns: stdout.columns, color: wantsColor(stdout, env, { noColor: !flags.color }) };
    await stdout.write(lookup(SETTINGS_FORMATS, flags.format, 'text')(shown, options));
    for (const error of errors) reporter.error(error);
    const [first] = errors;
    return first === undefined ? EXIT_CODES.ok.code : exitCodeOf(first);
  },
});

function inMilliseconds(value: Value): Value {
  return typeof value === 'number' ? writeDuration(value) : value;
}
