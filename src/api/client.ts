import { InvalidDataError, KeyRejectedError, messageOf, NotJsonError, UnreachableError } from '../domain/errors.ts';
import type { EventSink } from '../domain/events.ts';
import type { Clock } from '../platform/clock.ts';
import type { Environment } from '../platform/environment.ts';
import { assertWebAssemblyMemory } from '../platform/web-assembly-memory.ts';
import { abortableChunks, createAbortController } from '../util/abort.ts';
import { redact } from '../util/redact.ts';
import { createRunId } from '../util/run-id.ts';
import { sha256Of } from '../platform/sha256.ts';
import { quote } from '../util/text.ts';
import { type ApiResponse, attempt, type RequestBody } from './attempt.ts';
import { AttemptError, isTransient, wasDefinitelyNotProcessed, withAttempts } from './attempt-error.ts';
import { looksLikeError } from './body-text.ts';
import { createDeadlineReserve } from './deadline-reserve.ts';
import { createTransportState } from './http/transport-state.ts';
import { readPrefix, toResponseError } from './read-body.ts';
import { readOutages } from './read-outages.ts';
import { readSiteInfo, WrongSiteError } from './read-site-info.ts';
import { withRetries } from './retry.ts';
import type { OutageSource } from './source.ts';
import { type Payload, type Submission, type SubmissionTracker, trackSubmission } from './submission.ts';
import { createThrottling, type Throttling } from './throttling.ts';

export interface ClientOptions {
  /** Without a trailing slash. */
  readonly apiUrl: string;
  readonly apiKey: string;
  /** Called when the API rejects the key. Returns another one to go on with, or undefined to give up. */
  readonly renewKey?: () => Promise<string | undefined>;
  /** Milliseconds for a response to start, and between chunks of its body. */
  readonly timeout: number;
  /** Maximum number of attempts after the first. */
  readonly retries: number;
  readonly retryPost: 'always' | 'safe' | 'never';
  /** Returns when the whole run must have ended, on the monotonic clock, milliseconds. */
  readonly deadlineAt: () => number;
  /** Deadline and interrupts; its reason ends whatever is under way. */
  readonly signal: AbortSignal;
  /** The same for all parts of one run, also on several machines; another run has another. Random by default. */
  readonly runId?: string;
  /** Number of requests of the whole run, to estimate its end under a rate limit; unknown by default. */
  readonly plannedRequests?: number;
  /** Shared with other clients; one of its own by default. */
  readonly throttling?: Throttling;
}

export interface Client extends OutageSource {
  readonly apiUrl: string;
  /** Requests the outages, without reading them, to find out whether the API is there and accepts the key. */
  probe(): Promise<void>;
  /** Submits the list of a site, and retries as configured. It never throws: the submission says how it ended. */
  submit(site: string, payload: Payload): Promise<Submission>;
}

/** Milliseconds to wait for the body of a response whose status alone matters. */
const DRAIN_MS = 1000;

interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: RequestBody;
  readonly headers?: Readonly<Record<string, string>>;
  readonly mayRepeat?: (error: unknown) => boolean;
  readonly tracker?: SubmissionTracker;
  /** Progress events name it from the start of each attempt. */
  readonly task?: string;
  /** The latest time to start an attempt, on the monotonic clock, milliseconds; by default the deadline. */
  readonly lastStart?: () => number;
  /** Ends the request besides the client's own signal. */
  readonly unneeded?: AbortSignal | undefined;
  /**
   * Whether it gets a connection of its own. On one that has served before, an unrequested second response could be taken
   * for the response to this request; only a site info says whose it is.
   */
  readonly freshConnection?: () => boolean;
}

type ReadResponse<Result> = (response: ApiResponse, attempt: number) => Promise<Result>;

/**
 * Returns a client for the three endpoints of the API, with one retry policy.
 * @throws {ConfigurationError} if the process may not use enough virtual memory
 */
