import { parseInstant } from '../transform/instant.ts';

const UNITS = [
  { name: 'd', seconds: 86_400 },
  { name: 'h', seconds: 3600 },
  { name: 'm', seconds: 60 },
  { name: 's', seconds: 1 },
] as const;

/** `1 outage`, `10,000 outages`. */
export function count(number: number, noun: string): string {
  return `${grouped(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/** Formats a duration in milliseconds by its two largest units: `3d 4h`, `12m 5s`, `377ms`, `-2h`. */
export function toDuration(milliseconds: number): string {
  if (milliseconds < 0) return `-${toDuration(-milliseconds)}`;
  if (milliseconds === 0) return '0s';
  if (milliseconds < 1) return '<1ms';
  if (milliseconds < 1000) return `${Math.floor(milliseconds)}ms`;
  const seconds = Math.floor(milliseconds / 1000);
  const large = UNITS.find((unit) => seconds >= unit.seconds) ?? UNITS[3];
  const small = UNITS[UNITS.indexOf(large) + 1];
  const rest = small ? Math.floor((seconds % large.seconds) / small.seconds) : 0;
  const most = `${grouped(Math.floor(seconds / large.seconds))}${large.name}`;
  return small && rest > 0 ? `${most} ${rest}${small.name}` : most;
}

/** Formats the time between two RFC 3339 date-times; `?` if one of them is invalid. */
export function durationBetween(begin: string, end: string): string {
  const from = parseInstant(begin);
  const to = parseInstant(end);
  if (!from || !to) return '?';
  return toDuration((to.seconds - from.seconds) * 1000 + (to.nanoseconds - from.nanoseconds) / 1e6);
}

/** Formats an elapsed time in milliseconds: `0.31 s`, or from a minute on `1m 12s`. */
export function toSeconds(milliseconds: number): string {
  return milliseconds < 60_000 ? `${(milliseconds / 1000).toFixed(2)} s` : toDuration(milliseconds);
}

/** Formats a size in decimal units: `12.4 MB`. */
export function toSize(bytes: number): string {
  const names = ['B', 'kB', 'MB', 'GB', 'TB'];
  const index = Math.min(names.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${grouped(Number((bytes / 1000 ** index).toPrecision(3)))} ${names[index] ?? ''}`;
}

/** Formats a whole number as `10,000`. Creating an Intl formatter takes longer than a small run. */
export function grouped(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}
