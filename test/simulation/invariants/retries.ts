import type { Run } from '../run-world.ts';
import type { Exchange } from '../simulated/simulated-network.ts';
import { isTransient, pathOf } from '../truth/truth.ts';

const FIRST_BACKOFF = 500;
const LONGEST_BACKOFF = 20_000;
const ROUNDING_MS = 1e-6;

/** Checks the number of attempts, the delays between them, the concurrency and the duration of the run. */
export function* checkRetries(run: Run): Iterable<string> {
  const { retries, concurrency } = run.world.settings;
  // After a 429, all requests wait for the rate limiter.
  const isThrottled = run.exchanges.some(({ answered }) => answered?.status === 429);
  for (const url of new Set(run.exchanges.map((exchange) => exchange.url))) {
    const attempts = run.exchanges.filter((exchange) => exchange.url === url);
    const failures = attempts.filter((each) => counts(each, run));
    if (failures.length > retries + 1) yield `${url}: ${failures.length} attempts, ${retries} retries are allowed`;
    for (const [index, attempt] of attempts.entries()) {
      const next = attempts[index + 1];
      const number = attempts.slice(0, index + 1).filter((each) => counts(each, run)).length;
      const mayRepeat = mayBeRepeated(attempt, run) || isFirstOfAnotherSite(attempts, index, run);
      const problem = next
        ? problemWith(attempt, next, mayRepeat, isThrottled ? Infinity : backoff(number))
        : isThrottled
          ? undefined
          : missingRetry(attempt, number, mayRepeat, run);
      if (problem !== undefined) yield `${url}, attempt ${index + 1}: ${problem}`;
    }
  }
  const most = mostAtOnce(run.exchanges);
  if (most > concurrency) yield `${most} requests at once, ${concurrency} are allowed`;
  yield* checkTime(run);
}

/** Returns whether the attempt counts as a retry; a 429 does not. */
function counts({ answered }: Exchange, { world }: Run): boolean {
  return answered?.status !== 429 || world.settings.retries === 0;
}

/** Returns why the next attempt should not have started, or not at that time. */
function problemWith(attempt: Exchange, next: Exchange, mayRepeat: boolean, longest: number): string | undefined {
  if (!mayRepeat) return `${describe(attempt)} was repeated`;
  const wait = next.startedAt - attempt.endedAt;
  const asked = askedFor(attempt);
  if (wait < 0) return 'the next one began before it had ended';
  if (attempt.answered && next.startedAt - attempt.answered.at < asked - ROUNDING_MS) {
    return `it asked to wait for ${asked} ms, the next one came after ${next.startedAt - attempt.answered.at} ms`;
  }
  if (wait > Math.max(asked, longest)) return `the next one came only after ${wait} ms`;
  return undefined;
}

/** Returns why another attempt should have followed. */
function missingRetry(attempt: Exchange, number: number, mayRepeat: boolean, run: Run): string | undefined {
  const { deadline, retries } = run.world.settings;
  const last = attempt.method === 'POST' ? deadline - reserve(attempt, run) : deadline;
  const isLeft = attempt.endedAt + Math.max(askedFor(attempt), backoff(number)) < last;
  const isEnough =
    number > retries || run.signal !== undefined || run.ending !== 'ended' || run.files.failed.length > 0;
  if (attempt.url.endsWith('/outages') && !hasLoadedSite(run)) return undefined;
  return !isLeft || isEnough || !mayRepeat ? undefined : `${describe(attempt)} was not repeated`;
}

/** Whether the outages of any site are needed: they are requested before that is known. */
function hasLoadedSite({ exchanges, world }: Run): boolean {
  const infos = exchanges.filter(({ url }) => url.includes('/site-info/'));
  const isRight = ({ url, answered, delivery, ending }: Exchange): boolean =>
    answered?.status === 200 &&
    ending === 'whole' &&
    delivery.phase === 'headers' &&
    delivery.content === 'right' &&
    world.sites.some((site) => site.anomaly === undefined && url.endsWith(pathOf('site-info', site)));
  return infos.length === 0 || infos.some(isRight);
}

