import { createRandomSource, type RandomSource } from './random-source.ts';
import { type Nanoseconds, spell } from './draw-instants.ts';
import { createOutage, type OutageRecord } from './outage-records.ts';
import { createSites, type SimulatedSite } from './simulated-sites.ts';

export type CommandName = 'fetch' | 'preview' | 'submit';

/** The settings of the run. */
export interface Settings {
  /** Milliseconds. */
  readonly timeout: number;
  /** Milliseconds. */
  readonly deadline: number;
  readonly retries: number;
  readonly concurrency: number;
  readonly retryPost: 'always' | 'safe' | 'never';
}

/** Probabilities of faults. */
export interface FaultRates {
  /** Per request. */
  readonly network: number;
  /** Per file operation. */
  readonly disk: number;
  /** Per write to stdout or stderr. */
  readonly streams: number;
}

/** The file for `--snapshot`. */
export interface SnapshotFile {
  readonly place: 'file' | 'pipe' | 'stdin';
  readonly text: string;
  /** False if it was truncated. */
  readonly isWhole: boolean;
}

/** Everything that a run depends on, created from one seed. */
export interface World {
  readonly seed: number;
  readonly command: CommandName;
  readonly sites: readonly SimulatedSite[];
  /** Whether the run names sites; only `fetch` may omit them. */
  readonly namesSites: boolean;
  readonly outages: readonly OutageRecord[];
  /** The response to `GET /outages`. */
  readonly outagesText: string;
  readonly cutoff: { readonly text: string; readonly instant: Nanoseconds; readonly isGiven: boolean };
  readonly cutoffInclusive: boolean;
  readonly settings: Settings;
  readonly format: string;
  readonly output: 'stdout' | 'new' | 'existing' | 'special' | 'nowhere';
  readonly snapshot: SnapshotFile | undefined;
  readonly voice: {
    readonly verbose: boolean;
    readonly quiet: boolean;
    readonly logFormat: 'text' | 'json';
    readonly noColor: boolean;
  };
  readonly terminals: { readonly stdout: boolean; readonly stderr: boolean };
  readonly faultRates: FaultRates;
  /** Signals, each sent before a step of the run. */
  readonly signals: readonly { readonly step: number; readonly name: 'SIGINT' | 'SIGTERM' }[];
  /** Jumps of the wall clock. */
  readonly jumps: readonly { readonly step: number; readonly milliseconds: number }[];
  /** Milliseconds since 1970. */
  readonly wallStart: number;
}

const DEFAULT_CUTOFF = '2022-01-01T00:00:00Z';
const FORMATS = {
  fetch: ['json'],
  preview: ['json', 'json', 'ndjson', 'csv', 'table'],
  submit: ['json', 'text'],
} as const;

export function createWorld(seed: number): World {
  const random = createRandomSource(seed);
  const command = random.pick(['fetch', 'preview', 'submit', 'submit'] as const);
  const troubles = random.pick([0, 0, 0.05, 0.3]);
  const { sites, strangers } = createSites(troubles, random);
  const cutoff = createCutoff(random);
  const outages = createOutages(sites, strangers, cutoff.instant, random);
  const outagesText = `[${outages.map(({ text }) => text).join(random.pick([',', ',', ' ,\n']))}]`;
  const isSnapshot = command !== 'fetch' && random.chance(0.2);
  return {
    seed,
    command,
    sites,
    namesSites: command !== 'fetch' || random.chance(0.7),
    outages,
    outagesText,
    cutoff,
    cutoffInclusive: random.chance(0.3),
    settings: createSettings(random),
    format: random.pick(FORMATS[command]),
    output:
      command === 'submit' ? 'stdout' : random.pick(['stdout', 'stdout', 'new', 'existing', 'special', 'nowhere']),
    snapshot: isSnapshot ? createSnapshot(sites, outagesText, random) : undefined,
    voice: {
      verbose: random.chance(0.3),
      quiet: random.chance(0.1),
      logFormat: random.chance(0.3) ? 'json' : 'text',
      noColor: random.chance(0.1),
    },
    terminals: { stdout: random.chance(0.1), stderr: random.chance(0.05) },
    faultRates: {
      network: random.pick([0, 0.05, 0.3, 0.3, 0.6, 0.95]),
      disk: random.pick([0, 0, 0, 0.02, 0.2]),
      streams: random.pick([0, 0, 0, 0, 0.1, 0.5]),
    },
    signals: random.chance(0.25) ? createSignals(random) : [],
    jumps: random.chance(0.1)
      ? [{ step: random.scaled(1, 60), milliseconds: random.pick([-1, 1]) * random.scaled(1, 1e9) }]
      : [],
    wallStart: Date.parse('2026-01-02T03:04:05.678Z') + random.integer(0, 1e9),
  };
}

function createCutoff(random: RandomSource): World['cutoff'] {
  const standard = BigInt(Date.parse(DEFAULT_CUTOFF)) * 1_000_000n;
  if (random.chance(0.5)) return { text: DEFAULT_CUTOFF, instant: standard, isGiven: false };
  const instant = random.chance(0.3) ? standard : standard + BigInt(random.integer(-1e9, 1e9)) * 12_345_678n;
  return { text: spell(instant, random), instant, isGiven: true };
}

function createOutages(
  sites: readonly SimulatedSite[],
  strangers: readonly string[],
  cutoff: Nanoseconds,
  random: RandomSource,
): readonly OutageRecord[] {
  const devices = [...sites.flatMap((site) => site.devices.map(({ id }) => id)), ...strangers, 'abc'];
  const anomalyRate = random.pick([0, 0, 0.3, 1]);
  const outages = Array.from({ length: random.integer(0, 25) }, () =>
    createOutage(random.pick(devices), cutoff, random.chance(anomalyRate), random),
  );
  if (random.chance(0.3)) return outages;
  // In most worlds, no outage of a requested site is invalid, so that its list is sent.
  const own = new Set(sites.flatMap((site) => site.devices.map(({ id }) => id)));
  return outages.filter(({ device, fits }) => fits !== undefined || (device !== undefined && !own.has(device)));
}

function createSettings(random: RandomSource): Settings {
  return {
    timeout: random.scaled(20, 60_000),
    deadline: random.chance(0.5) ? 120_000 : random.scaled(50, 1_000_000),
    retries: random.pick([0, 1, 2, 5, 5, 8]),
    concurrency: random.pick([1, 2, 8]),
    retryPost: random.pick(['always', 'always', 'safe', 'never']),
  };
}

function createSnapshot(sites: readonly SimulatedSite[], outagesText: string, random: RandomSource): SnapshotFile {
  const infos = sites.flatMap(({ info }) => info ?? []).join(',');
  const whole = random.chance(0.8)
    ? `{"outages":${outagesText},"sites":[${infos}]}\n`
    : `{ "sites": [${infos}] , "more": {"outages":[1]}, "outages": ${outagesText} }`;
  const isWhole = random.chance(0.85);
  const text = isWhole ? whole : whole.trimEnd().slice(0, random.integer(0, whole.trimEnd().length - 1));
  return { place: random.pick(['file', 'file', 'pipe', 'stdin']), text, isWhole };
}

function createSignals(random: RandomSource): World['signals'] {
  const name = random.pick(['SIGINT', 'SIGTERM'] as const);
  const step = random.scaled(1, 80);
  const again = random.chance(0.2) ? [{ step: step + random.integer(0, 5), name }] : [];
  return [{ step, name }, ...again];
}
