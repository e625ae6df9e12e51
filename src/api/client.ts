import { createHash } from 'node:crypto';

import type { Clock } from '../platform/clock.ts';
import type { Environment } from '../platform/environment.ts';
import { InvalidDataError, messageOf, NotJsonError } from '../domain/errors.ts';
import type { EventSink } from '../domain/events.ts';
import { type ApiResponse, attempt } from './attempt.ts';
import { readPrefix, readAll, toResponseError } from './read-body.ts';
import { isTransient, wasDefinitelyNotProcessed } from './attempt-error.ts';
import { readOutages } from './read-outages.ts';
import { withRetries } from './retry.ts';
import { decodeSiteInfo, SITE_INFO_LIMIT } from './response-schemas.ts';
import type { OutageSource } from './source.ts';

export interface ClientOptions {
  /** Without a slash at its end. */
  readonly apiUrl: string;
  readonly apiKey: string;
  /** Milliseconds that headers may take, and that a body may be silent. */
  readonly timeout: number;
  /** Attempts after the first, at most. */
  readonly retries: number;
  readonly retryPost: 'always' | 'safe' | 'never';
  /** When the whole run must have ended, on the monotonic clock, milliseconds. */
  readonly deadlineAt: number;
  /** Deadline and interrupts; its reason ends whatever is under way. */
  readonly signal: AbortSignal;
}

export interface Client extends OutageSource {
  readonly apiUrl: string;
  /** Asks for the outages, and leaves once the answer has begun: whether the API is there and takes the key. */
  probe(): Promise<void>;
  /** Posts the list of a site, again where the policy has it so. Every end of it is a submission: it does not throw. */
  submit(site: string, payload: Payload): Promise<Submission>;
}

/** A list as it is sent. */
export interface Payload {
  /** JSON. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Of the bytes, in hexadecimal. */
  readonly sha256: string;
}

/** What became of a list that was to be sent. */
export interface Submission {
  /** The status of the last answer; undefined where none came. */
  readonly status: number | undefined;
  /** How often it was tried to send the list. */
  readonly attempts: number;
  /** Whether any of them was answered. */
  readonly wasAnswered: boolean;
  /** Undefined where the list was answered 200. */
  readonly error: unknown;
  /** Whether an attempt that was never answered may have been taken, and no later answer tells. */
  readonly mayHaveBeenProcessed: boolean;
}

/** Told how far each attempt has come. */
interface Watch {
  sent(): void;
  answered(status: number): void;
  failed(error: unknown): void;
}

/** Milliseconds that the rest of an answer is waited for once its status has said it all. */
const DRAIN = 1000;

interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly mayRepeat?: (error: unknown) => boolean;
  readonly watch?: Watch;
  /** What to tell is being waited for, from the start of each attempt. */
  readonly task?: string;
  /**
   * Whether it has a connection of its own. Whatever else comes along one that has served before, such as a second answer
   * that nobody asked for, could be taken for the answer: harmless of a site information, which says whose it is.
   */
  readonly freshConnection?: boolean;
}

