/** A point in time. Compare the seconds first, then the nanoseconds. */
export interface Instant {
  /** Whole seconds since 1970-01-01T00:00:00Z, leap seconds not counted. */
  readonly seconds: number;
  /** Below 1e9. A leap second continues the second before it, with 1e9 up to 2e9 nanoseconds. */
  readonly nanoseconds: number;
}

// RFC 3339, section 5.6, with a fraction of any length.
const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

const SECONDS_PER_DAY = 86_400;
/** From 1 March of the year 0. */
const DAYS_BEFORE_1970 = 719_468;

/** Parses an RFC 3339 date-time, truncated to nanoseconds. Returns undefined if the text is invalid. */
export function parseInstant(text: string): Instant | undefined {
  const match = RFC_3339.exec(text);
  if (!match) return undefined;
  const year = Number(match[1]);
  const month = Number(match[2]);
  const day = Number(match[3]);
  const hour = Number(match[4]);
  const minute = Number(match[5]);
  const second = Number(match[6]);
  const offsetHour = Number(match[9] ?? 0);
  const offsetMinute = Number(match[10] ?? 0);
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 60 || offsetHour > 23 || offsetMinute > 59) return undefined;

  const isLeapSecond = second === 60;
  const offset = (match[8] === '-' ? -60 : 60) * (60 * offsetHour + offsetMinute);
  const seconds =
    daysSince1970(year, month, day) * SECONDS_PER_DAY +
    hour * 3600 +
    minute * 60 +
    (isLeapSecond ? 59 : second) -
    offset;
  if (isLeapSecond && !endsMonth(seconds)) return undefined;
  const fraction = Number((match[7] ?? '').slice(0, 9).padEnd(9, '0'));
  return { seconds, nanoseconds: fraction + (isLeapSecond ? 1e9 : 0) };
}

/** Returns a negative number if `a` is earlier than `b`, a positive one if it is later, 0 if they are equal. */
export function compareInstants(a: Instant, b: Instant): number {
  return a.seconds - b.seconds || a.nanoseconds - b.nanoseconds;
}

function daysIn(year: number, month: number): number {
  const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (month === 2) return isLeapYear ? 29 : 28;
  // Odd months up to July have 31 days, then even months.
  return 30 + ((month > 7 ? month + 1 : month) % 2);
}

/** Returns the milliseconds since 1970-01-01T00:00:00Z, with a fraction. */
export function toMilliseconds({ seconds, nanoseconds }: Instant): number {
  return seconds * 1000 + nanoseconds / 1e6;
}

/** Counts days in the proleptic Gregorian calendar. Years start in March here, so that the leap day comes last. */
function daysSince1970(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1;
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  const daysBeforeMonth = Math.floor((153 * ((month + 9) % 12) + 2) / 5);
  return 365 * marchYear + leapDays + daysBeforeMonth + day - 1 - DAYS_BEFORE_1970;
}

/** Returns whether a leap second may follow: only after the last second of a month in UTC (RFC 3339, section 5.7). */
function endsMonth(seconds: number): boolean {
  const next = new Date((seconds + 1) * 1000);
  return next.getUTCDate() === 1 && next.getTime() % (SECONDS_PER_DAY * 1000) === 0;
}