export function createClient(
  options: ClientOptions,
  environment: Pick<Environment, 'clock' | 'random' | 'fetch'>,
  emit: EventSink,
): Client {
  assertWebAssemblyMemory();
  const { clock, fetch } = environment;
  const { timeout } = options;
  let { apiKey } = options;
  let renewal: Promise<boolean> | undefined;
  const hide = (text: string): string => redact(text, [apiKey]);
  const reserve = createDeadlineReserve(options.deadlineAt, clock.monotonic());
  const throttling = options.throttling ?? createThrottling(environment, options.plannedRequests ?? 0, emit);
  let { runId } = options;

  /** Whether there is another key than the rejected one, for which all requests that were rejected ask together. */
  function hasOtherKey(rejected: string): Promise<boolean> {
    if (apiKey !== rejected) return Promise.resolve(true);
    return (renewal ??= askForOtherKey().finally(() => (renewal = undefined)));
  }

  async function askForOtherKey(): Promise<boolean> {
    const key = await options.renewKey?.();
    if (key !== undefined) apiKey = key;
    return key !== undefined;
  }

  /** Repeats the request until `read` accepts a response of status 200, or the policy gives up. */
  async function call<Result>(request: Call, read: ReadResponse<Result>): Promise<Result> {
    for (;;) {
      const key = apiKey;
      try {
        return await callWith(key, request, read);
      } catch (error) {
        if (!(options.renewKey && error instanceof KeyRejectedError && (await hasOtherKey(key)))) throw error;
      }
    }
  }

  function callWith<Result>(usedKey: string, call: Call, read: ReadResponse<Result>): Promise<Result> {
    const { method, tracker, unneeded } = call;
    const signal = unneeded ? AbortSignal.any([options.signal, unneeded]) : options.signal;
    const url = options.apiUrl + call.path;
    const headers = { accept: 'application/json', 'x-api-key': usedKey, ...call.headers };
    const where = `${method} ${url}`;
    const { lastStart = options.deadlineAt } = call;
    const policy = { retries: options.retries, deadlineAt: lastStart, signal };
    const firstStart = clock.monotonic();
    let attempts = 0;
    let lastFailure: unknown;
    let start = 0;
    let status: number | undefined;
    let transport = createTransportState();
    const emitAttempt = (number: number, ending: { readonly failure?: string; readonly repeatedIn?: number }): void => {
      const milliseconds = Math.round(clock.monotonic() - start);
      const answered = status === undefined ? {} : { status };
      if (call.task === undefined && status !== undefined) reserve.observe(milliseconds);
      const { retries } = options;
      emit({ type: 'attempt', method, url, attempt: number, retries, milliseconds, ...answered, ...ending });
    };

    return withRetries(
      async (number) => {
        attempts = number;
        start = clock.monotonic();
        status = undefined;
        transport = createTransportState();
        signal.throwIfAborted();
        tracker?.started();
        if (call.task !== undefined) emit({ type: 'progress', task: call.task, attempt: number });
        const attemptHeaders = call.freshConnection?.() ? { connection: 'close', ...headers } : headers;
        const { body } = call;
        const request = { method, url, headers: attemptHeaders, body, timeout, signal, fetch, clock, transport };
        const result = await attempt(request, async (response) => {
          status = response.status;
          tracker?.answered(status);
          if (status !== 200) {
            const error = await toResponseError(response, { method, url, now: clock.now(), secret: usedKey });
            // A list's error is reported in any case, as its status is known.
            if (method === 'GET') signal.throwIfAborted();
            throw error;
          }
          return read(response, number).catch((error: unknown) => {
            throw withRequestContext(error, where, hide);
          });
        });
        throttling.passed(start);
        emitAttempt(number, {});
        return result;
      },
      policy,
      {
        mayRepeat: call.mayRepeat ?? isTransient,
        async turn(isRetry) {
          await throttling.turn(isRetry, signal);
          if (clock.monotonic() > lastStart()) throw isRetry ? lastFailure : tooLateError();
        },
        failed(error, number, repeatedIn) {
          lastFailure = error;
          throttling.failed(error, start, repeatedIn !== undefined);
          tracker?.failed(error, !transport.isConnecting);
          emitAttempt(number, {
            failure: messageOf(error).replace(`${where}: `, ''),
            ...(repeatedIn !== undefined && { repeatedIn }),
          });
        },
      },
      environment,
    )
      .catch((error: unknown) => {
        throw withAttempts(error, attempts, clock.monotonic() - firstStart);
      })
      .finally(() => {
        throttling.finished();
      });
  }

  /** Reads what is left of the response to an accepted list, and warns if it looks like an error. */
  async function readAccepted(site: string, response: ApiResponse): Promise<void> {
    const text = new TextDecoder().decode(await readPrefixInTime(response, clock));
    if (!looksLikeError(text)) return;
    emit({
      type: 'notice',
      site,
      message: `the API answered 200, but its response looks like an error: ${quote(hide(text.trim()))}`,
      hint: "a 200 counts as accepted; if in doubt, check with the API's operators",
    });
  }

  return {
    apiUrl: options.apiUrl,

    siteInfo(site, readOptions) {
      let mismatches = 0;
      return call(
        {
          method: 'GET',
          path: `/site-info/${encodeURIComponent(site)}`,
          // A response to another request, left over on a connection, costs one retry. Twice, it is the API's own response.
          freshConnection: () => mismatches > 0,
          mayRepeat: (error) => isTransient(error) || (isWrongSite(error) && mismatches === 1),
        },
        async (response) => {
          const info = await readSiteInfo(response.chunks(), readOptions);
          if (info.id === site) return info;
          mismatches++;
          response.closeConnection();
          throw new WrongSiteError(site, info.id);
        },
      );
    },

    outages: (startVisitor, unneeded) =>
      call(
        { method: 'GET', path: '/outages', task: 'outages', freshConnection: ALWAYS, unneeded },
        async (response, attempt) => {
          const visitor = await startVisitor();
          const length = lengthOf(response);
          const counts = await readOutages(response.chunks(), visitor, (progress) => {
            emit({ type: 'progress', task: 'outages', attempt, ...progress, ...length });
          });
          return { visitor, counts };
        },
      ),

    probe: () => call({ method: 'GET', path: '/outages' }, () => Promise.resolve()),

    async submit(site, payload) {
      runId ??= createRunId(() => environment.random());
      const tracker = trackSubmission();
      try {
        await call(
          {
            method: 'POST',
            path: `/site-outages/${encodeURIComponent(site)}`,
            body: payload,
            headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey(runId, site, payload) },
            mayRepeat: MAY_REPEAT_POST[options.retryPost],
            tracker,
            freshConnection: ALWAYS,
            lastStart: () => options.deadlineAt() - reserve.milliseconds(),
          },
          (response) => readAccepted(site, response).catch(() => undefined),
        );
        return { ...tracker.state(), error: undefined };
      } catch (error) {
        return { ...tracker.state(), error };
      }
    },
  };
}

