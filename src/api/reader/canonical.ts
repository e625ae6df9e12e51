/**
 * The fast way: a record spelt exactly as the API spells it,
 *
 *     {"id":"86b5c819-6a6c-4978-8c51-a2d810bb9318","begin":"2022-05-23T12:21:27.377Z","end":"2022-11-13T02:16:38.905Z"}
 *
 * compared four bytes at a time. It vouches for every byte: what it takes is JSON, ASCII, and fits the schema of an outage;
 * whatever else there is, the same facts in another spelling included, it leaves to the general way.
 */

/** Bytes before the id, and from behind the id to the record's end. */
export const BEFORE_ID = '{"id":"'.length;
export const BEHIND_ID = '","begin":"2022-05-23T12:21:27.377Z","end":"2022-11-13T02:16:38.905Z"}'.length;

const INSTANT = '2022-05-23T12:21:27.377Z'.length;
const BEGIN = '","begin":"'.length;
const END = '","end":"'.length;

/** Four characters as `DataView.getInt32` reads them, little-endian. */
function word(text: string): number {
  return text.charCodeAt(0) | (text.charCodeAt(1) << 8) | (text.charCodeAt(2) << 16) | (text.charCodeAt(3) << 24);
}

const ID_KEY = [word('{"id'), word('d":"')] as const;
const BEGIN_KEY = [word('","b'), word('egin'), word('n":"')] as const;
const END_KEY = [word('","e'), word('nd":'), word('":"')] as const;

const HIGH_BITS = 0x80808080 | 0;
const ONES = 0x01010101;
const SPACES = word('    ');
const QUOTES = word('""""');
const BACKSLASHES = word('\\\\\\\\');

const YEAR = word('0000');
const MONTH = word('-00-');
const DAY_T_HOUR = word('00T0');
const HOUR_MINUTE = word('0:00');
const SECOND = word(':00.');
const MILLISECOND_Z = word('000Z');
/** Added to a byte, it carries into the high bit from 10 on: no digit. */
const ABOVE_NINE = 0x76767676;

/** 29 February is left to the general way, which knows leap years. */
const DAYS_IN_MONTH = new DataView(Uint8Array.of(0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31).buffer);

/** The offset after the canonical record at `start`, or 0 where there is none or it is not whole before `limit`. */
export function matchCanonical(view: DataView, start: number, limit: number): number {
  if (start + BEFORE_ID + BEHIND_ID > limit) return 0;
  if (view.getInt32(start, true) !== ID_KEY[0] || view.getInt32(start + 3, true) !== ID_KEY[1]) return 0;
  const lastIdEnd = limit - BEHIND_ID;

  let i = start + BEFORE_ID;
  // The first byte that is a quote, a backslash, below a space or beyond ASCII shows in a high bit; what borrows show
  // behind it does not matter. Reading four bytes is within bounds, as so many more are to follow the id.
  while (i <= lastIdEnd) {
    const four = view.getInt32(i, true);
    const special = four | (four - SPACES) | ((four ^ QUOTES) - ONES) | ((four ^ BACKSLASHES) - ONES);
    if ((special & HIGH_BITS) !== 0) break;
    i += 4;
  }
  while (i <= lastIdEnd) {
    const byte = view.getUint8(i);
    if (byte === 0x22) break;
    if (byte < 0x20 || byte === 0x5c || byte >= 0x80) return 0;
    i++;
  }
  if (i > lastIdEnd) return 0;

  if (view.getInt32(i, true) !== BEGIN_KEY[0] || view.getInt32(i + 4, true) !== BEGIN_KEY[1]) return 0;
  if (view.getInt32(i + 7, true) !== BEGIN_KEY[2]) return 0;
  i += BEGIN;
  if (!isCanonicalInstant(view, i)) return 0;
  i += INSTANT;
  if (view.getInt32(i, true) !== END_KEY[0] || view.getInt32(i + 4, true) !== END_KEY[1]) return 0;
  if (view.getUint8(i + 8) !== 0x22) return 0;
  i += END;
  if (!isCanonicalInstant(view, i)) return 0;
  i += INSTANT;
  return view.getUint8(i) === 0x22 && view.getUint8(i + 1) === 0x7d ? i + 2 : 0;
}

/** Whether the 24 bytes at `i` are an instant as the API writes them, `2022-05-23T12:21:27.377Z`, and one that exists. */
export function isCanonicalInstant(view: DataView, i: number): boolean {
  const year = view.getInt32(i, true) ^ YEAR;
  const month = view.getInt32(i + 4, true) ^ MONTH;
  const dayHour = view.getInt32(i + 8, true) ^ DAY_T_HOUR;
  const hourMinute = view.getInt32(i + 12, true) ^ HOUR_MINUTE;
  const second = view.getInt32(i + 16, true) ^ SECOND;
  const millisecond = view.getInt32(i + 20, true) ^ MILLISECOND_Z;
  // Now a digit is its value, and a character that stands where it should is 0.
  const digits =
    notDigits(year) |
    notDigits(month) |
    notDigits(dayHour) |
    notDigits(hourMinute) |
    notDigits(second) |
    notDigits(millisecond);
  const literals =
    (month & 0xff0000ff) |
    (dayHour & 0x00ff0000) |
    (hourMinute & 0x0000ff00) |
    (second & 0xff0000ff) |
    (millisecond & 0xff000000);
  if (((digits & HIGH_BITS) | literals) !== 0) return false;
  const monthOfYear = 10 * ((month >> 8) & 0xff) + ((month >> 16) & 0xff);
  const day = 10 * (dayHour & 0xff) + ((dayHour >> 8) & 0xff);
  const hour = 10 * (dayHour >> 24) + (hourMinute & 0xff);
  const minute = 10 * ((hourMinute >> 16) & 0xff) + (hourMinute >> 24);
  return (
    monthOfYear <= 12 &&
    day >= 1 &&
    day <= DAYS_IN_MONTH.getUint8(monthOfYear) &&
    hour <= 23 &&
    minute <= 59 &&
    ((second >> 8) & 0xff) <= 5
  );
}

/** Has a high bit where a byte is not within 0 to 9. */
function notDigits(four: number): number {
  return four | ((four + ABOVE_NINE) | 0);
}
