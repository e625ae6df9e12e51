import * as v from 'valibot';

import type { Environment } from '../platform/environment.ts';
import { InterruptedError, UsageError } from '../domain/errors.ts';
import { loadSettings } from '../config/load.ts';
import { exitCodeOf } from '../domain/exit-code.ts';
import { parseFaults } from '../sandbox/faults.ts';
import { SANDBOX_DEFAULTS } from '../sandbox/defaults.ts';
import { startSandbox } from '../sandbox/server.ts';
import { durationSchema } from '../config/value-schemas.ts';
import { quote } from '../util/text.ts';
import type { CommandHandler } from './command.ts';
import { configFlags, type Flags } from './flags.ts';

/** Serves a local API that behaves like the real one, until a signal comes. */
export const sandbox: CommandHandler = async (flags, context) => {
  const { environment, reporter } = context;
  const { cutoff, cutoffInclusive } = await loadSettings(configFlags(flags), environment, { secrets: false });
  const running = await startSandbox({
    ...SANDBOX_DEFAULTS,
    ...numbers(flags),
    ...(flags.latency !== undefined && { latency: milliseconds('--latency', flags.latency) }),
    ...(flags.faults !== undefined && { faults: parseFaults(flags.faults) }),
    cutoff: cutoff.value,
    cutoffInclusive: cutoffInclusive.value,
  });
  try {
    const interrupted = nextSignal(environment);
    reporter.tell({
      type: 'notice',
      message: `the sandbox has the sites ${running.sites.join(', ')}; stop it with Ctrl-C`,
      hint: `export KRAKEN_API_URL=${running.url} KRAKEN_API_KEY=${running.apiKey}`,
    });
    await environment.stdout.write(`${running.url}\n`);
    return exitCodeOf(await interrupted);
  } finally {
    await running.close();
  }
};

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

/** The flags that take a number; the sandbox knows which are within its range. @throws {UsageError} */
function numbers(flags: Flags): {
  readonly port?: number;
  readonly outages?: number;
  readonly seed?: number;
} {
  const names = (['port', 'outages', 'seed'] as const).filter((name) => flags[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, wholeNumber(`--${name}`, flags[name] ?? '')]));
}

function wholeNumber(flag: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new UsageError(`${flag}: expected a whole number, received ${quote(text)}`, { hint: `for example ${flag} 1` });
}

/** A whole number, or a duration with its unit. @throws {UsageError} */
function milliseconds(flag: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const duration = v.safeParse(durationSchema, text);
  if (/[a-z]$/.test(text) && duration.success) return duration.output;
  throw new UsageError(`${flag}: expected milliseconds, received ${quote(text)}`, {
    hint: `for example ${flag} 200, or ${flag} 2s`,
  });
}
