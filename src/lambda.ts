/**
 * The AWS Lambda handler. It submits the sites of the event, of an SQS batch, or, for a scheduled event, of the configuration.
 */
import * as v from 'valibot';

import { createFetch } from './api/http/create-fetch.ts';
import { exitCodeOfSites, withConfiguration } from './commands/session.ts';
import { type Configuration, openConfiguration } from './config/load.ts';
import { checkSetting } from './config/raw-value.ts';
import type { ValueSource } from './config/settings.ts';
import { siteIdSchema } from './config/value-schemas.ts';
import { ConfigurationError, KeyRejectedError } from './domain/errors.ts';
import { type Outcome, type Receipt, withoutSecrets } from './domain/receipt.ts';
import { createReporter, type Reporter } from './output/reporter.ts';
import { buildLists } from './pipeline/build-lists.ts';
import { type RunDeadline, startRunDeadline } from './pipeline/run-deadline.ts';
import { submitList, type SubmitResult } from './pipeline/submit-list.ts';
import { withNetwork } from './pipeline/with-network.ts';
import { createEnvironment } from './platform/create-environment.ts';
import type { Environment } from './platform/environment.ts';
import { mapAsDone } from './util/concurrency.ts';
import { once } from './util/once.ts';
import { redact } from './util/redact.ts';
import { toJson, visible } from './util/text.ts';

export type { Outcome, Receipt } from './domain/receipt.ts';

/** The part of Lambda's context object that the handler uses. */
export interface LambdaContext {
  readonly awsRequestId: string;
  readonly getRemainingTimeInMillis: () => number;
}

/** The result of an invocation with `{ sites }`, and of a scheduled one. */
export interface SubmitResponse {
  /** The exit code that `submit` would end with; 0 if every site was accepted. */
  readonly exitCode: number;
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  /** One per site. If they exceed the limit of a response, those of accepted sites are left out first. */
  readonly receipts: readonly Receipt[];
  /** Number of receipts left out; they are in the log. */
  readonly omitted?: number;
}

/** Lambda's response to an SQS batch: the messages to deliver again. */
export interface BatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

export type Handler = (event: unknown, context: LambdaContext) => Promise<SubmitResponse | BatchResponse>;

/** A scheduled invocation did not get every site accepted. Lambda invokes it again, or passes it on as failed. */
export class SitesNotAcceptedError extends Error {
  override readonly name = 'SitesNotAcceptedError';
}

/** Time for the last receipts and the response before Lambda ends the process. */
const MARGIN_MS = 1000;
/** Maximum size of the receipts in a response. Lambda's limit is 6 MB for the whole. */
const MAX_RECEIPTS_BYTES = 5 * 1024 * 1024;
/** Maximum number of sites listed in an error. */
const MAX_LISTED_SITES = 10;

/** Submits the sites of the event. Its settings are read once per container, and again after the API rejects the key. */
export const handler: Handler = createHandler(() => createEnvironment(createFetch));

