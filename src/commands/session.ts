import type { Client } from '../api/client.ts';
import type { Snapshot } from '../api/snapshot.ts';
import type { OutageSource } from '../api/source.ts';
import type { ConfigFile } from '../config/config-file.ts';
import { type Configuration, missingError, openConfiguration, requireApi, resolveSettings } from '../config/load.ts';
import { checkSetting, toRawSetting } from '../config/raw-value.ts';
import { SETTINGS, type Settings } from '../config/settings.ts';
import { deadlineFor } from '../config/value-schemas.ts';
import { InterruptedError, UsageError } from '../domain/errors.ts';
import type { EventSink } from '../domain/events.ts';
import { exitCodeOf, sharedExitCode } from '../domain/exit-code.ts';
import { setConfiguredDeadline, setEarlyDeadline } from '../pipeline/configured-deadline.ts';
import type { RunDeadline } from '../pipeline/run-deadline.ts';
import type { RunFacts } from '../pipeline/submit-list.ts';
import { withNetwork } from '../pipeline/with-network.ts';
import type { Environment } from '../platform/environment.ts';
import { prepareForManyRequests } from '../platform/heap.ts';
import { canAsk } from '../platform/questions.ts';
import { SANDBOX_DEFAULTS } from '../sandbox/defaults.ts';
import type { Sandbox } from '../sandbox/server.ts';
import { compareInstants } from '../transform/instant.ts';
import { createCutoffRule, type CutoffRule } from '../transform/rule.ts';
import { type ConcurrencyLimit, createConcurrencyLimit } from '../util/concurrency-limit.ts';
import { once } from '../util/once.ts';
import { createRunId } from '../util/run-id.ts';
import { visible } from '../util/text.ts';
import type { Context, FlagValues } from './command.ts';
import type { API_FLAGS, CONFIGURATION_FLAGS, INPUT_FLAGS, SELECTION_FLAGS } from './flags.ts';

/** The flags that choose what a session works with; a command leaves out those it does not have. */
export type SessionFlags = Partial<
  FlagValues<typeof SELECTION_FLAGS & typeof INPUT_FLAGS & typeof API_FLAGS & typeof CONFIGURATION_FLAGS>
>;

/** Everything fetch, preview and submit work with. */
export interface Session {
  readonly settings: Settings;
  /** Returns the requested sites; without any, those of the snapshot. @throws {UsageError} if there are none */
  readonly sites: () => Promise<readonly string[]>;
  readonly rule: CutoffRule;
  /** What the receipts of this run have in common. */
  readonly run: RunFacts;
  /** The configuration files in use, the strongest first. */
  readonly files: readonly ConfigFile[];
  /** The API for people: `api.example.com/v1 (profile live)`; undefined for the sandbox within the process. */
  readonly target: string | undefined;
  /** Returns the client of the API, or of the sandbox in its place. @throws {ConfigurationError} if none is configured */
  readonly connect: () => Promise<Client>;
  /** The snapshot if there is one, else the API. */
  readonly source: OutageSource;
  /** Maximum number of sites at once. */
  readonly concurrency: ConcurrencyLimit;
  /** Whether workers call the API, so that this process needs no key. */
  readonly isQueued: boolean;
}

export interface SessionOptions {
  readonly flags: SessionFlags;
  readonly context: Context;
  /** Whether the run calls the API, and so needs its URL and key. */
  readonly usesApi: boolean;
  /** Number of requests that it makes for each site, to estimate its end under a rate limit. */
  readonly requestsPerSite?: number;
  /** Called before anything is logged. */
  readonly prepare?: (session: Session) => Promise<void>;
  /** Whether a configured queue is used, unless the sandbox or a snapshot is. */
  readonly mayQueue?: boolean;
}

/**
 * Opens what the flags ask for, runs the command, and closes everything again however it ends.
 * @throws {UsageError} {@link ConfigurationError} and whatever the run throws
 */
export async function withSession(
  { flags, context, usesApi, requestsPerSite = 1, prepare, mayQueue = false }: SessionOptions,
  run: (session: Session) => Promise<number>,
): Promise<number> {
  const secrets = usesApi && flags.sandbox !== true;
  setEarlyDeadline(context.deadline, flags.deadline);
  const environment = secrets ? await withNetwork(flags, context.environment) : context.environment;
  const queue = mayQueue && secrets && flags.snapshot === undefined;
  const given = { ...flags, siteArguments: context.words };
  const opening = openConfiguration(given, environment, { secrets, queue });
  await setConfiguredDeadline(context.deadline, opening);
  const isQueued = (await opening).credentials.queue !== undefined;
  const configuration = isQueued ? await opening : await withTypedKey(opening, environment);
  const options = {
    flags,
    context: { ...context, environment },
    usesApi,
    requestsPerSite,
    isQueued,
    ...(prepare && { prepare }),
  };
  return withConfiguration(configuration, options, async (session) => {
    await prepareForManyRequests(session.settings.sites.value.length);
    return run(session);
  });
}

