import { createDice, type Dice } from './dice.ts';
import { type Nanoseconds, spell } from './draw-instants.ts';
import { createOutage, type OutageRecord } from './outage-records.ts';
import { createSites, type SimulatedSite } from './simulated-sites.ts';

export type CommandName = 'fetch' | 'preview' | 'submit';

/** How the run is asked to behave. */
export interface Settings {
  /** Milliseconds. */
  readonly timeout: number;
  /** Milliseconds. */
  readonly deadline: number;
  readonly retries: number;
  readonly concurrency: number;
  readonly retryPost: 'always' | 'safe' | 'never';
}

/** How often what goes wrong: probabilities. */
export interface Weather {
  /** Of each request. */
  readonly network: number;
  /** Of each operation on a file. */
  readonly disk: number;
  /** Of each write to stdout and stderr. */
  readonly streams: number;
}

/** Where the two GETs are replaced by a file. */
export interface SnapshotFile {
  readonly place: 'file' | 'pipe' | 'stdin';
  readonly text: string;
  /** Whether it was cut short or is no JSON. */
  readonly isWhole: boolean;
}

/** Everything that a run depends on; made from one number. */
export interface World {
  readonly seed: number;
  readonly command: CommandName;
  readonly sites: readonly SimulatedSite[];
  /** Whether the sites are named: only `fetch` goes without. */
  readonly namesSites: boolean;
  readonly outages: readonly OutageRecord[];
  /** What `GET /outages` holds. */
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
  readonly weather: Weather;
  /** Before which step of the run they come. */
  readonly signals: readonly { readonly step: number; readonly name: 'SIGINT' | 'SIGTERM' }[];
  /** Of the wall clock. */
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
  const dice = createDice(seed);
  const command = dice.pick(['fetch', 'preview', 'submit', 'submit'] as const);
  const troubles = dice.pick([0, 0, 0.05, 0.3]);
  const { sites, strangers } = createSites(troubles, dice);
  const cutoff = createCutoff(dice);
  const outages = createOutages(sites, strangers, cutoff.instant, dice);
  const outagesText = `[${outages.map(({ text }) => text).join(dice.pick([',', ',', ' ,\n']))}]`;
  const isSnapshot = command !== 'fetch' && dice.chance(0.2);
  return {
    seed,
    command,
    sites,
    namesSites: command !== 'fetch' || dice.chance(0.7),
    outages,
    outagesText,
    cutoff,
    cutoffInclusive: dice.chance(0.3),
    settings: createSettings(dice),
    format: dice.pick(FORMATS[command]),
    output: command === 'submit' ? 'stdout' : dice.pick(['stdout', 'stdout', 'new', 'existing', 'special', 'nowhere']),
    snapshot: isSnapshot ? createSnapshot(sites, outagesText, dice) : undefined,
    voice: {
      verbose: dice.chance(0.3),
      quiet: dice.chance(0.1),
      logFormat: dice.chance(0.3) ? 'json' : 'text',
      noColor: dice.chance(0.1),
    },
    terminals: { stdout: dice.chance(0.1), stderr: dice.chance(0.05) },
    weather: {
      network: dice.pick([0, 0.05, 0.3, 0.3, 0.6, 0.95]),
      disk: dice.pick([0, 0, 0, 0.02, 0.2]),
      streams: dice.pick([0, 0, 0, 0, 0.1, 0.5]),
    },
    signals: dice.chance(0.25) ? createSignals(dice) : [],
    jumps: dice.chance(0.1)
      ? [{ step: dice.scaled(1, 60), milliseconds: dice.pick([-1, 1]) * dice.scaled(1, 1e9) }]
      : [],
    wallStart: Date.parse('2026-01-02T03:04:05.678Z') + dice.integer(0, 1e9),
  };
}

function createCutoff(dice: Dice): World['cutoff'] {
  const standard = BigInt(Date.parse(DEFAULT_CUTOFF)) * 1_000_000n;
  if (dice.chance(0.5)) return { text: DEFAULT_CUTOFF, instant: standard, isGiven: false };
  const instant = dice.chance(0.3) ? standard : standard + BigInt(dice.integer(-1e9, 1e9)) * 12_345_678n;
  return { text: spell(instant, dice), instant, isGiven: true };
}

function createOutages(
  sites: readonly SimulatedSite[],
  strangers: readonly string[],
  cutoff: Nanoseconds,
  dice: Dice,
): readonly OutageRecord[] {
  const devices = [...sites.flatMap((site) => site.devices.map(({ id }) => id)), ...strangers, 'abc'];
  const oddity = dice.pick([0, 0, 0.3, 1]);
  const outages = Array.from({ length: dice.integer(0, 25) }, () =>
    createOutage(dice.pick(devices), cutoff, dice.chance(oddity), dice),
  );
  if (dice.chance(0.3)) return outages;
  // Most lists are to be sent, and nothing is that could belong to a misfit.
  const own = new Set(sites.flatMap((site) => site.devices.map(({ id }) => id)));
  return outages.filter(({ device, fits }) => fits !== undefined || (device !== undefined && !own.has(device)));
}

function createSettings(dice: Dice): Settings {
  return {
    timeout: dice.scaled(20, 60_000),
    deadline: dice.chance(0.5) ? 120_000 : dice.scaled(50, 1_000_000),
    retries: dice.pick([0, 1, 2, 5, 5, 8]),
    concurrency: dice.pick([1, 2, 8]),
    retryPost: dice.pick(['always', 'always', 'safe', 'never']),
  };
}

function createSnapshot(sites: readonly SimulatedSite[], outagesText: string, dice: Dice): SnapshotFile {
  const infos = sites.flatMap(({ info }) => info ?? []).join(',');
  const whole = dice.chance(0.8)
    ? `{"outages":${outagesText},"sites":[${infos}]}\n`
    : `{ "sites": [${infos}] , "more": {"outages":[1]}, "outages": ${outagesText} }`;
  const isWhole = dice.chance(0.85);
  const text = isWhole ? whole : whole.trimEnd().slice(0, dice.integer(0, whole.trimEnd().length - 1));
  return { place: dice.pick(['file', 'file', 'pipe', 'stdin']), text, isWhole };
}

function createSignals(dice: Dice): World['signals'] {
  const name = dice.pick(['SIGINT', 'SIGTERM'] as const);
  const step = dice.scaled(1, 80);
  const again = dice.chance(0.2) ? [{ step: step + dice.integer(0, 5), name }] : [];
  return [{ step, name }, ...again];
}