/** Returns a handler that creates its environment in the first invocation. */
export function createHandler(create: () => Environment): Handler {
  const local = once(() => Promise.resolve(create()));
  const reachable = once(async () => withNetwork({}, await local()));
  const secrets = new Set<string>();
  let cached: Promise<Configuration> | undefined;

  const readConfiguration = async (): Promise<Configuration> =>
    openConfiguration({}, await reachable(), { secrets: true });

  /** Submits the sites, or those of the configuration, and logs each receipt once it is final. */
  async function submit(sites: readonly string[] | undefined, run: Run): Promise<readonly SubmitResult[]> {
    const isKnown = cached !== undefined;
    try {
      const results = await submitWith((cached ??= readConfiguration()), sites, run, isKnown);
      if (!results.some(isKeyRejected)) return results;
      cached = undefined;
      if (!isKnown) return results;
      run.reporter.emit({ type: 'notice', message: 'the API rejected the key: reading the configuration again' });
      return [...results.filter((result) => !isKeyRejected(result)), ...(await submitAgain(results, run))];
    } catch (error) {
      // Read the secrets again if one could not be read.
      cached = undefined;
      throw error;
    }
  }

  /** Submits the sites whose key was rejected with a configuration that is read again. Never throws, so that no result is lost. */
  async function submitAgain(results: readonly SubmitResult[], run: Run): Promise<readonly SubmitResult[]> {
    const rejected = results.filter(isKeyRejected);
    const sites = rejected.map(({ receipt }) => receipt.site);
    try {
      const repeated = await submitWith((cached = readConfiguration()), sites, run, false);
      if (repeated.some(isKeyRejected)) cached = undefined;
      return repeated;
    } catch (error) {
      cached = undefined;
      run.reporter.error(error);
      for (const { receipt } of rejected) await run.log(receipt);
      return rejected;
    }
  }

  async function submitWith(
    opening: Promise<Configuration>,
    sites: readonly string[] | undefined,
    { deadline, limit, reporter, log }: Run,
    isKeyOld: boolean,
  ): Promise<readonly SubmitResult[]> {
    const environment = await reachable();
    const context = {
      environment,
      reporter,
      deadline,
      registerSecret(secret: string) {
        secrets.add(secret);
      },
    };
    const configuration = withLimits(await opening, sites, limit);
    const options = { flags: {}, context, usesApi: true, requestsPerSite: 2 };
    return withConfiguration(configuration, options, async (session) => {
      const { rule, source, concurrency } = session;
      const { signal } = deadline;
      const monotonic = (): number => environment.clock.monotonic();
      const lists = await buildLists(await session.sites(), source, { rule, concurrency, emit: reporter.emit, signal });
      const client = await session.connect();
      const results: SubmitResult[] = [];
      for await (const result of mapAsDone(lists, concurrency, (list) =>
        submitList(list, client, { run: session.run, rule, monotonic, signal }),
      )) {
        const receipt = withoutSecrets(result.receipt, (text) => redact(text, [...secrets]));
        results.push({ ...result, receipt });
        if (!(isKeyOld && isKeyRejected(result))) await log(receipt);
      }
      return results;
    });
  }

  return async (event, { awsRequestId: requestId, getRemainingTimeInMillis: remaining }) => {
    const { clock, env, stdout, stderr } = await local();
    const limit = Math.max(1, remaining() - MARGIN_MS);
    // Lambda's runtime handles signals.
    const deadline = startRunDeadline({ clock, onSignal: () => () => undefined }, limit);
    // Lambda filters lines by level only if they have a timestamp.
    const fields = (timestamp: string): Record<string, string> => ({ timestamp, requestId });
    const reporter = await createReporter(
      { stderr, clock, env },
      {
        format: 'json',
        verbose: ['DEBUG', 'TRACE'].includes(env['AWS_LAMBDA_LOG_LEVEL'] ?? ''),
        quiet: false,
        noColor: true,
        secrets: () => [...secrets],
      },
    );
    reporter.setFields(fields);
    const log = async (receipt: Receipt): Promise<void> => {
      const level = receipt.outcome === 'accepted' ? 'info' : 'error';
      const line = `${toJson({ level, ...fields(receipt.time), ...receipt })}\n`;
      // The result counts even if it cannot be logged.
      await stdout.write(line).catch(() => undefined);
    };
    const run: Run = { deadline, limit, reporter, log };
    try {
      return await respond(readEvent(event), (sites) => submit(sites, run), run);
    } catch (error) {
      if (!(error instanceof SitesNotAcceptedError)) reporter.error(error);
      throw error;
    } finally {
      await reporter.close();
      deadline.end();
    }
  };
}

/** One invocation. */
interface Run {
  readonly deadline: RunDeadline;
  /** Milliseconds from its start. */
  readonly limit: number;
  readonly reporter: Reporter;
  readonly log: (receipt: Receipt) => Promise<void>;
}

interface Message {
  readonly id: string;
  /** Undefined if the body is not a site. */
  readonly site: string | undefined;
}

type Request =
  | { readonly type: 'sites'; readonly sites: readonly string[] }
  | { readonly type: 'batch'; readonly messages: readonly Message[] }
  | { readonly type: 'schedule' };

const sitesSchema = v.object({ sites: v.pipe(v.array(v.string()), v.minLength(1)) });
const batchSchema = v.object({
  Records: v.array(v.object({ eventSource: v.literal('aws:sqs'), messageId: v.string(), body: v.string() })),
});
/** The event of an EventBridge rule, and the default one of EventBridge Scheduler. */
const scheduleSchema = v.object({ source: v.picklist(['aws.events', 'aws.scheduler']) });
const messageSchema = v.object({ site: siteIdSchema });

/** @throws {ConfigurationError} if the event is not supported */
function readEvent(event: unknown): Request {
  if (v.is(batchSchema, event)) {
    return {
      type: 'batch',
      messages: event.Records.map(({ messageId, body }) => ({ id: messageId, site: siteIn(body) })),
    };
  }
  if (v.is(scheduleSchema, event)) return { type: 'schedule' };
  if (v.is(sitesSchema, event)) return { type: 'sites', sites: event.sites };
  throw new ConfigurationError('the event has no sites', {
    hint: 'invoke the function with { "sites": ["norwich-pear-tree"] }, an SQS batch, or a scheduled event',
  });
}

