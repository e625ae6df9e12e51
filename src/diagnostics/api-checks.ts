import type { Client } from '../api/client.ts';
import { AttemptError } from '../api/attempt-error.ts';
import { isLookupFailure } from '../api/network-failure.ts';
import type { Clock } from '../platform/clock.ts';
import type { Environment } from '../platform/environment.ts';
import {
  ConfigurationError,
  InterruptedError,
  InvalidDataError,
  KeyRejectedError,
  RefusedError,
} from '../domain/errors.ts';
import type { EventSink } from '../domain/events.ts';
import { count, toDuration } from '../output/format-units.ts';
import { type FailedSite, isLoaded, type LoadedSite, loadSites } from '../pipeline/load-sites.ts';
import type { Concurrency } from '../util/concurrency.ts';
import type { Check } from './run-checks.ts';

/** Facts about the API that every response reveals. */
export interface ResponseObservation {
  readonly hasResponded: boolean;
  /** Milliseconds by which this machine's clock is ahead of the API's; undefined if the response has no date. */
  readonly clockAhead: number | undefined;
}

/** Wraps `fetch` to observe its latest response. */
export function observeResponses({
  fetch,
  clock,
}: Pick<Environment, 'fetch'> & { readonly clock: Pick<Clock, 'now'> }): {
  readonly fetch: typeof globalThis.fetch;
  readonly observed: () => ResponseObservation;
} {
  let observation: ResponseObservation = { hasResponded: false, clockAhead: undefined };
  return {
    async fetch(...request) {
      const response = await fetch(...request);
      const time = Date.parse(response.headers.get('date') ?? '');
      observation = { hasResponded: true, clockAhead: Number.isNaN(time) ? undefined : clock.now() - time };
      return response;
    },
    observed: () => observation,
  };
}

/** Results of the first requests. */
export interface ApiObservations extends ResponseObservation {
  readonly url: URL;
  /** Whether the first request succeeded, ignoring errors that concern only its site. */
  readonly isReachable: boolean;
  /** Error of the first request, unless it concerns only its site. */
  readonly error: unknown;
  readonly sites: ReadonlyMap<string, LoadedSite | FailedSite>;
}

/**
 * Requests the first site, and the others if that reached the API. Without a site, requests the outages.
 * @throws {InterruptedError}
 */
export async function observeApi(
  client: Client,
  [first, ...others]: readonly string[],
  concurrency: Concurrency,
  emit: EventSink,
): Promise<Omit<ApiObservations, keyof ResponseObservation>> {
  const url = new URL(client.apiUrl);
  if (first === undefined) {
    const error = await client.probe().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error instanceof InterruptedError) throw error;
    return { url, isReachable: error === undefined, error, sites: new Map() };
  }
  const [site] = await loadSites([first], client, { concurrency: 1, emit });
  const error = site && !isLoaded(site) ? site.error : undefined;
  if (error instanceof InterruptedError) throw error;
  const isSiteError = error instanceof RefusedError || error instanceof InvalidDataError;
  if (error !== undefined && !isSiteError) return { url, isReachable: false, error, sites: new Map() };
  const sites = [site, ...(await loadSites(others, client, { concurrency, emit }))].filter(
    (each) => each !== undefined,
  );
  return { url, isReachable: true, error: undefined, sites: new Map(sites.map((each) => [each.site, each])) };
}

/** Maximum difference between the clocks. */
const MAX_CLOCK_DIFFERENCE_MS = 60_000;

/** Checks that need the API, each of which may depend on those before it. */
export function apiChecks(sites: readonly string[]): readonly Check<ApiObservations>[] {
  return [
    {
      name: 'host',
      isVital: true,
      attempt: ({ url, hasResponded, error }) => {
        if (isLookupFailure(error)) throw error;
        return hasResponded || isConnectionError(error) ? `${url.hostname} resolves` : undefined;
      },
    },
    {
      name: 'connection',
      isVital: true,
      attempt: ({ url, hasResponded, error }) => {
        if (!hasResponded) throw error;
        return url.protocol === 'https:' ? 'certificate valid' : 'plain http: to this machine';
      },
    },
    { name: 'clock', attempt: ({ clockAhead }) => (clockAhead === undefined ? undefined : compareClocks(clockAhead)) },
    {
      name: 'answer',
      isVital: true,
      attempt: ({ isReachable, error }) => {
        if (!isReachable && !(error instanceof KeyRejectedError)) throw error;
        return 'API reachable';
      },
    },
    {
      name: 'key',
      isVital: true,
      attempt: ({ isReachable, error }) => {
        if (!isReachable) throw error;
        return 'accepted';
      },
    },
    ...sites.map((site) => ({
      name: `site ${site}`,
      attempt: ({ sites }: ApiObservations) => {
        const result = sites.get(site);
        if (!result) return undefined;
        if (!isLoaded(result)) throw result.error;
        return `${result.info.name}, ${count(result.info.devices.length, 'device')}`;
      },
    })),
  ];
}

function isConnectionError(error: unknown): boolean {
  return error instanceof AttemptError && (error.phase === 'connect' || error.phase === 'tls');
}

/** @throws {ConfigurationError} */
function compareClocks(clockAhead: number): string {
  if (Math.abs(clockAhead) <= MAX_CLOCK_DIFFERENCE_MS) return 'within a minute of the API';
  const difference = `${toDuration(Math.abs(clockAhead))} ${clockAhead > 0 ? 'ahead of' : 'behind'} the API`;
  throw new ConfigurationError(`the clock of this machine is ${difference}`, { hint: 'set the clock of this machine' });
}
