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
import { assertKeyLength } from './config/load.ts';
import { check } from './config/raw-value.ts';
import { type SettingDefinition, type SettingName, SETTINGS } from './config/settings.ts';
import type { EventSink } from './domain/events.ts';
import type { Receipt } from './domain/receipt.ts';
import { buildLists, type BuildOptions, type SiteResult } from './pipeline/build-lists.ts';
import { startRunDeadline } from './pipeline/run-deadline.ts';
import { submitList } from './pipeline/submit-list.ts';
import { withNetwork } from './pipeline/with-network.ts';
import { createEnvironment } from './platform/create-environment.ts';
import { createCutoffRule } from './transform/rule.ts';
import { createConcurrencyLimit } from './util/concurrency-limit.ts';
import { mapConcurrently } from './util/concurrency.ts';
import { once } from './util/once.ts';

export * from './domain/errors.ts';
export type * from './domain/events.ts';
export { EXIT_CODES, exitCodeOf } from './domain/exit-code.ts';
export type { Outcome, Receipt } from './domain/receipt.ts';
export { type BuiltList, hasList, type SiteResult } from './pipeline/build-lists.ts';
export type { FailedSite } from './pipeline/load-sites.ts';
export type { Device, Outage, SiteInfo, SiteList, SiteOutage } from './transform/outage.ts';

/** Options have the same defaults as the command line's flags. */
export interface ConnectOptions {
  readonly apiUrl: string;
  readonly apiKey: string;
  /** RFC 3339. */
  readonly cutoff?: string;
  /** Keeps outages that began exactly at the cutoff. */
  readonly cutoffInclusive?: boolean;
  /** Time limit in milliseconds for a response to start, and between its chunks. */
  readonly timeout?: number;
  /** Time limit in milliseconds for each call, retries included. */
  readonly deadline?: number;
  /** Maximum number of retries per request. */
  readonly retries?: number;
  readonly retryPost?: 'always' | 'safe' | 'never';
  /** Maximum number of concurrent requests; `auto`, the default, for as many as raise the throughput. */
  readonly concurrency?: number | 'auto';
  /** Proxy URL ("" disables), in place of `HTTPS_PROXY` and `HTTP_PROXY`; `NO_PROXY` is honoured. */
  readonly proxy?: string;
  /** Path of a PEM file with additional CA certificates. */
  readonly caFile?: string;
  /** Aborts running calls, which then fail with its reason. */
  readonly signal?: AbortSignal;
  /** Receives attempts, progress and notices. */
  readonly onEvent?: EventSink;
}

export interface Kraken {
  /** Returns for each site, in their order, the list that `submit` would send, or the error that prevents it. */
  preview(sites: readonly string[]): Promise<readonly SiteResult[]>;
  /**
   * Submits each site's list and yields one receipt per site, in their order. Leaving the loop early waits for the
   * submissions that are running and sends nothing more.
   */
  submit(sites: readonly string[]): AsyncGenerator<Receipt, void, undefined>;
}

const SOURCE = { kind: 'file', label: 'connect()' } as const;

/**
 * Checks the options; nothing is sent before the first call, which fails if the proxy or the CA file cannot be used.
 * @throws {ConfigurationError} if an option is invalid
 */
export function connect(options: ConnectOptions): Kraken {
  const checked = <T>(
    name: SettingName,
    definition: Pick<SettingDefinition<T>, 'schema' | 'hint' | 'fallback'>,
    text = definition.fallback ?? '',
  ): T => check(name, definition, { text, source: SOURCE }).value;
  const inMilliseconds = (time: number | undefined): string | undefined => (time === undefined ? time : `${time}ms`);
  const api = {
    apiUrl: checked('apiUrl', SETTINGS.apiUrl, options.apiUrl),
    apiKey: checked('apiKey', SETTINGS.apiKey, options.apiKey),
    timeout: checked('timeout', SETTINGS.timeout, inMilliseconds(options.timeout)),
    retries: checked('retries', SETTINGS.retries, options.retries?.toString()),
    retryPost: checked('retryPost', SETTINGS.retryPost, options.retryPost),
  };
  assertKeyLength(api.apiUrl, api.apiKey, SOURCE);
  const deadline = checked('deadline', SETTINGS.deadline, inMilliseconds(options.deadline));
  const concurrency = checked('concurrency', SETTINGS.concurrency, options.concurrency?.toString());
  const cutoff = checked('cutoff', SETTINGS.cutoff, options.cutoff);
  const { onEvent: emit = () => undefined } = options;
  const environment = createEnvironment(createFetch);
  const { clock } = environment;
  const connected = once(() => withNetwork(options, environment, { proxy: SOURCE, caFile: SOURCE }));

  /** Runs the work within its deadline; signals are the calling program's own business. */
  async function* withinDeadline<T>(
    work: (client: Client, options: BuildOptions) => AsyncIterable<T>,
  ): AsyncGenerator<T, void, undefined> {
    const running = startRunDeadline({ clock, onSignal: () => () => undefined }, deadline);
    const signal = options.signal ? AbortSignal.any([options.signal, running.signal]) : running.signal;
    const rule = createCutoffRule(cutoff, options.cutoffInclusive ?? false, clock.now());
    try {
      const reachable = await connected();
      const client = createClient({ ...api, deadlineAt: running.deadlineAt, signal }, reachable, emit);
      const limit = createConcurrencyLimit(concurrency, () => clock.monotonic());
      yield* work(client, { rule, concurrency: limit, emit, signal });
    } finally {
      running.end();
    }
  }

  return {
    async preview(sites) {
      const results: SiteResult[] = [];
      const all = withinDeadline(async function* (client, buildOptions) {
        yield* await buildLists(distinct(sites), client, buildOptions);
      });
      for await (const result of all) results.push(result);
      return results;
    },
    submit: (sites) =>
      withinDeadline(async function* (client, buildOptions) {
        const results = await buildLists(distinct(sites), client, buildOptions);
        const submitOptions = { ...buildOptions, monotonic: () => clock.monotonic() };
        for await (const { receipt } of mapConcurrently(results, buildOptions.concurrency, (result) =>
          submitList(result, client, submitOptions),
        )) {
          yield receipt;
        }
      }),
  };
}

/** @throws {ConfigurationError} if a site id is invalid */
function distinct(sites: readonly string[]): readonly string[] {
  return [...new Set(sites)].map((text) => check('sites', SETTINGS.sites, { text, source: SOURCE }).value);
}
