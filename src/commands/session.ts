import type { Client } from '../api/client.ts';
import { openSnapshot, type Snapshot } from '../api/snapshot.ts';
import type { OutageSource } from '../api/source.ts';
import { askForKey } from '../config/ask-for-key.ts';
import { type Configuration, openConfiguration, requireApi, resolveSettings } from '../config/load.ts';
import { SETTINGS, type Settings } from '../config/settings.ts';
import { settle, toRawSetting } from '../config/raw-value.ts';
import type { Environment } from '../platform/environment.ts';
import { InterruptedError, UsageError } from '../domain/errors.ts';
import { exitCodeOf, sharedExitCode } from '../domain/exit-code.ts';
import { type RunDeadline, startRunDeadline } from '../pipeline/run-deadline.ts';
import { once } from '../util/once.ts';
import { canAsk } from '../platform/questions.ts';
import { withNetwork } from '../pipeline/with-network.ts';
import { SANDBOX_DEFAULTS } from '../sandbox/defaults.ts';
import type { Sandbox } from '../sandbox/server.ts';
import { compareInstants } from '../transform/instant.ts';
import { createCutoffRule, type CutoffRule } from '../transform/rule.ts';
import type { Context } from './command.ts';
import { configFlags, type Flags } from './flags.ts';

/** What fetch, preview and submit work with. */
export interface Session {
  readonly settings: Settings;
  readonly rule: CutoffRule;
  readonly lifetime: RunDeadline;
  /** The API, or the sandbox in its place. @throws {ConfigurationError} where none is configured */
  readonly connect: () => Promise<Client>;
  /** Where outages and sites are read from: the snapshot, or else the API. */
  readonly source: OutageSource;
}

/**
 * Opens what the flags ask for, runs the command, and closes everything again however it ends.
 * @param usesApi whether the API is spoken to, so that its URL and key are needed
 * @throws {UsageError} {@link ConfigurationError} and what the run throws
 */
export async function withSession(
  flags: Flags,
  context: Context,
  usesApi: boolean,
  run: (session: Session) => Promise<number>,
): Promise<number> {
  const secrets = usesApi && !flags.sandbox;
  const environment = secrets ? await withNetwork(flags, context.environment) : context.environment;
  const configuration = await openConfiguration(configFlags(flags), environment, { secrets });
  const complete = withKey(configuration, environment);
  return withinDeadline(complete, environment, async (lifetime) =>
    withConfiguration(await complete, lifetime, flags, { ...context, environment }, usesApi, run),
  );
}

/** Within the deadline that is configured; where that cannot be used, which the run has to tell, within the usual one. */
export async function withinDeadline<T>(
  configuration: Promise<Configuration>,
  environment: Environment,
  run: (lifetime: RunDeadline) => Promise<T>,
): Promise<T> {
  const deadline = await configuration
    .then(({ settings }) => settings.deadline())
    .catch(() => settle('deadline', undefined));
  const lifetime = startRunDeadline(environment, deadline.value);
  try {
    return await run(lifetime);
  } finally {
    lifetime.end();
  }
}