/** The parts of the context that a session works with. */
export type SessionContext = Pick<Context, 'environment' | 'reporter' | 'deadline' | 'registerSecret'>;

/** Does what `withSession` does, once the configuration is read and the deadline runs. */
export async function withConfiguration<Result>(
  configuration: Configuration,
  {
    flags,
    context,
    usesApi,
    requestsPerSite = 1,
    prepare,
    isQueued = false,
  }: Omit<SessionOptions, 'context' | 'mayQueue'> & { readonly context: SessionContext; readonly isQueued?: boolean },
  run: (session: Session) => Promise<Result>,
): Promise<Result> {
  const { environment, reporter, deadline } = context;
  let sandbox: Sandbox | undefined;
  let snapshot: Snapshot | undefined;
  try {
    const settings = await resolveSettings(configuration, deadline.signal);
    if (settings.apiKey.value !== undefined) context.registerSecret(settings.apiKey.value);
    const { cutoff, cutoffInclusive, timeout, retries, retryPost } = settings;
    const rule = createCutoffRule(cutoff.value, cutoffInclusive.value, environment.clock.now());
    if (flags.sandbox === true && usesApi) sandbox = await startEmbeddedSandbox(settings);
    if (isQueued && settings.apiUrl.value === undefined) throw missingError(['apiUrl']);
    const isCalled = usesApi && !isQueued;
    const api = sandbox ? { apiUrl: sandbox.url, apiKey: sandbox.apiKey } : isCalled ? requireApi(settings) : undefined;
    const limits = { timeout: timeout.value, retries: retries.value, retryPost: retryPost.value };
    const { signal } = deadline;
    const concurrency = createConcurrencyLimit(settings.concurrency.value, () => environment.clock.monotonic());
    const emit: EventSink = (event) => {
      if (event.type === 'rate-limit') concurrency.throttled();
      reporter.emit(event);
    };
    const requestsOfSites = settings.sites.value.length * requestsPerSite;
    const plannedRequests = flags.snapshot === undefined ? requestsOfSites + 1 : requestsOfSites;
    const runId = createRunId(() => environment.random());
    const connect = once(async (): Promise<Client> => {
      const access = api ?? requireApi(settings);
      // Loads ky and with it the platform's fetch: slower than everything else, so only runs that call the API pay for it.
      const { createClient } = await import('../api/client.ts');
      const isTyped = settings.apiKey.source.kind === 'terminal';
      const options = {
        ...access,
        ...limits,
        ...(isTyped && { renewKey: createKeyRenewal(environment, context) }),
        runId,
        signal,
        deadlineAt: () => deadline.deadlineAt,
        plannedRequests,
      };
      const client = createClient(options, environment, emit);
      if (sandbox) return client;
      const { namingSources } = await import('./naming-sources.ts');
      return namingSources(client, settings);
    });
    const { snapshot: path } = flags;
    const opened =
      path === undefined
        ? undefined
        : once(async () => {
            const { openSnapshot } = await import('../api/snapshot.ts');
            snapshot = await openSnapshot(path, environment, deadline.signal, reporter.emit);
            assertCovers(snapshot, rule, path);
            return snapshot;
          });
    const source = opened || isQueued ? openLazily(opened ?? connect) : await connect();
    const sites = async (): Promise<readonly string[]> => {
      const { value } = settings.sites;
      const requested = value.length > 0 ? value : ((await opened?.())?.sites ?? []);
      if (requested.length === 0) throw noSites();
      const { value: limit } = settings.deadline;
      // Workers limit their jobs. The run has no limit unless somebody asked for it.
      deadline.setLimit(isQueued && limit === 'auto' ? Number.POSITIVE_INFINITY : deadlineFor(limit, requested.length));
      return requested;
    };
    const facts = {
      id: runId,
      api: sandbox ? 'sandbox' : (settings.apiUrl.value ?? ''),
      now: () => environment.clock.now(),
    };
    const target = flags.sandbox === true ? undefined : describeTarget(settings, configuration.profile.value);
    const { files } = configuration;
    const session = { settings, sites, rule, run: facts, files, target, connect, source, concurrency, isQueued };
    await prepare?.(session);
    const untrusted = await configuration.untrustedSettings();
    if (untrusted !== undefined) {
      reporter.emit({
        type: 'notice',
        message: `using settings from an untrusted configuration file: ${untrusted}`,
        hint: 'to trust the file, run: kraken-outages config trust',
      });
    }
    for (const { warning } of await configuration.checkKeyPermissions()) {
      if (warning !== undefined) reporter.emit({ type: 'notice', message: warning });
    }
    return await run(session);
  } finally {
    await snapshot?.close();
    await sandbox?.close();
  }
}

