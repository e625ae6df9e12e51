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
import type { Check } from './run-checks.ts';

/** What answers show of the other side, whatever they are. */
export interface ResponseObservation {
  readonly isAnswered: boolean;
  /** Milliseconds by which the clock of this machine is ahead of the API's; undefined where that does not say. */
  readonly ahead: number | undefined;
}

/** The same fetch, and what its latest answer shows. */
export function observeResponses({
  fetch,
  clock,
}: Pick<Environment, 'fetch'> & { readonly clock: Pick<Clock, 'now'> }): {
  readonly fetch: typeof globalThis.fetch;
  readonly observed: () => ResponseObservation;
} {
  let observation: ResponseObservation = { isAnswered: false, ahead: undefined };
  return {
    async fetch(...request) {
      const response = await fetch(...request);
      const time = Date.parse(response.headers.get('date') ?? '');
      observation = { isAnswered: true, ahead: Number.isNaN(time) ? undefined : clock.now() - time };
      return response;
    },
    observed: () => observation,
  };
}

/** What the first requests have shown. */
export interface ApiObservations extends ResponseObservation {
  readonly url: URL;
  /** Whether the first request came to its end; what is wrong with its site alone does not count. */
  readonly isReached: boolean;
  /** What kept it from its end. */
  readonly error: unknown;
  readonly sites: ReadonlyMap<string, LoadedSite | FailedSite>;
}

/**
 * Asks for the first site, and for the others only where that reached the API; for the outages where there is no site.
 * @throws {InterruptedError}
 */
export async function observeApi(
  client: Client,
  [first, ...others]: readonly string[],
  concurrency: number,
  tell: EventSink,
): Promise<Omit<ApiObservations, keyof ResponseObservation>> {
  const url = new URL(client.apiUrl);
  if (first === undefined) {
    const error = await client.probe().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error instanceof InterruptedError) throw error;
    return { url, isReached: error === undefined, error, sites: new Map() };
  }
  const [site] = await loadSites([first], client, 1, tell);
  const error = site && !isLoaded(site) ? site.error : undefined;
  if (error instanceof InterruptedError) throw error;
  const isOfSite = error instanceof RefusedError || error instanceof InvalidDataError;
  if (error !== undefined && !isOfSite) return { url, isReached: false, error, sites: new Map() };
  const sites = [site, ...(await loadSites(others, client, concurrency, tell))].filter((each) => each !== undefined);
  return { url, isReached: true, error: undefined, sites: new Map(sites.map((each) => [each.site, each])) };
}

/** Milliseconds that two clocks may differ. */
const TOLERANCE = 60_000;

/** From the first request on, in the order in which one may keep the next from being tried. */
export function apiChecks(sites: readonly string[]): readonly Check<ApiObservations>[] {
  return [
    {
      name: 'host',
      isVital: true,
      attempt: ({ url, isAnswered, error }) => {
        if (isLookupFailure(error)) throw error;
        return isAnswered || isOfConnection(error) ? `${url.hostname} is found` : undefined;
      },
    },
    {
      name: 'connection',
      isVital: true,
      attempt: ({ url, isAnswered, error }) => {
        if (!isAnswered) throw error;
        return url.protocol === 'https:' ? 'TLS holds' : 'plain http:, as it may be within this machine';
      },
    },
    { name: 'clock', attempt: ({ ahead }) => (ahead === undefined ? undefined : compareClocks(ahead)) },
    {
      name: 'answer',
      isVital: true,
      attempt: ({ isReached, error }) => {
        if (!isReached && !(error instanceof KeyRejectedError)) throw error;
        return 'the API is there';
      },
    },
    {
      name: 'key',
      isVital: true,
      attempt: ({ isReached, error }) => {
        if (!isReached) throw error;
        return 'accepted';
      },
    },
    ...sites.map((site) => ({
      name: `site ${site}`,
      attempt: ({ sites }: ApiObservations) => {
        const found = sites.get(site);
        if (!found) return undefined;
        if (!isLoaded(found)) throw found.error;
        return `${found.info.name}, ${count(found.names.size, 'device')}`;
      },
    })),
  ];
}

function isOfConnection(error: unknown): boolean {
  return error instanceof AttemptError && (error.phase === 'connect' || error.phase === 'tls');
}

/** @throws {ConfigurationError} */
function compareClocks(ahead: number): string {
  if (Math.abs(ahead) <= TOLERANCE) return 'within a minute of the API’s';
  const difference = `${toDuration(Math.abs(ahead))} ${ahead > 0 ? 'ahead of' : 'behind'} the API’s`;
  throw new ConfigurationError(`the clock of this machine is ${difference}`, { hint: 'set the clock' });
}