function tooLateError(): UnreachableError {
  return new UnreachableError('the deadline is too near to send the list and wait for the response', {
    hint: 'allow more time with --deadline, or try again later',
  });
}

const ALWAYS = (): boolean => true;

/** Whether the error is, behind its context, a {@link WrongSiteError}. */
function isWrongSite(error: unknown): boolean {
  return error instanceof InvalidDataError && error.cause instanceof WrongSiteError;
}

const MAY_REPEAT_POST = {
  always: isTransient,
  safe: (error: unknown) => isTransient(error) && wasDefinitelyNotProcessed(error),
  never: () => false,
};

/**
 * Returns a key that is the same for every attempt at a list within a run. Another run has another key: an API that
 * remembers keys would otherwise repeat an old response, and keep a newer list in force.
 */
function idempotencyKey(runId: string, site: string, { sha256 }: Payload): string {
  return sha256Of([runId, site, sha256].join('\0'));
}

/** Reads the start of the body, for a moment only. */
function readPrefixInTime(response: ApiResponse, clock: Clock): Promise<Uint8Array> {
  const controller = createAbortController();
  const stopTimer = clock.after(DRAIN_MS, () => {
    controller.abort(new AttemptError('the response stalled', { phase: 'body' }));
  });
  return readPrefix(abortableChunks(response.chunks(), controller.signal)).finally(stopTimer);
}

/** Returns the error with the request that it is about, if it is about invalid data. */
function withRequestContext(error: unknown, where: string, hide: (text: string) => string): unknown {
  if (error instanceof NotJsonError) {
    // It may quote the title of a page, which may repeat the key.
    return new NotJsonError(error.offset, hide(error.problem), where, { hint: INVALID_DATA_HINT });
  }
  if (!(error instanceof InvalidDataError)) return error;
  return new InvalidDataError(`${where}: ${error.message}`, { hint: error.hint ?? INVALID_DATA_HINT, cause: error });
}

const INVALID_DATA_HINT = "check KRAKEN_API_URL and its path; if they are correct, contact the API's operators";

/** Returns how many decoded bytes will arrive, if the response says so. */
function lengthOf({ headers }: ApiResponse): { readonly totalBytes?: number } {
  const length = headers.get('content-length');
  return length === null || headers.has('content-encoding') ? {} : { totalBytes: Number(length) };
}