/** Returns the site of a message: its whole text, or `{ "site": … }`. */
function siteIn(body: string): string | undefined {
  const text = body.trim();
  if (!text.startsWith('{')) return v.is(siteIdSchema, text) ? text : undefined;
  try {
    const message: unknown = JSON.parse(text);
    return v.is(messageSchema, message) ? message.site : undefined;
  } catch {
    return undefined;
  }
}

async function respond(
  request: Request,
  submit: (sites: readonly string[] | undefined) => Promise<readonly SubmitResult[]>,
  { deadline, reporter }: Run,
): Promise<SubmitResponse | BatchResponse> {
  if (request.type === 'batch') return respondToBatch(request.messages, submit, reporter);
  const results = await submit(request.type === 'sites' ? request.sites : undefined);
  const response = toResponse(results, deadline);
  if (request.type === 'schedule' && response.exitCode !== 0) throw notAccepted(results);
  return response;
}

async function respondToBatch(
  messages: readonly Message[],
  submit: (sites: readonly string[]) => Promise<readonly SubmitResult[]>,
  reporter: Reporter,
): Promise<BatchResponse> {
  const failed = (message: Message): { readonly itemIdentifier: string } => ({ itemIdentifier: message.id });
  for (const { id, site } of messages) {
    if (site !== undefined) continue;
    const hint = 'send a site id, or { "site": "norwich-pear-tree" }';
    reporter.error(new ConfigurationError(`the SQS message ${id} is not a site`, { hint }));
  }
  const sites = [...new Set(messages.flatMap(({ site }) => site ?? []))];
  const results = sites.length === 0 ? [] : await submit(sites);
  const accepted = new Set(results.filter(isAccepted).map(({ receipt }) => receipt.site));
  const batchItemFailures = messages.filter(({ site }) => site === undefined || !accepted.has(site)).map(failed);
  return { batchItemFailures };
}

function isAccepted({ receipt }: SubmitResult): boolean {
  return receipt.outcome === 'accepted';
}

function isKeyRejected({ error }: SubmitResult): boolean {
  return error instanceof KeyRejectedError;
}

function toResponse(results: readonly SubmitResult[], deadline: RunDeadline): SubmitResponse {
  const outcomes: Partial<Record<Outcome, number>> = {};
  for (const { receipt } of results) outcomes[receipt.outcome] = (outcomes[receipt.outcome] ?? 0) + 1;
  const receipts = withinLimit(results.map(({ receipt }) => receipt));
  const omitted = results.length - receipts.length;
  const exitCode = exitCodeOfSites(
    results.map(({ error }) => error),
    deadline,
  );
  return { exitCode, outcomes, receipts, ...(omitted > 0 && { omitted }) };
}

const PRIORITIES: Readonly<Partial<Record<Outcome, number>>> = { unknown: 0, accepted: 2 };

/** Returns all receipts, or, if they are too large, as many as fit: unknown outcomes first, accepted sites last. */
function withinLimit(receipts: readonly Receipt[]): readonly Receipt[] {
  const priority = ({ outcome }: Receipt): number => PRIORITIES[outcome] ?? 1;
  let left = MAX_RECEIPTS_BYTES;
  const fitting = new Set(
    receipts
      .toSorted((one, other) => priority(one) - priority(other))
      .filter((receipt) => (left -= Buffer.byteLength(JSON.stringify(receipt)) + 1) >= 0),
  );
  return receipts.filter((receipt) => fitting.has(receipt));
}

function notAccepted(results: readonly SubmitResult[]): SitesNotAcceptedError {
  const failed = results.filter((result) => !isAccepted(result)).map(({ receipt }) => receipt);
  const listed = failed.slice(0, MAX_LISTED_SITES).map(({ site, outcome }) => `${visible(site)} (${outcome})`);
  if (failed.length > listed.length) listed.push(`${failed.length - listed.length} more`);
  return new SitesNotAcceptedError(`${failed.length} of ${results.length} sites not accepted: ${listed.join(', ')}`);
}

/** Returns the configuration with the sites of the event, and with a deadline before Lambda's own. */
function withLimits(configuration: Configuration, sites: readonly string[] | undefined, limit: number): Configuration {
  const { settings } = configuration;
  const source: ValueSource = { kind: 'file', label: 'event' };
  return {
    ...configuration,
    settings: {
      ...settings,
      ...(sites && {
        sites: () => Promise.resolve(checkSetting('sites', { items: sites.map((text) => ({ text, source })), source })),
      }),
      deadline: async (signal) => {
        const configured = await settings.deadline(signal);
        return { ...configured, value: configured.value === 'auto' ? limit : Math.min(configured.value, limit) };
      },
    },
  };
}
