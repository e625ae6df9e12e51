import { describeQueue } from '../config/queue-url.ts';
import type { ServerFacts } from '../fleet/queue.ts';
import { count } from '../output/format-units.ts';
import type { Check } from './run-checks.ts';

/** Facts that the queue server reports. */
export interface QueueObservations {
  readonly url: string;
  /** Connects to the server. @throws {KrakenOutagesError} if that fails */
  readonly observe: () => Promise<ServerFacts & { readonly workers: number }>;
}

/** Checks of the queue: it can be reached, keeps its data, and has workers. */
export const QUEUE_CHECKS: readonly Check<QueueObservations>[] = [
  {
    name: 'queue',
    isVital: true,
    attempt: async ({ url, observe }) => `${(await observe()).version} at ${describeQueue(url)}`,
  },
  {
    name: 'storage',
    attempt: async ({ observe }) => {
      const { warnings } = await observe();
      return warnings.length === 0 ? 'keeps jobs and receipts' : `warning: ${warnings.join('; ')}`;
    },
  },
  {
    name: 'workers',
    attempt: async ({ observe }) => {
      const { workers } = await observe();
      return workers === 0 ? 'warning: none is connected' : `${count(workers, 'worker')} connected`;
    },
  },
];