/** The time before the deadline in which no list is sent: twice the slowest response, at most half of the run. */
function reserve(attempt: Exchange, { exchanges, world }: Run): number {
  const { deadline } = world.settings;
  const answered = exchanges.filter((each) => each.answered && each.endedAt <= attempt.endedAt);
  const slowest = Math.max(0, ...answered.map(({ startedAt, endedAt }) => endedAt - startedAt));
  return Math.min(deadline / 2, Math.max(2 * slowest, Math.min(5000, deadline / 10)) + 1);
}

/** Returns whether the retry policy allows another attempt. */
function mayBeRepeated({ method, answered, delivery, ending }: Exchange, { world }: Run): boolean {
  const { retryPost } = world.settings;
  if (method === 'POST' && retryPost === 'never') return false;
  const isSafe = method === 'GET' || retryPost === 'always';
  if (!answered) {
    if (delivery.phase === 'tls' && ending === 'failed') return false;
    return isSafe || (delivery.phase === 'connect' && ending === 'failed');
  }
  if (answered.status !== 200)
    return isTransient(answered.status) && (isSafe || answered.status === 429 || answered.status === 503);
  if (method === 'POST') return false;
  if (ending === 'failed' || ending === 'given up') return true;
  return delivery.phase === 'headers' && delivery.content === 'not JSON';
}

/** Returns whether this attempt is the first that received the site info of another site, which is retried once. */
function isFirstOfAnotherSite(attempts: readonly Exchange[], index: number, { world }: Run): boolean {
  const isOfAnother = ({ url, answered, delivery, ending }: Exchange): boolean => {
    if (answered?.status !== 200 || delivery.phase !== 'headers' || ending !== 'whole') return false;
    if (delivery.content !== 'right') return delivery.content === 'another site';
    return world.sites.some((site) => site.anomaly === 'id' && url.endsWith(pathOf('site-info', site)));
  };
  return attempts.findIndex(isOfAnother) === index;
}

/** Returns the delay that the response asked for: milliseconds after its headers. */
function askedFor({ answered, delivery }: Exchange): number {
  if (!answered || delivery.phase !== 'headers' || !delivery.retryAfter) return 0;
  if ('milliseconds' in delivery.retryAfter) return delivery.retryAfter.milliseconds;
  return Math.max(0, delivery.retryAfter.at - answered.wall);
}

function backoff(number: number): number {
  return Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** (number - 1));
}

function describe({ delivery, answered, ending }: Exchange): string {
  return `"${delivery.name}" (${answered ? `status ${answered.status}, ` : ''}${ending})`;
}

function mostAtOnce(exchanges: readonly Exchange[]): number {
  return Math.max(
    0,
    ...exchanges.map(
      ({ startedAt }) => exchanges.filter((other) => other.startedAt <= startedAt && other.endedAt > startedAt).length,
    ),
  );
}

/**
 * Checks the duration of the run. The deadline starts after the configuration is read and limits network time only; time
 * for files and output is added.
 */
function* checkTime({ world, elapsed, signal, exchanges, files, stdin, stdout, stderr }: Run): Iterable<string> {
  const elsewhere = files.busy() + stdin.busy() + stdout.busy() + stderr.busy();
  const { deadline } = world.settings;
  if (elapsed > deadline + elsewhere)
    yield `it took ${elapsed} ms, with a deadline of ${deadline} ms and ${elsewhere} ms elsewhere`;
  if (!signal) return;
  if (elapsed > signal.at + elsewhere) yield `it took ${elapsed - signal.at} ms more after a signal`;
  if (exchanges.some(({ startedAt }) => startedAt > signal.at)) yield 'a request was made after a signal';
}