/** The three endpoints of the API, under one retry policy. */
export function createClient(
  options: ClientOptions,
  environment: Pick<Environment, 'clock' | 'random' | 'fetch'>,
  tell: EventSink,
): Client {
  const { clock, fetch } = environment;
  const { timeout, signal } = options;

  /** Attempts until `read` is content with an answer of status 200, or the policy says it is enough. */
  function call<Result>(what: Call, read: (answer: ApiResponse, number: number) => Promise<Result>): Promise<Result> {
    const url = options.apiUrl + what.path;
    const connection = what.freshConnection === true ? { connection: 'close' } : {};
    const headers = { ...what.headers, ...connection, accept: 'application/json', 'x-api-key': options.apiKey };
    const where = `${what.method} ${url}`;
    let start = 0;
    let status: number | undefined;
    const tellAttempt = (number: number, ending: { readonly failure?: string; readonly repeatedIn?: number }): void => {
      const milliseconds = Math.round(clock.monotonic() - start);
      const answered = status === undefined ? {} : { status };
      tell({ type: 'attempt', method: what.method, url, attempt: number, milliseconds, ...answered, ...ending });
    };

    return withRetries(
      async (number) => {
        start = clock.monotonic();
        status = undefined;
        signal.throwIfAborted();
        what.watch?.sent();
        if (what.task !== undefined) tell({ type: 'progress', task: what.task, attempt: number });
        const result = await attempt({ ...what, url, headers, timeout, signal, fetch, clock }, async (answer) => {
          status = answer.status;
          what.watch?.answered(status);
          if (status !== 200) {
            const refused = await toResponseError(answer, where, clock.now(), options.apiKey);
            // What became of a list is told in any case, once it is known.
            if (what.method === 'GET') signal.throwIfAborted();
            throw refused;
          }
          return read(answer, number).catch((error: unknown) => {
            throw withRequestContext(error, where);
          });
        });
        tellAttempt(number, {});
        return result;
      },
      options,
      environment,
      what.mayRepeat ?? isTransient,
      (error, number, repeatedIn) => {
        what.watch?.failed(error);
        tellAttempt(number, {
          failure: messageOf(error).replace(`${where}: `, ''),
          ...(repeatedIn !== undefined && { repeatedIn }),
        });
      },
    );
  }

  return {
    apiUrl: options.apiUrl,

    siteInfo: (site) =>
      call({ method: 'GET', path: `/site-info/${encodeURIComponent(site)}` }, async (answer) =>
        decodeSiteInfo(await readAll(answer.chunks(), SITE_INFO_LIMIT)),
      ),

    outages: (wanted, startVisitor) =>
      call({ method: 'GET', path: '/outages', task: 'outages', freshConnection: true }, async (answer, number) => {
        const visitor = await startVisitor();
        const length = lengthOf(answer);
        const tally = await readOutages(answer.chunks(), wanted, visitor, (progress) => {
          tell({ type: 'progress', task: 'outages', attempt: number, ...progress, ...length });
        });
        return { visitor, tally };
      }),

    probe: () => call({ method: 'GET', path: '/outages' }, () => Promise.resolve()),

    async submit(site, payload) {
      const fate = trackSubmission();
      try {
        await call(
          {
            method: 'POST',
            path: `/site-outages/${encodeURIComponent(site)}`,
            body: payload.bytes,
            headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey(site, payload) },
            mayRepeat: MAY_REPEAT_POST[options.retryPost],
            watch: fate,
            freshConnection: true,
          },
          (answer) => drain(answer, clock),
        );
        return { ...fate.state(), error: undefined };
      } catch (error) {
        return { ...fate.state(), error };
      }
    },
  };
}

const MAY_REPEAT_POST = {
  always: isTransient,
  safe: (error: unknown) => isTransient(error) && wasDefinitelyNotProcessed(error),
  never: () => false,
};

/** The same for every attempt, so that the API can tell a repetition from a second submission. */
function idempotencyKey(site: string, { sha256 }: Payload): string {
  return createHash('sha256').update(site).update('\0').update(sha256).digest('hex');
}

/** Follows a submission through its attempts: what is known of it when the last one has ended. */
function trackSubmission(): Watch & { state(): Omit<Submission, 'error'> } {
  let status: number | undefined;
  let attempts = 0;
  let wasAnswered = false;
  let isPending = false;
  let mayHaveBeenProcessed = false;
  return {
    sent() {
      attempts++;
      status = undefined;
      isPending = true;
    },
    answered(answer) {
      status = answer;
      wasAnswered = true;
      isPending = false;
      // What the API says of the list holds for the earlier attempts as well: they carried the same bytes. Any other status
      // speaks of the key, the path or somebody between.
      if (answer === 200 || answer === 400) mayHaveBeenProcessed = false;
    },
    failed(error) {
      if (isPending && !wasDefinitelyNotProcessed(error)) mayHaveBeenProcessed = true;
      isPending = false;
    },
    state: () => ({ status, attempts, wasAnswered, mayHaveBeenProcessed: mayHaveBeenProcessed }),
  };
}

/**
 * Reads what is left of a body that nobody needs, so that its connection can serve again: for a moment only, and whatever
 * happens meanwhile, as the status has said it all.
 */
async function drain(answer: ApiResponse, clock: Clock): Promise<void> {
  let callOff: (() => void) | undefined;
  const moment = new Promise<void>((resolve) => (callOff = clock.after(DRAIN, resolve)));
  await Promise.race([readPrefix(answer.chunks()).catch(() => undefined), moment]);
  callOff?.();
}

/** The error, saying where what does not fit came from. */
function withRequestContext(error: unknown, where: string): unknown {
  if (error instanceof NotJsonError)
    return new NotJsonError(error.offset, error.expected, where, { hint: MISFIT_HINT });
  if (!(error instanceof InvalidDataError)) return error;
  return new InvalidDataError(`${where}: ${error.message}`, { hint: error.hint ?? MISFIT_HINT, cause: error });
}

const MISFIT_HINT = 'check the URL (KRAKEN_API_URL) and its path; if they are right, ask those who run the API';

/** How many decoded bytes will come, where the API says. */
function lengthOf({ headers }: ApiResponse): { readonly totalBytes?: number } {
  const length = headers.get('content-length');
  return length === null || headers.has('content-encoding') ? {} : { totalBytes: Number(length) };
}
