import type { Dice } from './dice.ts';
import { canonical, type Nanoseconds, near, NO_INSTANTS, spell } from './draw-instants.ts';

/** A record of `GET /outages`, and the truth about it. */
export interface OutageRecord {
  /** As the API writes it. */
  readonly text: string;
  /** The same tokens without white space. */
  readonly compact: string;
  /** Whose it is; undefined where nobody can know. */
  readonly device: string | undefined;
  /** Undefined where the record does not fit the schema. */
  readonly fits: { readonly begin: Nanoseconds; readonly beginText: string; readonly endText: string } | undefined;
}

/** A key and its value, both JSON. */
type Member = readonly [string, string];

const EXTRAS: readonly Member[] = [
  ['"name"', '"not the name"'],
  ['"device"', '{"id":"other","begin":null}'],
  ['"__proto__"', '{"id":"polluted"}'],
  ['"Begin"', '"2030-01-01T00:00:00.000Z"'],
  ['"notes"', '["\\"}],[{","\\u2028 and \u2028",-1.5e-7,true]'],
  ['""', 'null'],
];
const NO_RECORDS = ['null', '[]', '{}', '"id"', '0', 'true', '{"id":7}', '{"id":null,"begin":1}'];
const SPACES = ['', ' ', '\n', '\r\n\t', '  '];

/** An outage of the device, in the API's spelling or another; now and then one that does not fit. */
export function createOutage(device: string, cutoff: Nanoseconds, isOdd: boolean, dice: Dice): OutageRecord {
  if (isOdd && dice.chance(0.1)) return createNoOutage(device, dice);
  const begin = near(cutoff, dice);
  const end = begin + BigInt(dice.integer(-5, 100_000)) * 60_000_000_000n;
  const fits = isOdd
    ? { begin, beginText: spell(begin, dice), endText: spell(end, dice) }
    : { begin: floorToMilliseconds(begin), beginText: canonical(begin), endText: canonical(end) };
  const members: Member[] = [
    ['"id"', JSON.stringify(device)],
    ['"begin"', JSON.stringify(fits.beginText)],
    ['"end"', JSON.stringify(fits.endText)],
  ];
  if (!isOdd || dice.chance(0.5)) return { ...render(members, undefined), device, fits };
  if (dice.chance(0.3)) members.push(dice.pick(EXTRAS));
  if (dice.chance(0.3)) members.splice(0, 1, ['"\\u0069d"', JSON.stringify(device)]);
  return { ...render(dice.shuffled(members), dice), device, fits };
}

function createNoOutage(device: string, dice: Dice): OutageRecord {
  if (dice.chance(0.2)) {
    const text = dice.pick(NO_RECORDS);
    return { text, compact: text, device: undefined, fits: undefined };
  }
  const good = '"2022-05-23T12:21:27.377Z"';
  const id: Member = ['"id"', JSON.stringify(device)];
  if (dice.chance(0.2)) {
    return { ...render([id, ['"begin"', good], ['"end"', good], id], dice), device: undefined, fits: undefined };
  }
  const times: Member[] = dice.pick([
    [
      ['"begin"', dice.pick(NO_INSTANTS)],
      ['"end"', good],
    ],
    [
      ['"begin"', good],
      ['"end"', dice.pick(NO_INSTANTS)],
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
  return { ...render(dice.shuffled([id, ...times]), dice), device, fits: undefined };
}

function floorToMilliseconds(instant: Nanoseconds): Nanoseconds {
  return instant - (instant % 1_000_000n);
}

/** @param dice where given, white space goes between the tokens */
function render(members: readonly Member[], dice: Dice | undefined): Pick<OutageRecord, 'text' | 'compact'> {
  const space = (): string => (dice ? dice.pick(SPACES) : '');
  const compact = `{${members.map(([key, value]) => `${key}:${value}`).join(',')}}`;
  const spaced = members.map(([key, value]) => `${space()}${key}${space()}:${space()}${value}${space()}`).join(',');
  return { text: `{${spaced}}`, compact };
}
