/**
 * The fast path: a record spelt exactly as the API spells it,
 *
 *     {"id":"86b5c819-6a6c-4978-8c51-a2d810bb9318","begin":"2022-05-23T12:21:27.377Z","end":"2022-11-13T02:16:38.905Z"}
 *
 * compared four bytes at a time. Every byte is checked: a match is JSON, ASCII and a valid outage. Any other spelling, also of
 * the same facts, takes the slow path (scanner.ts).
 */

import { Buffer } from 'node:buffer';

import { HIGH_BITS, int32Of, skipUnescaped } from './word.ts';

/** Bytes before the id, and from the id's end to the record's end. */
export const BEFORE_ID = '{"id":"'.length;
export const AFTER_ID = '","begin":"2022-05-23T12:21:27.377Z","end":"2022-11-13T02:16:38.905Z"}'.length;

const INSTANT_BYTES = '2022-05-23T12:21:27.377Z'.length;
const BEGIN_KEY_BYTES = '","begin":"'.length;
const END_KEY_BYTES = '","end":"'.length;

const ID_KEY = [int32Of('{"id'), int32Of('d":"')] as const;
const BEGIN_KEY = [int32Of('","b'), int32Of('egin'), int32Of('n":"')] as const;
const END_KEY = [int32Of('","e'), int32Of('nd":'), int32Of('":"')] as const;

/**
 * The six int32s of a timestamp: the smallest valid text, and the headroom that, added to a byte's distance from it, sets the
 * byte's high bit if the distance is too large.
 *
 * For example, `:38.` against SECOND: XOR with `:00.` gives the distances 00 03 08 00. At most 0, 5, 9 and 0 are valid, so the
 * headroom is 7f 7a 76 7f, and the sums are 7f 7d 7e 7f: no high bit, valid. For `:61.` the tens are 7a + 06 = 80: invalid.
 * Characters below `0` differ from it in a higher bit (`/` ^ `0` is 1f), so they are too large as well.
 */
const YEAR = { min: int32Of('0000'), headroom: headroomOf(9, 9, 9, 9) };
const MONTH = { min: int32Of('-00-'), headroom: headroomOf(0, 1, 9, 0) };
const DAY_T_HOUR = { min: int32Of('00T0'), headroom: headroomOf(3, 9, 0, 2) };
const HOUR_MINUTE = { min: int32Of('0:00'), headroom: headroomOf(9, 0, 5, 9) };
const SECOND = { min: int32Of(':00.'), headroom: headroomOf(0, 5, 9, 0) };
const MILLISECOND_Z = { min: int32Of('000Z'), headroom: headroomOf(9, 9, 9, 0) };

function headroomOf(...max: readonly [number, number, number, number]): number {
  return int32Of(String.fromCharCode(...max.map((distance) => 0x7f - distance)));
}

/** 29 February takes the slow path, which knows leap years. */
const DAYS_IN_MONTH = new DataView(Uint8Array.of(0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31).buffer);

/** Returns the offset after the canonical record at `start`; 0 if there is none or it does not end before `limit`. */
export function matchCanonical(view: DataView, start: number, limit: number): number {
  if (start + BEFORE_ID + AFTER_ID > limit) return 0;
  if (view.getInt32(start, true) !== ID_KEY[0] || view.getInt32(start + 3, true) !== ID_KEY[1]) return 0;
  let i = skipUnescaped(view, start + BEFORE_ID, limit - AFTER_ID + 1);
  if (i > limit - AFTER_ID) return 0;
  if (view.getInt32(i, true) !== BEGIN_KEY[0] || view.getInt32(i + 4, true) !== BEGIN_KEY[1]) return 0;
  if (view.getInt32(i + 7, true) !== BEGIN_KEY[2]) return 0;
  i += BEGIN_KEY_BYTES;
  if (!isCanonicalInstant(view, i)) return 0;
  i += INSTANT_BYTES;
  if (view.getInt32(i, true) !== END_KEY[0] || view.getInt32(i + 4, true) !== END_KEY[1]) return 0;
  if (view.getUint8(i + 8) !== 0x22) return 0;
  i += END_KEY_BYTES;
  if (!isCanonicalInstant(view, i)) return 0;
  i += INSTANT_BYTES;
  return view.getUint8(i) === 0x22 && view.getUint8(i + 1) === 0x7d ? i + 2 : 0;
}

/** Decodes a canonical record. Each string has its own memory, so that it does not keep the rest of the record alive. */
export function decodeCanonical(bytes: Uint8Array): {
  readonly id: string;
  readonly begin: string;
  readonly end: string;
} {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const idEnd = buffer.length - AFTER_ID;
  const begin = idEnd + BEGIN_KEY_BYTES;
  const end = begin + INSTANT_BYTES + END_KEY_BYTES;
  return {
    id: buffer.toString('latin1', BEFORE_ID, idEnd),
    begin: buffer.toString('latin1', begin, begin + INSTANT_BYTES),
    end: buffer.toString('latin1', end, end + INSTANT_BYTES),
  };
}

/** Returns whether the 24 bytes at `i` are a valid timestamp as the API writes them: `2022-05-23T12:21:27.377Z`. */
export function isCanonicalInstant(view: DataView, i: number): boolean {
  const year = view.getInt32(i, true) ^ YEAR.min;
  const month = view.getInt32(i + 4, true) ^ MONTH.min;
  const dayHour = view.getInt32(i + 8, true) ^ DAY_T_HOUR.min;
  const hourMinute = view.getInt32(i + 12, true) ^ HOUR_MINUTE.min;
  const second = view.getInt32(i + 16, true) ^ SECOND.min;
  const millisecond = view.getInt32(i + 20, true) ^ MILLISECOND_Z.min;
  // A digit is now its value, and a separator is 0.
  const overflows =
    overflow(year, YEAR) |
    overflow(month, MONTH) |
    overflow(dayHour, DAY_T_HOUR) |
    overflow(hourMinute, HOUR_MINUTE) |
    overflow(second, SECOND) |
    overflow(millisecond, MILLISECOND_Z);
  if ((overflows & HIGH_BITS) !== 0) return false;
  const monthOfYear = 10 * ((month >> 8) & 0xff) + ((month >> 16) & 0xff);
  const day = 10 * (dayHour & 0xff) + ((dayHour >> 8) & 0xff);
  const hour = 10 * (dayHour >> 24) + (hourMinute & 0xff);
  return day >= 1 && monthOfYear <= 12 && day <= DAYS_IN_MONTH.getUint8(monthOfYear) && hour <= 23;
}

/** Sets the high bit of each byte that is larger than its maximum. */
function overflow(distance: number, { headroom }: { readonly headroom: number }): number {
  return distance | (distance + headroom);
}
