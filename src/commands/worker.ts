import * as v from 'valibot';

import { missingError, openConfiguration, requireApi, resolveSettings } from '../config/load.ts';
import { queuePasswords } from '../config/queue-url.ts';
import type { Settings } from '../config/settings.ts';
import { durationSchema } from '../config/value-schemas.ts';
import { InterruptedError, UsageError } from '../domain/errors.ts';
import { EXIT_CODES, exitCodeOf } from '../domain/exit-code.ts';
import type { EventSink } from '../domain/events.ts';
import { withoutSecrets } from '../domain/receipt.ts';
import type { Health } from '../fleet/health.ts';
import { setConfiguredDeadline, setEarlyDeadline } from '../pipeline/configured-deadline.ts';
import { prepareForManyRequests } from '../platform/heap.ts';
import { withNetwork } from '../pipeline/with-network.ts';
import { abortable } from '../util/abort.ts';
import { quote } from '../util/text.ts';
import { type Context, defineCommand, type FlagValues } from './command.ts';
import { API_FLAGS, CONFIGURATION_FLAGS, LOGGING_FLAGS, QUEUE_FLAG, text } from './flags.ts';

const { deadline, ...api } = API_FLAGS;
const QUEUE_GROUP = QUEUE_FLAG.queue.group;

const flags = {
  ...QUEUE_FLAG,
  deadline: { ...deadline, description: 'time limit for a job, including retries (default: 1h)' },
  lockDuration: {
    group: QUEUE_GROUP,
    notation: '--lock-duration <duration>',
    description: 'time after which the job of a worker that has died goes to another',
    schema: text,
    fallback: '15s',
  },
  keepRuns: {
    group: QUEUE_GROUP,
    notation: '--keep-runs <duration>',
    description: 'remove finished runs and their receipts after this time',
    schema: text,
    fallback: '168h',
  },
  healthPort: {
    group: QUEUE_GROUP,
    notation: '--health-port <number>',
    description: 'serve /healthz, /readyz and /metrics on this port, on all interfaces',
    schema: text,
  },
  ...api,
  ...CONFIGURATION_FLAGS,
  ...LOGGING_FLAGS,
};

export const worker = defineCommand({
  name: 'worker',
  summary: 'Process the jobs of distributed submits until it is stopped.',
  examples: ['worker --queue redis://queue.example.com:6379', 'worker --health-port 9090 --log-format json'],
  flags,
  run: runWorker,
});

/** The limit of a job if none is configured: jobs of a fleet share the rate limit of the API, and may take long. */
const JOB_LIMIT_MS = 3_600_000;
/** Within the ten seconds that container platforms allow by default. */
const STOP_MS = 9500;

async function runWorker(values: FlagValues<typeof flags>, context: Context): Promise<number> {
  const { reporter, deadline } = context;
  const lockMs = duration('--lock-duration', values.lockDuration ?? flags.lockDuration.fallback);
  const keepRunsMs = duration('--keep-runs', values.keepRuns ?? flags.keepRuns.fallback);
  const healthPort = values.healthPort === undefined ? undefined : portOf(values.healthPort);
  setEarlyDeadline(deadline, values.deadline);
  const environment = await withNetwork(values, context.environment);
  const opening = openConfiguration(values, environment, { secrets: true, queue: true });
  await setConfiguredDeadline(deadline, opening);
  const settings = await resolveSettings(await opening, deadline.signal);
  deadline.setLimit(Number.POSITIVE_INFINITY);
  const access = requireApi(settings);
  const url = requireQueue(settings, context);
  context.registerSecret(access.apiKey);

  const { openFleet } = await import('../fleet/queue.ts');
  const { signal } = deadline;
  let health: Health | undefined;
  const emit: EventSink = (event) => {
    health?.observe(event);
    reporter.emit(event);
  };
  const { value } = settings.deadline;
  let fleet;
  try {
    fleet = await openFleet(url, { clock: environment.clock, emit, signal, isPatient: true });
  } catch (error) {
    if (signal.aborted && error === signal.reason) return exitCodeOfStop(error);
    throw error;
  }
  try {
    if (healthPort !== undefined) {
      const { startHealth } = await import('../fleet/health.ts');
      health = await startHealth(healthPort, fleet);
      reporter.emit({ type: 'notice', message: `serving health and metrics on port ${health.port}` });
    }
    await prepareForManyRequests(Number.POSITIVE_INFINITY);
    const { startWorker } = await import('../fleet/worker.ts');
    const running = startWorker(fleet, {
      settings,
      access,
      environment,
      emit,
      redactReceipt: (receipt) => withoutSecrets(receipt, context.redact),
      jobLimit: value === 'auto' ? JOB_LIMIT_MS : value,
      lockMs,
      keepRunsMs,
      onJob: (fields) => {
        reporter.setFields(() => ({ ...fields }));
      },
      onJobEnd: (milliseconds, receipts) => health?.jobEnded(milliseconds, receipts),
    });
    reporter.emit({ type: 'notice', message: `waiting for jobs for ${access.apiUrl}` });
    await abortable(running.ended, signal).catch((error: unknown) => {
      if (error !== signal.reason) throw error;
    });
    health?.stopping();
    reporter.emit({ type: 'notice', message: 'stopping: the rest of the current job goes back to the queue' });
    let stopTimer = (): void => undefined;
    const tooLate = new Promise<void>((resolve) => {
      stopTimer = environment.clock.after(STOP_MS, resolve);
    });
    await Promise.race([running.stop(), tooLate]);
    stopTimer();
    return exitCodeOfStop(signal.reason);
  } finally {
    health?.close();
    await fleet.close();
  }
}

/** SIGTERM is how a worker is stopped. */
function exitCodeOfStop(reason: unknown): number {
  return reason instanceof InterruptedError && reason.signal !== 'SIGTERM' ? exitCodeOf(reason) : EXIT_CODES.ok.code;
}

/** Returns the URL of the queue, and keeps its password out of all output. @throws {ConfigurationError} if there is none */
export function requireQueue(
  { queue }: Pick<Settings, 'queue'>,
  { registerSecret }: Pick<Context, 'registerSecret'>,
): string {
  if (queue.value === undefined) throw missingError(['queue']);
  for (const password of queuePasswords(queue.value)) registerSecret(password);
  return queue.value;
}

/** @throws {UsageError} */
function duration(flag: string, value: string): number {
  const parsed = v.safeParse(durationSchema, value);
  if (parsed.success) return parsed.output;
  throw new UsageError(`${flag}: ${parsed.issues[0].message}`, { hint: `for example ${flag} 30s` });
}

/** @throws {UsageError} */
function portOf(value: string): number {
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value);
  throw new UsageError(`--health-port: expected a port number, received ${quote(value)}`, {
    hint: 'for example --health-port 9090',
  });
}
