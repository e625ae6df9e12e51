import { Buffer } from 'node:buffer';

import { parseInstant } from '../../transform/instant.ts';
import { isCanonicalInstant } from './canonical.ts';
import type { IdIndex } from './id-index.ts';
import type { Member, Scanner } from './scanner.ts';

const QUOTE = 0x22;

/**
 * Returns `wanted` if the record's id is one of the ids or cannot be read; else `skipped`, or `invalid` if the record is not
 * a valid outage.
 * @param members the record's members, as the scanner found them
 * @param ids undefined: every record is wanted
 */
export function classifyRecord(
  view: DataView,
  members: Scanner['members'],
  ids: IdIndex | undefined,
): 'wanted' | 'skipped' | 'invalid' {
  const { id, begin, end } = members;
  if (!ids || id.count !== 1 || view.getUint8(id.start) !== QUOTE) return 'wanted';
  if (id.hasEscape ? ids.has(textOf(view, id)) : ids.hasBytes(view, id.start + 1, id.end - 1)) return 'wanted';
  return isInstant(view, begin) && isInstant(view, end) ? 'skipped' : 'invalid';
}

/** Returns the first duplicate key of the record. */
export function repeatedMember(members: Scanner['members']): string | undefined {
  return (['id', 'begin', 'end', 'name'] as const).find((name) => members[name].count > 1);
}

/** Decodes a string that is known to be JSON. */
export function textOf(view: DataView, { start, end }: Pick<Member, 'start' | 'end'>): string {
  return String(JSON.parse(Buffer.from(view.buffer, view.byteOffset + start, end - start).toString()));
}

/** Returns whether the record has the member exactly once, as a valid timestamp. */
function isInstant(view: DataView, member: Member): boolean {
  if (member.count !== 1 || view.getUint8(member.start) !== QUOTE) return false;
  if (member.end - member.start === '"2022-05-23T12:21:27.377Z"'.length && isCanonicalInstant(view, member.start + 1)) {
    return true;
  }
  return parseInstant(textOf(view, member)) !== undefined;
}

/** Returns the type of a value by its first byte. */
export function kindOf(firstByte: number): string {
  switch (firstByte) {
    case 0x7b:
      return 'an object';
    case 0x5b:
      return 'an array';
    case 0x22:
      return 'a string';
    case 0x6e:
      return 'null';
    case 0x74:
    case 0x66:
      return 'a boolean';
    default:
      return 'a number';
  }
}
