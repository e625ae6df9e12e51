/**
 * kraken-outages as a library: preview and submit without the command line.
 *
 *     import { connect } from 'kraken-outages';
 *
 *     const kraken = connect({ apiUrl: 'https://…/v1', apiKey });
 *     for await (const receipt of kraken.submit(['norwich-pear-tree'])) console.log(receipt.outcome);
 */
import { type Client, createClient } from './api/client.ts';
import { createFetch } from './api/http/create-fetch.ts';
import { checkOptions, checkSites, type ConnectOptions } from './config/connect-options.ts';
import { nameOptions, namingOptions, withOptionNames } from './config/option-hints.ts';
import { deadlineFor } from './config/value-schemas.ts';
import type { EventSink } from './domain/events.ts';
import type { Receipt } from './domain/receipt.ts';
import { buildLists, type BuildOptions, hasList, type SiteResult } from './pipeline/build-lists.ts';
import { startRunDeadline } from './pipeline/run-deadline.ts';
import { emitCutoffNotices } from './pipeline/site-notices.ts';
import { submitList, type SubmitOptions } from './pipeline/submit-list.ts';
import { withNetwork } from './pipeline/with-network.ts';
import { createHostEnvironment } from './platform/create-host-environment.ts';
import { createCutoffRule } from './transform/rule.ts';
import { createConcurrencyLimit } from './util/concurrency-limit.ts';
import { mapConcurrently } from './util/concurrency.ts';
import { once } from './util/once.ts';
import { createRunId } from './util/run-id.ts';

export type { ConnectOptions } from './config/connect-options.ts';
export {
  ConfigurationError,
  InvalidDataError,
  KeyRejectedError,
  KrakenOutagesError,
  NotJsonError,
  RefusedError,
  UnknownOutcomeError,
  UnreachableError,
} from './domain/errors.ts';
export type {
  AttemptEvent,
  EventSink,
  NoticeEvent,
  OutcomeCounts,
  ProgressEvent,
  RateLimitEvent,
  RunEvent,
  SiteNoticesEvent,
} from './domain/events.ts';
export { EXIT_CODES, exitCodeOf } from './domain/exit-code.ts';
export type { Outcome, Receipt } from './domain/receipt.ts';
export { type BuiltList, hasList, type SiteResult } from './pipeline/build-lists.ts';
export type { FailedSite } from './pipeline/load-sites.ts';
export type { Device, SiteList, SiteOutage } from './transform/outage.ts';

export interface Kraken {
  /**
   * Returns for each site, in their order, the list that `submit` would send, or the error that prevents it.
   * @throws {ConfigurationError} if a site id is invalid, or the proxy or the CA file cannot be used
   */
  preview(sites: readonly string[]): Promise<readonly SiteResult[]>;
  /**
   * Submits each site's list and yields one receipt per site, in their order. Leaving the loop early waits for the
   * submissions that are running and sends nothing more.
   * @throws {ConfigurationError} if a site id is invalid, or the proxy or the CA file cannot be used
   */
  submit(sites: readonly string[]): AsyncGenerator<Receipt, void, undefined>;
}

const SOURCES = {
  proxy: { kind: 'file', label: 'connect({ proxy })' },
  caFile: { kind: 'file', label: 'connect({ caFile })' },
} as const;

/**
 * Checks the options; nothing is sent before the first call.
 * @throws {ConfigurationError} if an option is invalid
 */
export function connect(options: ConnectOptions): Kraken {
  const { cutoff, cutoffInclusive, deadline, concurrency, proxy, caFile, signal, onEvent, ...api } =
    checkOptions(options);
  const tell = onEvent ? namingOptions(onEvent) : () => undefined;
  const environment = createHostEnvironment(createFetch);
  const { clock } = environment;
  const connected = once(() => withNetwork({ proxy, caFile }, environment, SOURCES));

  /** Runs the work within its deadline; signals are the calling program's own business. */
  async function* withinDeadline<T>(
    { sites, requestsPerSite }: { readonly sites: number; readonly requestsPerSite: number },
    work: (client: Client, options: BuildOptions & Pick<SubmitOptions, 'run'>) => AsyncIterable<T>,
  ): AsyncGenerator<T, void, undefined> {
    const running = startRunDeadline(
      { clock, onSignal: () => () => undefined },
      deadlineFor(deadline ?? 'auto', sites),
    );
    const either = signal ? AbortSignal.any([signal, running.signal]) : running.signal;
    const rule = createCutoffRule(cutoff, cutoffInclusive, clock.now());
    const limit = createConcurrencyLimit(concurrency, () => clock.monotonic());
    const emit: EventSink = (event) => {
      if (event.type === 'rate-limit') limit.throttled();
      tell(event);
    };
    try {
      const reachable = await connected();
      const plannedRequests = sites * requestsPerSite + 1;
      const runId = createRunId(() => environment.random());
      const clientOptions = { ...api, runId, deadlineAt: () => running.deadlineAt, signal: either, plannedRequests };
      const client = createClient(clientOptions, reachable, emit);
      const run = { id: runId, api: api.apiUrl, now: () => clock.now() };
      yield* work(client, { rule, concurrency: limit, emit, signal: either, run });
    } catch (error) {
      throw withOptionNames(error);
    } finally {
      running.end();
    }
  }

  return {
    async preview(given) {
      const sites = checkSites('preview', given);
      const results: SiteResult[] = [];
      const all = withinDeadline({ sites: sites.length, requestsPerSite: 1 }, async function* (client, buildOptions) {
        const built = await buildLists(sites, client, buildOptions);
        emitCutoffNotices(built.filter(hasList), buildOptions.rule, buildOptions.emit);
        yield* built;
      });
      for await (const result of all) {
        results.push(hasList(result) ? result : { ...result, error: withOptionNames(result.error) });
      }
      return results;
    },
    submit(given) {
      const sites = checkSites('submit', given);
      return withinDeadline({ sites: sites.length, requestsPerSite: 2 }, async function* (client, buildOptions) {
        const results = await buildLists(sites, client, buildOptions);
        emitCutoffNotices(results.filter(hasList), buildOptions.rule, buildOptions.emit);
        const submitOptions = { ...buildOptions, monotonic: () => clock.monotonic() };
        for await (const { receipt } of mapConcurrently(results, buildOptions.concurrency, (result) =>
          submitList(result, client, submitOptions),
        )) {
          yield withReceiptHint(receipt);
        }
      });
    },
  };
}

function withReceiptHint(receipt: Receipt): Receipt {
  const { error } = receipt;
  return error?.hint === undefined ? receipt : { ...receipt, error: { ...error, hint: nameOptions(error.hint) } };
}
