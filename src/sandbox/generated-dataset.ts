import { createRandom, type Random, UUID_STARTS, uuidEnd, uuidStart } from './random.ts';
import { SITES, type SiteData } from './known-sites.ts';
import { outage } from './small-dataset.ts';
import { byId, type SandboxOutage, type Dataset } from './dataset.ts';

/** Begins near the cutoff, where a wrong comparison shows first. */
const BOUNDARY_BEGINS = [
  '2022-01-01T00:00:00.000Z',
  '2021-12-31T23:59:59.999Z',
  '2022-01-01T00:00:00.001Z',
  '2022-01-01T05:30:00.000+05:45',
  '2021-12-31T23:30:00.000-01:00',
] as const;

const POOL_SIZE = 4096;

interface Device {
  readonly id: string;
  readonly closed: boolean;
  /** Number of outages. */
  readonly amount: number;
}

/**
 * Generates exactly `size` outages while they are read. About one in a thousand belongs to a device of a site; in a small data
 * set, each device has one while there are enough.
 */
export function createGeneratedDataset(size: number, seed: number, sites: readonly SiteData[] = SITES): Dataset {
  const devices = devicesOf(sites, size);
  const byDeviceId = new Map(devices.map((device) => [device.id, device]));
  return {
    sites,
    size,
    outages: () => merge(unrelatedOutages(size - sum(devices), seed), devices, seed),
    *siteOutages(site) {
      const chosen = site ? site.devices.flatMap(({ id }) => byDeviceId.get(id) ?? []).sort(byId) : devices;
      for (const device of chosen) yield* outagesOf(device, seed);
    },
  };
}

function devicesOf(sites: readonly SiteData[], size: number): readonly Device[] {
  const closed = new Map(sites.flatMap((site) => site.devices.map(({ id }) => [id, site.closed] as const)));
  const amount = Math.max(Math.round(size / 1000), Math.min(size, closed.size));
  const [each, more] = [Math.floor(amount / closed.size), amount % closed.size];
  return [...closed]
    .map(([id, isClosed], index) => ({ id, closed: isClosed, amount: each + (index < more ? 1 : 0) }))
    .sort(byId);
}

function sum(devices: readonly Device[]): number {
  return devices.reduce((total, { amount }) => total + amount, 0);
}

function* outagesOf({ id, closed, amount }: Device, seed: number): Iterable<SandboxOutage> {
  const random = createRandom(seed ^ hash(id));
  for (let index = 0; index < amount; index += 1) {
    const generated = closed ? outage(random, id, '2018-01-01', '2021-12-30') : outage(random, id);
    const boundary = random() < 0.125 ? BOUNDARY_BEGINS[Math.floor(random() * BOUNDARY_BEGINS.length)] : undefined;
    yield boundary === undefined || closed ? generated : { ...generated, begin: boundary };
  }
}

/** FNV-1a. Seeds each device separately, so that its outages can be generated without the others. */
function hash(id: string): number {
  let value = 0x811c9dc5;
  for (const character of id) value = Math.imul(value ^ character.charCodeAt(0), 0x01000193);
  return value;
}

function* merge(
  strayOutages: Iterable<SandboxOutage>,
  devices: readonly Device[],
  seed: number,
): Iterable<SandboxOutage> {
  let next = 0;
  let device = devices[next];
  for (const stray of strayOutages) {
    while (device !== undefined && device.id < stray.id) {
      yield* outagesOf(device, seed);
      device = devices[(next += 1)];
    }
    yield stray;
  }
  for (const rest of devices.slice(next)) yield* outagesOf(rest, seed);
}

/** Outages of devices of no site, two per device, by ascending id: each device draws its id from its own slice of the range. */
function* unrelatedOutages(amount: number, seed: number): Iterable<SandboxOutage> {
  const random = createRandom(seed);
  // Reusing times and ends of ids saves most of the time; the starts of the ids still differ.
  const pool = Array.from({ length: POOL_SIZE }, () => outage(random, uuidEnd(random)));
  const draw = (): SandboxOutage => pool[Math.floor(random() * POOL_SIZE)] ?? outage(random, uuidEnd(random));

  const slice = UUID_STARTS / Math.ceil(amount / 2);
  let id = '';
  for (let index = 0; index < amount; index += 1) {
    const { id: idEnd, begin, end } = draw();
    if (index % 2 === 0) id = uuidStart(startIn(random, index / 2, slice)) + idEnd;
    yield { id, begin, end };
  }
}

function startIn(random: Random, position: number, slice: number): number {
  return Math.floor(position * slice) + Math.floor(random() * Math.floor(slice));
}
