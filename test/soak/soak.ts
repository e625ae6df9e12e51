import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { systemClock } from '../../src/platform/clock.ts';
import type { Environment, OutputStream } from '../../src/platform/environment.ts';
import { createFetch } from '../../src/api/http/create-fetch.ts';
import { main } from '../../src/main.ts';
import { parseFaults } from '../../src/sandbox/faults.ts';
import { SANDBOX_DEFAULTS } from '../../src/sandbox/defaults.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { testEnvironment } from '../support/environment.ts';

/** Faults with a total probability of 30 %. */
export const FAULTS = '500:0.08,503:0.04,429:0.04,reset:0.06,truncate:0.04,lost:0.04';

/**
 * Maximum growth in bytes from the first sample to the largest, for code that is still compiled and cached. In ten
 * thousand submissions, a leak of 200 bytes each would exceed it.
 */
export const MAX_GROWTH_BYTES = 2 * 2 ** 20;

/** Memory in use after a garbage collection. */
export interface Sample {
  readonly submissions: number;
  /** Bytes, on the heap and external. */
  readonly used: number;
}

export interface Soaked {
  /** The number of receipts by outcome. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** The total number of attempts. */
  readonly attempts: number;
  readonly samples: readonly Sample[];
  /** Bytes from the first sample to the largest after it. */
  readonly growth: number;
  readonly milliseconds: number;
}

/**
 * Runs `submit` repeatedly for all sites of a sandbox, in this process and over real sockets, until there are `submissions`
 * receipts, without delays between attempts.
 * @param points the number of samples, evenly distributed
 */
export async function soak(
  submissions: number,
  points: number,
  progress: (sample: Sample) => void = () => undefined,
): Promise<Soaked> {
  const { seed, latency } = SANDBOX_DEFAULTS;
  const cutoff = { cutoff: '2022-01-01T00:00:00Z', cutoffInclusive: false };
  const sandbox = await startSandbox({ port: 0, seed, latency, faults: parseFaults(FAULTS), ...cutoff });
  const outcomes = new Map<string, number>();
  const samples: Sample[] = [];
  const start = performance.now();
  let made = 0;
  let attempts = 0;
  const stdout: OutputStream = {
    isTTY: false,
    columns: 0,
    write(text) {
      const [, outcome = String(text), times] = /"outcome":"([\w-]+)".*"attempts":(\d+)/.exec(String(text)) ?? [];
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      made++;
      attempts += Number(times);
      return Promise.resolve();
    },
  };
  const environment: Environment = testEnvironment({
    stdout,
    env: { KRAKEN_API_URL: sandbox.url, KRAKEN_API_KEY: sandbox.apiKey },
    random: () => 0,
    fetch: createFetch(systemClock),
  });
  const argv = [
    'submit',
    '--format=json',
    '--retries=100',
    '--deadline=10m',
    ...sandbox.sites.map((id) => `--site=${id}`),
  ];
  try {
    while (made < submissions) {
      await main(argv, environment);
      if (made < ((samples.length + 1) * submissions) / points) continue;
      const sample = { submissions: made, used: await used() };
      samples.push(sample);
      progress(sample);
    }
  } finally {
    await sandbox.close();
  }
  const [first = 0, ...later] = samples.map((sample) => sample.used);
  return { outcomes, attempts, samples, growth: Math.max(...later) - first, milliseconds: performance.now() - start };
}

/** Returns the bytes in use after garbage collection. */
async function used(): Promise<number> {
  setFlagsFromString('--expose-gc');
  // Objects finalized in one turn are collected in the next.
  for (let turn = 0; turn < 3; turn++) {
    runInNewContext('gc()');
    await setImmediate();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
