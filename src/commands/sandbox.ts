import * as v from 'valibot';

import type { Environment } from '../platform/environment.ts';
import { InterruptedError, UsageError } from '../domain/errors.ts';
import { loadSettings } from '../config/load.ts';
import { exitCodeOf } from '../domain/exit-code.ts';
import { setEarlyDeadline } from '../pipeline/configured-deadline.ts';
import { parseFaults } from '../sandbox/faults.ts';
import { SANDBOX_DEFAULTS } from '../sandbox/defaults.ts';
import { startSandbox } from '../sandbox/server.ts';
import { durationSchema } from '../config/value-schemas.ts';
import { quote } from '../util/text.ts';
import { defineCommand, type FlagValues } from './command.ts';
import { CONFIGURATION_FLAGS, CUTOFF_FLAGS, LOGGING_FLAGS, text } from './flags.ts';

const SERVER_GROUP = 'Server:';

const flags = {
  port: number('--port <number>', 'port to listen on (0 for any free port)', SANDBOX_DEFAULTS.port),
  outages: number('--outages <number>', 'number of outages to generate', 'a fixed data set of 108'),
  seed: number('--seed <number>', 'seed of the data and the faults', SANDBOX_DEFAULTS.seed),
  latency: number('--latency <milliseconds>', 'delay of each response', SANDBOX_DEFAULTS.latency),
  faults: {
    group: SERVER_GROUP,
    notation: '--faults <list>',
    description: 'faults to inject as kind:probability, e.g. 500:0.2,reset:0.05; see kraken-outages help faults',
    schema: text,
  },
  ...CUTOFF_FLAGS,
  ...CONFIGURATION_FLAGS,
  ...LOGGING_FLAGS,
};

export const sandbox = defineCommand({
  name: 'sandbox',
  summary: 'Run a local mock of the API (stop with Ctrl-C).',
  examples: ['sandbox', 'sandbox --faults 500:0.2,reset:0.05 --latency 200'],
  flags,
  run: async (values, { environment, reporter, deadline }) => {
    setEarlyDeadline(deadline);
    const { cutoff, cutoffInclusive } = await loadSettings(values, environment, { secrets: false });
    deadline.setLimit(Number.POSITIVE_INFINITY);
    const running = await startSandbox({
      ...SANDBOX_DEFAULTS,
      ...numbers(values),
      ...(values.latency !== undefined && { latency: milliseconds('--latency', values.latency) }),
      ...(values.faults !== undefined && { faults: parseFaults(values.faults) }),
      cutoff: cutoff.value,
      cutoffInclusive: cutoffInclusive.value,
    });
    try {
      const interrupted = nextSignal(environment);
      reporter.emit({
        type: 'notice',
        message: `sandbox started with the sites ${running.sites.join(', ')}; press Ctrl-C to stop it`,
        hint: `export KRAKEN_API_URL=${running.url} KRAKEN_API_KEY=${running.apiKey}`,
      });
      await environment.stdout.write(`${running.url}\n`);
      return exitCodeOf(await interrupted);
    } finally {
      await running.close();
    }
  },
});

function number(notation: string, description: string, fallback: string | number) {
  return { group: SERVER_GROUP, notation, description, schema: text, fallback: String(fallback) };
}

async function nextSignal(environment: Pick<Environment, 'onSignal'>): Promise<InterruptedError> {
  let stopListening: (() => void) | undefined;
  const signal = await new Promise<InterruptedError>((resolve) => {
    stopListening = environment.onSignal((name) => {
      resolve(new InterruptedError(name));
    });
  });
  stopListening?.();
  return signal;
}

/** Reads the numeric flags; the sandbox checks their ranges. @throws {UsageError} */
function numbers(values: Pick<FlagValues<typeof flags>, 'port' | 'outages' | 'seed'>): {
  readonly port?: number;
  readonly outages?: number;
  readonly seed?: number;
} {
  const names = (['port', 'outages', 'seed'] as const).filter((name) => values[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, wholeNumber(`--${name}`, values[name] ?? '')]));
}

function wholeNumber(flag: string, value: string): number {
  if (/^\d{1,15}$/.test(value)) return Number(value);
  throw new UsageError(`${flag}: expected a whole number, received ${quote(value)}`, { hint: `for example ${flag} 1` });
}

/** Reads a whole number of milliseconds, or a duration with its unit. @throws {UsageError} */
function milliseconds(flag: string, value: string): number {
  if (/^\d{1,15}$/.test(value)) return Number(value);
  const duration = v.safeParse(durationSchema, value);
  if (/[a-z]$/.test(value) && duration.success) return duration.output;
  throw new UsageError(`${flag}: expected milliseconds, received ${quote(value)}`, {
    hint: `for example ${flag} 200, or ${flag} 2s`,
  });
}
