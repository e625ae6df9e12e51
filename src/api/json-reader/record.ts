import { Buffer } from 'node:buffer';

import { parseInstant } from '../../transform/instant.ts';
import { isCanonicalInstant } from './canonical.ts';
import type { IdIndex } from './id-index.ts';
import type { Member, Scanner } from './scanner.ts';

const QUOTE = 0x22;

/**
 * What a record is to those who want these ids: `wanted` where it is theirs, or where nobody can know whose it is; else
 * `skipped`, or `misfit` where it does not fit the schema.
 * @param members of the record, as the scanner noted them
 * @param ids undefined: every record is wanted
 */
export function classifyRecord(
  view: DataView,
  members: Scanner['members'],
  ids: IdIndex | undefined,
): 'wanted' | 'skipped' | 'misfit' {
  const { id, begin, end } = members;
  if (!ids || id.count !== 1 || view.getUint8(id.start) !== QUOTE) return 'wanted';
  if (id.hasEscape ? ids.has(textOf(view, id)) : ids.hasBytes(view, id.start + 1, id.end - 1)) return 'wanted';
  return isInstant(view, begin) && isInstant(view, end) ? 'skipped' : 'misfit';
}

/** Which of the noted members stands in the record more than once. */
export function repeatedMember(members: Scanner['members']): string | undefined {
  return (['id', 'begin', 'end', 'name'] as const).find((name) => members[name].count > 1);
}

/** The text of a string that is known to be JSON. */
export function textOf(view: DataView, { start, end }: Pick<Member, 'start' | 'end'>): string {
  return String(JSON.parse(Buffer.from(view.buffer, view.byteOffset + start, end - start).toString()));
}

/** Whether the member is there once, and is a string that names an instant. */
function isInstant(view: DataView, member: Member): boolean {
  if (member.count !== 1 || view.getUint8(member.start) !== QUOTE) return false;
  if (member.end - member.start === '"2022-05-23T12:21:27.377Z"'.length && isCanonicalInstant(view, member.start + 1)) {
    return true;
  }
  return parseInstant(textOf(view, member)) !== undefined;
}

/** What a value is, by its first byte. */
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
