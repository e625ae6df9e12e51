import { createRandom, type Random, UUID_STARTS, uuidEnd, uuidStart } from './random.ts';
import { SITES, type SiteData } from './known-sites.ts';
import { outage } from './small-dataset.ts';
import { byId, type SandboxOutage, type Dataset } from './dataset.ts';

/** Begins that a transformation gets wrong first. */
const BOUNDARY = [
  '2022-01-01T00:00:00.000Z',
  '2021-12-31T23:59:59.999Z',
  '2022-01-01T00:00:00.001Z',
  '2022-01-01T05:30:00.000+05:45',
  '2021-12-31T23:30:00.000-01:00',
] as const;

const POOL = 4096;

interface Device {
  readonly id: string;
  readonly closed: boolean;
  /** How many outages it has. */
  readonly amount: number;
}

/**
 * A world of exactly so many outages, made while they are read: about one in a thousand belongs to a device of a site,
 * and where there are few, one for each device as far as they reach.
 */
export function createGeneratedDataset(size: number, seed: number): Dataset {
  const devices = devicesOf(SITES, size);
  return {
    sites: SITES,
    size,
    outages: () => merge(strays(size - sum(devices), seed), devices, seed),
    *siteOutages() {
      for (const device of devices) yield* outagesOf(device, seed);
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
    const made = closed ? outage(random, id, '2018-01-01', '2021-12-30') : outage(random, id);
    const boundary = random() < 0.125 ? BOUNDARY[Math.floor(random() * BOUNDARY.length)] : undefined;
    yield boundary === undefined || closed ? made : { ...made, begin: boundary };
  }
}

/** Gives each device random numbers of its own, so that its outages can be made without all the others. */
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

/** Devices of no site, two outages each, their ids ascending: the range of ids is cut into as many slices. */
function* strays(amount: number, seed: number): Iterable<SandboxOutage> {
  const random = createRandom(seed);
  // A few thousand times and ends of ids are enough, for the starts differ; making each anew would take most of the time.
  const pool = Array.from({ length: POOL }, () => outage(random, uuidEnd(random)));
  const draw = (): SandboxOutage => pool[Math.floor(random() * POOL)] ?? outage(random, uuidEnd(random));

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
