import type { Dice } from './dice.ts';

export interface SimulatedDevice {
  readonly id: string;
  readonly name: string;
}

/** A site that is asked for, as the API has it. */
export interface SimulatedSite {
  readonly id: string;
  readonly devices: readonly SimulatedDevice[];
  /** What `GET /site-info/…` holds; undefined where the API knows no such site. */
  readonly info: string | undefined;
  /** The same tokens without white space. */
  readonly compactInfo: string;
  /** Why no list can be made of it, though the API answers. */
  readonly misfit: 'shape' | 'id' | 'names' | undefined;
  /** Whether the API takes its list at all. */
  readonly isAccepted: boolean;
}

const SITE_IDS = [
  'norwich-pear-tree',
  'norwich',
  'kingfisher',
  '007',
  'a/b?c=d#e',
  'Zürich süd',
  '100%25',
  '__proto__',
];
const DEVICE_IDS = [
  '002b28fc-283c-47ec-9af2-ea287336dc1b',
  '002b28fc-283c-47ec-9af2-ea287336dc1',
  '002B28FC-283C-47EC-9AF2-EA287336DC1B',
  'battery',
  'battery-1',
  'battery-10',
  ' battery',
  '',
  '__proto__',
  'constructor',
  'größer ☃ 𝄞',
  '"quoted\\"\n\u0000',
  '\u007f\u0085\u202e',
  'x'.repeat(300),
];
const NAMES = [
  'Battery 1',
  'Battery 1',
  'Battery 2',
  '',
  '=HYPERLINK("http://example.com")',
  'tab\tquote"comma,\r\nline',
  '\u001b]0;title\u0007\u001b[31mred\u009b',
  '\u202etxt.exe\u2028\u2029\ufeff',
  '<script>alert(1)</script>',
  'Ünïcode ☃ 𝄞',
  '__proto__',
];

/** The sites that are asked for, some devices of which they share, and the ids of devices that none of them has. */
export function createSites(
  troubles: number,
  dice: Dice,
): { readonly sites: readonly SimulatedSite[]; readonly strangers: readonly string[] } {
  const ids = dice.shuffled(DEVICE_IDS);
  const strangers = ids.splice(0, dice.integer(1, 6));
  const amount = dice.chance(0.5) ? 1 : dice.integer(2, 5);
  const sites = dice
    .shuffled(SITE_IDS)
    .slice(0, amount)
    .map((id) => createSite(id, ids, troubles, dice));
  return { sites, strangers };
}

function createSite(id: string, deviceIds: readonly string[], troubles: number, dice: Dice): SimulatedSite {
  const devices = dice
    .shuffled(deviceIds)
    .slice(0, dice.integer(0, 5))
    .map((device) => ({ id: device, name: dice.pick(NAMES) }));
  const [first] = devices;
  if (first && dice.chance(0.1)) devices.push({ ...first });
  const misfit = dice.chance(troubles) ? dice.pick(['shape', 'id', 'names'] as const) : undefined;
  if (misfit === 'names') devices.push({ id: 'two', name: 'one name' }, { id: 'two', name: 'another' });
  const value = {
    ...(dice.chance(0.2) && { version: [1, { id: 'other' }] }),
    id: misfit === 'id' ? `${id} ` : id,
    name: dice.pick(NAMES),
    devices: misfit === 'shape' ? dice.pick([null, {}, [{ id: 'nameless' }], [null]]) : devices,
  };
  return {
    id,
    devices,
    info: dice.chance(troubles) ? undefined : JSON.stringify(value, null, dice.pick([0, 0, 2])),
    compactInfo: JSON.stringify(value),
    misfit,
    isAccepted: !dice.chance(troubles),
  };
}
