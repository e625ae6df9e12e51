/**
 * kraken-outages as a library: what the commands do, without the command line.
 *
 *     import { connect } from 'kraken-outages';
 *
 *     const kraken = connect({ apiUrl: 'https://…/v1', apiKey });
 *     for await (const receipt of kraken.submit(['norwich-pear-tree'])) console.log(receipt.outcome);
 */
import { type Client, createClient } from './api/client.ts';
import { mapConcurrently } from './util/concurrency.ts';
import { type SettingDefinition, SETTINGS, type SettingName } from './config/settings.ts';
import { check } from './config/raw-value.ts';
import { createFetch } from './api/http/create-fetch.ts';
import { createEnvironment } from './platform/create-environment.ts';
import type { EventSink } from './domain/events.ts';
import { startRunDeadline } from './pipeline/run-deadline.ts';
import { buildLists, type SiteResult } from './pipeline/build-lists.ts';
import { once } from './util/once.ts';
import { withNetwork } from './pipeline/with-network.ts';
import type { Receipt } from './domain/receipt.ts';
import { submitList } from './pipeline/submit-list.ts';
import { createCutoffRule, type CutoffRule } from './transform/rule.ts';

export { createIdIndex, type IdIndex } from './api/json-reader/id-index.ts';
export {
  type ArrayReading,
  createJsonReader as createReader,
  type FoundElement,
  type JsonReader as Reader,
  type JsonShape as Shape,
} from './api/json-reader/json-reader.ts';
export * from './domain/errors.ts';
export type * from './domain/events.ts';
export { EXIT_CODES, exitCodeOf } from './domain/exit-code.ts';
export {
  hasList as isPlanned,
  type BuiltList as PlannedList,
  type SiteResult as SitePlan,
} from './pipeline/build-lists.ts';
export type { Outcome, Receipt } from './domain/receipt.ts';
export type { FailedSite } from './pipeline/load-sites.ts';
export { compareInstants, type Instant, parseInstant } from './transform/instant.ts';
export type { Device, Outage, SiteInfo, SiteList, SiteOutage } from './transform/outage.ts';
export {
  attachName,
  createCutoffRule as createRule,
  applyCutoff as judge,
  type CutoffRule as Rule,
  serialize,
  type CutoffDecision as Verdict,
} from './transform/rule.ts';

/** As the command line's flags; what is left out has the same default. */
export interface ConnectOptions {
  readonly apiUrl: string;
  readonly apiKey: string;
  /** RFC 3339. */
  readonly cutoff?: string;
  readonly cutoffInclusive?: boolean;
  /** Milliseconds that headers may take, and that a body may be silent. */
  readonly timeout?: number;
  /** Milliseconds that each call may take, retries included. */
  readonly deadline?: number;
  /** Attempts after the first, at most. */
  readonly retries?: number;
  readonly retryPost?: 'always' | 'safe' | 'never';
  /** How many requests may be under way at once. */
  readonly concurrency?: number;
  /** The proxy to connect through, "" for none; in place of `HTTPS_PROXY` and `HTTP_PROXY`. Not for hosts in `NO_PROXY`. */
  readonly proxy?: string;
  /** A file with the certificates, in PEM, of authorities to trust beside those that Node trusts. */
  readonly caFile?: string;
  /** Ends whatever is under way, with its reason. */
  readonly signal?: AbortSignal;
  /** Told of attempts, progress and notices. */
  readonly tell?: EventSink;
}

export interface Kraken {
  /** For each site, in their order: the list that `submit` would send, or why there is none. */
  preview(sites: readonly string[]): Promise<readonly SiteResult[]>;
  /** Sends each site its list; a receipt for each, in their order. */
  submit(sites: readonly string[]): AsyncGenerator<Receipt, void, undefined>;
}

const SOURCE = { kind: 'file', label: 'connect()' } as const;

/**
 * What goes by the network is looked at by the first call, which fails where the proxy or the file cannot be used.
 * @throws {ConfigurationError} where another option is not sound
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
  const deadline = checked('deadline', SETTINGS.deadline, inMilliseconds(options.deadline));
  const concurrency = checked('concurrency', SETTINGS.concurrency, options.concurrency?.toString());
  const cutoff = checked('cutoff', SETTINGS.cutoff, options.cutoff);
  const { tell = () => undefined } = options;
  const environment = createEnvironment(createFetch);
  const { clock } = environment;
  const connected = once(() => withNetwork(options, environment, { proxy: SOURCE, caFile: SOURCE }));

  /** Runs the work within its deadline; signals are the calling program's own business. */
  async function* within<T>(
    work: (client: Client, rule: CutoffRule) => AsyncIterable<T>,
  ): AsyncGenerator<T, void, undefined> {
    const lifetime = startRunDeadline({ clock, onSignal: () => () => undefined }, deadline);
    const signal = options.signal ? AbortSignal.any([options.signal, lifetime.signal]) : lifetime.signal;
    const rule = createCutoffRule(cutoff, options.cutoffInclusive ?? false, clock.now());
    try {
      const world = await connected();
      yield* work(createClient({ ...api, deadlineAt: lifetime.deadlineAt, signal }, world, tell), rule);
    } finally {
      lifetime.end();
    }
  }

  return {
    async preview(sites) {
      const plans: SiteResult[] = [];
      const all = within(async function* (client, rule) {
        yield* await buildLists(distinct(sites), client, rule, concurrency, tell);
      });
      for await (const plan of all) plans.push(plan);
      return plans;
    },
    submit: (sites) =>
      within(async function* (client, rule) {
        const plans = await buildLists(distinct(sites), client, rule, concurrency, tell);
        const monotonic = (): number => clock.monotonic();
        for await (const { receipt } of mapConcurrently(plans, concurrency, (plan) =>
          submitList(plan, client, rule, monotonic),
        )) {
          yield receipt;
        }
      }),
  };
}

/** @throws {ConfigurationError} where one cannot be an id */
function distinct(sites: readonly string[]): readonly string[] {
  return [...new Set(sites)].map((text) => check('sites', SETTINGS.sites, { text, source: SOURCE }).value);
}
