/** What a person should know about the outages, in words. */
import type { CutoffRule } from '../transform/rule.ts';

export interface Message {
  readonly message: string;
  readonly hint: string;
}

/** The written rule and the list that the live API takes differ on outages that begin exactly at the cutoff. */
export function describeAtCutoff(atCutoff: number, rule: Pick<CutoffRule, 'cutoffText' | 'cutoffInclusive'>): Message {
  const subject = atCutoff === 1 ? '1 outage begins' : `${atCutoff} outages begin`;
  return {
    message: `${subject} exactly at the cutoff (${rule.cutoffText}) and ${atCutoff === 1 ? 'is' : 'are'} ${fateOf(rule)}`,
    hint: rule.cutoffInclusive
      ? 'because of --cutoff-inclusive; the written rule removes what began on or before the cutoff'
      : 'the written rule removes what began on or before the cutoff; --cutoff-inclusive keeps it, as the live API is known to expect',
  };
}

/** The same of many sites, after their number. */
export function describeAtCutoffSites(rule: CutoffRule): string {
  return `have outages that begin exactly at the cutoff (${rule.cutoffText}) and are ${fateOf(rule)}`;
}

function fateOf({ cutoffInclusive }: Pick<CutoffRule, 'cutoffInclusive'>): string {
  return cutoffInclusive ? 'kept' : 'left out';
}

/** @param first what is odd about the first of them */
export function describeAnomalies(count: number, first: string): Message {
  const more = count === 1 ? '' : `, and ${count - 1} more like it`;
  return { message: `${first}${more}`, hint: 'it fits the schema, so it is passed on as it is' };
}

/** @param first what is wrong with the first of them, where it is known */
export function describeInvalidSkipped(count: number, first?: string): Message {
  const subject = count === 1 ? '1 outage of another device does' : `${count} outages of other devices do`;
  return {
    message: `${subject} not fit the schema${first === undefined ? '' : ` (${first})`}`,
    hint: 'no requested site has such a device, so nothing depends on it',
  };
}
