/** Notices about outages. */
import type { NearMiss } from '../transform/near-miss.ts';
import type { CutoffRule } from '../transform/rule.ts';
import { quote } from '../util/text.ts';

export interface Message {
  readonly message: string;
  readonly hint: string;
}

/** Describes outages exactly at the cutoff, where the written requirement and the live API differ. */
export function describeAtCutoff(atCutoff: number, rule: Pick<CutoffRule, 'cutoffText' | 'cutoffInclusive'>): Message {
  const outages = atCutoff === 1 ? '1 outage' : `${atCutoff} outages`;
  return {
    message: `${rule.cutoffInclusive ? 'included' : 'excluded'} ${outages} that began exactly at the cutoff (${rule.cutoffText})`,
    hint: rule.cutoffInclusive
      ? `because of --cutoff-inclusive; without it, ${atCutoff === 1 ? 'it is' : 'they are'} excluded`
      : 'use --cutoff-inclusive to include such outages if the API rejects the list (the live API is known to)',
  };
}

/** Returns the hint for a list with outages at the cutoff that the API rejected (400). */
export function explainRejectedList(
  atCutoff: number,
  rule: Pick<CutoffRule, 'cutoffText' | 'cutoffInclusive'>,
): string {
  const { message, hint } = describeAtCutoff(atCutoff, rule);
  if (rule.cutoffInclusive) return `${message}; ${hint}`;
  return `${message}: to include ${atCutoff === 1 ? 'it' : 'them'}, run again with --cutoff-inclusive`;
}

/** Returns the text that follows the number of sites in a grouped notice. */
export function describeAtCutoffSites({ cutoffText, cutoffInclusive }: CutoffRule): string {
  return `have outages that began exactly at the cutoff (${cutoffText}), ${cutoffInclusive ? 'included' : 'excluded'}`;
}

/** Describes anomalous outages. @param first describes the first one */
export function describeAnomalies(count: number, first: string): Message {
  const more = count === 1 ? '' : ` (and ${count - 1} more)`;
  return { message: `${first}${more}`, hint: 'valid per the schema, so sent unchanged' };
}

/** Describes invalid outages of other devices. @param first describes the first one, if known */
export function describeInvalidSkipped(count: number, first?: string): Message {
  const subject = count === 1 ? '1 outage of another device is' : `${count} outages of other devices are`;
  return {
    message: `${subject} invalid${first === undefined ? '' : ` (${first})`}`,
    hint: 'skipped, because no requested site has such a device',
  };
}

/** Describes a site whose devices have none of the outages. */
export function describeNoMatch(facts: {
  readonly site: string;
  readonly records: number;
  readonly devices: number;
  readonly nearMiss: NearMiss | undefined;
}): Message {
  const { site, records, devices, nearMiss } = facts;
  const owner = devices === 1 ? 'the 1 device' : `the ${devices} devices`;
  return {
    message: `0 of ${records} outages belong to ${owner} of ${quote(site).slice(1, -1)}`,
    hint: nearMiss
      ? `ids are compared exactly: an outage has the id ${quote(nearMiss.outageId)}, a device ${quote(nearMiss.deviceId)}`
      : 'compare the ids of outages and devices: kraken-outages fetch',
  };
}