/** As `withSession`, where the configuration is read and the lifetime has begun already. */
export async function withConfiguration(
  configuration: Configuration,
  lifetime: RunDeadline,
  flags: Flags,
  context: Context,
  usesApi: boolean,
  run: (session: Session) => Promise<number>,
): Promise<number> {
  const { environment, reporter } = context;
  let sandbox: Sandbox | undefined;
  let snapshot: Snapshot | undefined;
  try {
    const settings = await resolveSettings(configuration, lifetime.signal);
    if (settings.apiKey.value !== undefined) context.registerSecret(settings.apiKey.value);
    const { cutoff, cutoffInclusive, timeout, retries, retryPost } = settings;
    const rule = createCutoffRule(cutoff.value, cutoffInclusive.value, environment.clock.now());
    if (flags.sandbox && usesApi) sandbox = await startEmbeddedSandbox(settings);
    const api = sandbox ? { apiUrl: sandbox.url, apiKey: sandbox.apiKey } : usesApi ? requireApi(settings) : undefined;
    const limits = { timeout: timeout.value, retries: retries.value, retryPost: retryPost.value, ...lifetime };
    const connect = async (): Promise<Client> => {
      const access = api ?? requireApi(settings);
      // With it comes the platform's fetch, which takes longer to load than all else: not for those who need no API.
      const { createClient } = await import('../api/client.ts');
      return createClient({ ...access, ...limits }, environment, reporter.tell);
    };
    const openNamed = async (path: string): Promise<OutageSource> => {
      snapshot = await openSnapshot(path, environment, lifetime.signal, reporter.tell);
      assertCovers(snapshot, rule, path);
      return snapshot;
    };
    const path = flags.snapshot;
    const source = path === undefined ? await connect() : openLazily(() => openNamed(path));
    return await run({ settings, rule, lifetime, connect, source });
  } finally {
    await snapshot?.close();
    await sandbox?.close();
  }
}

/** A key that alone is missing is asked for at a terminal; elsewhere `requireApi` says how to give it. */
async function withKey(configuration: Configuration, environment: Environment): Promise<Configuration> {
  const { credentials } = configuration;
  if (!credentials.apiUrl || credentials.apiKey || !canAsk(environment)) return configuration;
  const typed = await askForKey(environment);
  if (!typed) return configuration;
  const apiKey = () => Promise.resolve(settle('apiKey', toRawSetting(typed)));
  const settings = { ...configuration.settings, apiKey };
  return { ...configuration, settings };
}

/** The source, opened when it is first asked: where it cannot be opened, each site has that for its failure. */
function openLazily(open: () => Promise<OutageSource>): OutageSource {
  const opened = once(open);
  return {
    siteInfo: async (site) => (await opened()).siteInfo(site),
    outages: async (wanted, start) => (await opened()).outages(wanted, start),
  };
}

/** The sites that were asked for. @throws {UsageError} where there are none */
export function requireSites({ sites }: Settings): readonly string[] {
  if (sites.value.length > 0) return sites.value;
  const { flags, variable } = SETTINGS.sites;
  throw new UsageError('no site was given', {
    hint: `give ${flags.join(' or ')}, set ${variable}, or write sites into a configuration file`,
  });
}

/**
 * The exit code of a run over sites: 130 or 143 where a signal kept one from its end, else what they share.
 * @param errors one a site; undefined where the site succeeded
 */
export function exitCodeOfSites(errors: readonly unknown[], { signal }: RunDeadline): number {
  const failed = errors.filter((error) => error !== undefined);
  if (failed.length > 0 && signal.reason instanceof InterruptedError) return exitCodeOf(signal.reason);
  return sharedExitCode(errors.map((error) => (error === undefined ? 0 : exitCodeOf(error))));
}

/** Judges by the cutoff of this run: it stands for an API that wants just this. */
async function startEmbeddedSandbox({ cutoff, cutoffInclusive }: Settings): Promise<Sandbox> {
  const { startSandbox } = await import('../sandbox/server.ts');
  return startSandbox({ ...SANDBOX_DEFAULTS, port: 0, cutoff: cutoff.value, cutoffInclusive: cutoffInclusive.value });
}

/** A snapshot that was narrowed by a cutoff holds no list for an earlier one. @throws {UsageError} */
function assertCovers({ filter: narrowedBy }: Snapshot, rule: CutoffRule, path: string): void {
  if (!narrowedBy) return;
  const held = createCutoffRule(narrowedBy.cutoff, narrowedBy.cutoffInclusive, 0);
  const order = compareInstants(rule.cutoff, held.cutoff);
  if (order > 0 || (order === 0 && (held.cutoffInclusive || !rule.cutoffInclusive))) return;
  throw new UsageError(`--snapshot ${path} holds only outages since its own cutoff, ${narrowedBy.cutoff}`, {
    hint: `the list for the cutoff ${rule.cutoffText} needs earlier ones: fetch again without --cutoff`,
  });
}
