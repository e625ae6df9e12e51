import * as v from 'valibot';

import type { Environment } from '../platform/environment.ts';
import { InterruptedError, UsageError } from '../domain/errors.ts';
import type { NoticeEvent } from '../domain/events.ts';
import { loadSettings } from '../config/load.ts';
import { exitCodeOf } from '../domain/exit-code.ts';
import { setEarlyDeadline } from '../pipeline/configured-deadline.ts';
import { parseFaults } from '../sandbox/faults.ts';
import { SANDBOX_DEFAULTS } from '../sandbox/defaults.ts';
import { describeSites } from '../sandbox/generated-sites.ts';
import { type ServedRequest, startSandbox } from '../sandbox/server.ts';
import { durationSchema } from '../config/value-schemas.ts';
import { quote } from '../util/text.ts';
import { defineCommand, type FlagValues } from './command.ts';
import { CONFIGURATION_FLAGS, CUTOFF_FLAGS, LOGGING_FLAGS, text } from './flags.ts';

const SERVER_GROUP = 'Server:';

const flags = {
  port: number('--port <number>', 'port to listen on (0 for any free port)', SANDBOX_DEFAULTS.port),
  sites: number('--sites <number>', 'number of sites', '4 that test for common mistakes'),
  outages: number('--outages <number>', 'number of outages to generate', '108 fixed ones, or 10 for each site'),
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
  examples: ['sandbox', 'sandbox --faults 500:0.2,reset:0.05 --latency 200', 'sandbox --sites 300 --cutoff-inclusive'],
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
      onServed: (request) => {
        reporter.emit(describeServed(request, { headers: values.verbose }));
      },
    });
    try {
      const interrupted = nextSignal(environment);
      reporter.emit({
        type: 'notice',
        message: `sandbox started with the sites ${describeSites(running.sites)}; press Ctrl-C to stop it`,
        hint: `export KRAKEN_API_URL=${running.url} KRAKEN_API_KEY=${running.apiKey}`,
      });
      reporter.emit({ type: 'notice', message: describeRule(cutoff.value, cutoffInclusive.value) });
      await reporter.pause();
      await environment.stdout.write(`${running.url}\n`);
      return exitCodeOf(await interrupted);
    } finally {
      await running.close();
    }
  },
});

/** Says which lists are accepted. */
function describeRule(cutoff: string, cutoffInclusive: boolean): string {
  return cutoffInclusive
    ? `it accepts lists of the outages that began at or after ${cutoff}, as the live API does`
    : `it accepts lists of the outages that began after ${cutoff}; the live API has been seen to require those that began exactly then, too: --cutoff-inclusive`;
}

/** `POST /site-outages/norwich-pear-tree  no response  3 ms  fault: reset` */
function describeServed({ method, path, ...served }: ServedRequest, { headers }: { headers: boolean }): NoticeEvent {
  const result = `${method} ${path}  ${served.status ?? 'no response'}  ${Math.round(served.milliseconds)} ms`;
  const fault = served.fault === undefined ? '' : `  fault: ${served.fault}`;
  const lines = Object.entries(served.headers).map(([name, value]) => `${name}: ${value}`);
  return { type: 'notice', label: '', message: result + fault, ...(headers && { hint: lines.join(', ') }) };
}

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
function numbers(values: Pick<FlagValues<typeof flags>, 'port' | 'sites' | 'outages' | 'seed'>): {
  readonly port?: number;
  readonly sites?: number;
  readonly outages?: number;
  readonly seed?: number;
} {
  const names = (['port', 'sites', 'outages', 'seed'] as const).filter((name) => values[name] !== undefined);
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
