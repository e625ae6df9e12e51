import type { AttemptEvent, ProgressEvent, RateLimitEvent } from '../domain/events.ts';
import { formatRate, visible } from '../util/text.ts';
import { count, toDuration, toSize } from './format-units.ts';

/** `Waiting for outages: 12.4 MB of 114 MB, 108,000 records, 60 MB/s (attempt 2)`. @param rate bytes per second */
export function progressText(event: ProgressEvent, rate?: number): string {
  const { task, attempt = 1, bytes, totalBytes, records, done, of } = event;
  const facts = [
    ...(bytes ? [`${toSize(bytes)}${totalBytes ? ` of ${toSize(totalBytes)}` : ''}`] : []),
    ...(records ? [count(records, 'record')] : []),
    ...(done !== undefined && of !== undefined ? [`${done} of ${count(of, 'site')}`] : []),
    ...(bytes && rate ? [`${toSize(rate)}/s`] : []),
  ];
  const figures = facts.length > 0 ? `: ${facts.join(', ')}` : '';
  return visible(`Waiting for ${task}${figures}${attempt > 1 ? ` (attempt ${attempt})` : ''}`);
}

/** `API answered 503, retry 3 of 5 in 4 s`. @param left milliseconds */
export function describeRetry({ status, attempt, retries }: AttemptEvent, left: number): string {
  const reason = status === undefined ? 'no response' : `API answered ${status}`;
  return `${reason}, retry ${Math.min(attempt, retries)} of ${retries} in ${Math.ceil(left / 1000)} s`;
}

/** `rate limited by the API to about 19/s, 4 m 10 s left`. */
export function describeRateLimit({ perSecond, secondsLeft }: RateLimitEvent): string {
  const left = secondsLeft === undefined ? '' : `, ${toDuration(secondsLeft * 1000)} left`;
  return `rate limited by the API to about ${formatRate(perSecond)}${left}`;
}