function describeTarget({ apiUrl }: Settings, profile: string | undefined): string {
  const address = (apiUrl.value ?? '').replace(/^https?:\/\//, '');
  return profile === undefined ? address : `${address} (profile ${visible(profile)})`;
}

/** Asks for the key at a terminal if only the key is missing; elsewhere `requireApi` says how to give it. */
async function withTypedKey(opening: Promise<Configuration>, environment: Environment): Promise<Configuration> {
  const configuration = await opening;
  const { credentials } = configuration;
  if (!credentials.apiUrl || credentials.apiKey || !canAsk(environment)) return configuration;
  const { askForKey } = await import('../config/ask-for-key.ts');
  const typed = await askForKey(environment);
  if (!typed) return configuration;
  const apiKey = () => Promise.resolve(checkSetting('apiKey', toRawSetting(typed)));
  const settings = { ...configuration.settings, apiKey };
  return { ...configuration, settings };
}

/** How often a typed key that the API rejects is asked for again. */
const MAX_KEY_RENEWALS = 2;

/** Returns a function that asks for another key, a few times. */
function createKeyRenewal(
  environment: Environment,
  { reporter, registerSecret }: Pick<SessionContext, 'reporter' | 'registerSecret'>,
): () => Promise<string | undefined> {
  let left = MAX_KEY_RENEWALS;
  return async () => {
    if (left === 0) return undefined;
    left--;
    await reporter.pause();
    const { askForKey } = await import('../config/ask-for-key.ts');
    const typed = await askForKey(environment, 'The API rejects the key. API key (hidden)');
    if (!typed) return undefined;
    registerSecret(typed.text);
    return checkSetting('apiKey', toRawSetting(typed)).value;
  };
}

/** Opens the source when it is first used, so that a source that cannot be opened fails each site. */
function openLazily(opened: () => Promise<OutageSource>): OutageSource {
  return {
    siteInfo: async (site) => (await opened()).siteInfo(site),
    outages: async (...args) => (await opened()).outages(...args),
  };
}

function noSites(): UsageError {
  const { flags, variable } = SETTINGS.sites;
  return new UsageError('no site was given', {
    hint: `name one, use ${flags.join(' or ')}, set ${variable}, or add sites to a configuration file`,
  });
}

/**
 * Returns the exit code of a run over sites: that of the signal if a signal kept a site from its end, else the shared one.
 * @param errors one per site; undefined for a site that succeeded
 */
export function exitCodeOfSites(errors: readonly unknown[], { signal }: RunDeadline): number {
  const failed = errors.filter((error) => error !== undefined);
  if (failed.length > 0 && signal.reason instanceof InterruptedError) return exitCodeOf(signal.reason);
  return sharedExitCode(errors.map((error) => (error === undefined ? 0 : exitCodeOf(error))));
}

/** Starts a sandbox that expects the list for the cutoff of this run. */
async function startEmbeddedSandbox({ cutoff, cutoffInclusive }: Settings): Promise<Sandbox> {
  const { startSandbox } = await import('../sandbox/server.ts');
  return startSandbox({ ...SANDBOX_DEFAULTS, port: 0, cutoff: cutoff.value, cutoffInclusive: cutoffInclusive.value });
}

/** Checks that a snapshot fetched with a cutoff holds every outage this run needs. @throws {UsageError} */
function assertCovers({ filter }: Snapshot, rule: CutoffRule, path: string): void {
  if (!filter) return;
  const held = createCutoffRule(filter.cutoff, filter.cutoffInclusive, 0);
  const order = compareInstants(rule.cutoff, held.cutoff);
  if (order > 0 || (order === 0 && (held.cutoffInclusive || !rule.cutoffInclusive))) return;
  throw new UsageError(`--snapshot ${path} holds only outages since its own cutoff, ${filter.cutoff}`, {
    hint: `the cutoff ${rule.cutoffText} needs earlier ones: fetch again without --cutoff`,
  });
}
