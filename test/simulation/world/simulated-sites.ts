import type { RandomSource } from './random-source.ts';

export interface SimulatedDevice {
  readonly id: string;
  readonly name: string;
}

/** A requested site, as the API knows it. */
export interface SimulatedSite {
  readonly id: string;
  readonly devices: readonly SimulatedDevice[];
  /** The response to `GET /site-info/…`; undefined if the site is unknown. */
  readonly info: string | undefined;
  /** `info` without white space. */
  readonly compactInfo: string;
  /** The defect of the site info that prevents a list. */
  readonly anomaly: 'shape' | 'id' | 'names' | undefined;
  /** Whether the API accepts its list. */
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

/** Creates the requested sites, which may share devices, and ids of devices of other sites. */
export function createSites(
  troubles: number,
  random: RandomSource,
): { readonly sites: readonly SimulatedSite[]; readonly strangers: readonly string[] } {
  const ids = random.shuffled(DEVICE_IDS);
  const strangers = ids.splice(0, random.integer(1, 6));
  const amount = random.chance(0.5) ? 1 : random.integer(2, 5);
  const sites = random
    .shuffled(SITE_IDS)
    .slice(0, amount)
    .map((id) => createSite(id, ids, troubles, random));
  return { sites, strangers };
}

function createSite(id: string, deviceIds: readonly string[], troubles: number, random: RandomSource): SimulatedSite {
  const devices = random
    .shuffled(deviceIds)
    .slice(0, random.integer(0, 5))
    .map((device) => ({ id: device, name: random.pick(NAMES) }));
  const [first] = devices;
  if (first && random.chance(0.1)) devices.push({ ...first });
  const anomaly = random.chance(troubles) ? random.pick(['shape', 'id', 'names'] as const) : undefined;
  if (anomaly === 'names') devices.push({ id: 'two', name: 'one name' }, { id: 'two', name: 'another' });
  const value = {
    ...(random.chance(0.2) && { version: [1, { id: 'other' }] }),
    id: anomaly === 'id' ? `${id} ` : id,
    name: random.pick(NAMES),
    devices: anomaly === 'shape' ? random.pick([null, {}, [{ id: 'nameless' }], [null]]) : devices,
  };
  return {
    id,
    devices,
    info: random.chance(troubles) ? undefined : JSON.stringify(value, null, random.pick([0, 0, 2])),
    compactInfo: JSON.stringify(value),
    anomaly,
    isAccepted: !random.chance(troubles),
  };
}
