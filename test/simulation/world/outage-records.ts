import type { RandomSource } from './random-source.ts';
import { canonical, INVALID_INSTANTS, type Nanoseconds, near, spell } from './draw-instants.ts';

/** A record of `GET /outages` with its meaning. */
export interface OutageRecord {
  /** JSON, as in the response. */
  readonly text: string;
  /** `text` without white space. */
  readonly compact: string;
  /** The device id; undefined if unreadable. */
  readonly device: string | undefined;
  /** Undefined if the record is invalid. */
  readonly fits: { readonly begin: Nanoseconds; readonly beginText: string; readonly endText: string } | undefined;
}

/** A key and its value, both as JSON. */
type Member = readonly [string, string];

const EXTRAS: readonly Member[] = [
  ['"name"', '"not the name"'],
  ['"device"', '{"id":"other","begin":null}'],
  ['"__proto__"', '{"id":"polluted"}'],
  ['"Begin"', '"2030-01-01T00:00:00.000Z"'],
  ['"notes"', '["\\"}],[{","\\u2028 and \u2028",-1.5e-7,true]'],
  ['""', 'null'],
];
const INVALID_RECORDS = ['null', '[]', '{}', '"id"', '0', 'true', '{"id":7}', '{"id":null,"begin":1}'];
const SPACES = ['', ' ', '\n', '\r\n\t', '  '];

/** Creates an outage of the device, in the API's format or, if odd, in another or invalid. */
export function createOutage(device: string, cutoff: Nanoseconds, isOdd: boolean, random: RandomSource): OutageRecord {
  if (isOdd && random.chance(0.1)) return createInvalidOutage(device, random);
  const begin = near(cutoff, random);
  const end = begin + BigInt(random.integer(-5, 100_000)) * 60_000_000_000n;
  const fits = isOdd
    ? { begin, beginText: spell(begin, random), endText: spell(end, random) }
    : { begin: floorToMilliseconds(begin), beginText: canonical(begin), endText: canonical(end) };
  const members: Member[] = [
    ['"id"', JSON.stringify(device)],
    ['"begin"', JSON.stringify(fits.beginText)],
    ['"end"', JSON.stringify(fits.endText)],
  ];
  if (!isOdd || random.chance(0.5)) return { ...render(members, undefined), device, fits };
  if (random.chance(0.3)) members.push(random.pick(EXTRAS));
  if (random.chance(0.3)) members.splice(0, 1, ['"\\u0069d"', JSON.stringify(device)]);
  return { ...render(random.shuffled(members), random), device, fits };
}

function createInvalidOutage(device: string, random: RandomSource): OutageRecord {
  if (random.chance(0.2)) {
    const text = random.pick(INVALID_RECORDS);
    return { text, compact: text, device: undefined, fits: undefined };
  }
  const good = '"2022-05-23T12:21:27.377Z"';
  const id: Member = ['"id"', JSON.stringify(device)];
  if (random.chance(0.2)) {
    return { ...render([id, ['"begin"', good], ['"end"', good], id], random), device: undefined, fits: undefined };
  }
  const times: Member[] = random.pick([
    [
      ['"begin"', random.pick(INVALID_INSTANTS)],
      ['"end"', good],
    ],
    [
      ['"begin"', good],
      ['"end"', random.pick(INVALID_INSTANTS)],
    ],
    [
      ['"begin"', good],
      ['"begin"', good],
      ['"end"', good],
    ],
    [['"begin"', good]],
    [
      ['"END"', good],
      ['"begin"', good],
    ],
  ]);
  return { ...render(random.shuffled([id, ...times]), random), device, fits: undefined };
}

function floorToMilliseconds(instant: Nanoseconds): Nanoseconds {
  return instant - (instant % 1_000_000n);
}

/** @param random adds white space between the tokens, if given */
function render(members: readonly Member[], random: RandomSource | undefined): Pick<OutageRecord, 'text' | 'compact'> {
  const space = (): string => (random ? random.pick(SPACES) : '');
  const compact = `{${members.map(([key, value]) => `${key}:${value}`).join(',')}}`;
  const spaced = members.map(([key, value]) => `${space()}${key}${space()}:${space()}${value}${space()}`).join(',');
  return { text: `{${spaced}}`, compact };
}
