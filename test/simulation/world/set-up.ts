import { DECOYS, type Layer, LAYERS, type Values, writeFiles } from './write-config-files.ts';
import type { RandomSource } from './random-source.ts';
import { API_URL, JOURNAL, OLD_OUTPUT, OUTPUTS } from './paths.ts';
import type { World } from './create-world.ts';

/** The command line, environment and files of a run. */
export interface Setup {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly files: ReadonlyMap<string, string>;
  /** Undefined if stdin is not used. */
  readonly stdin: string | undefined;
  readonly key: string;
}

const KEYS = ['s3cret-Key/with+signs==0123456789', '[k]e.y*(with)$special^chars|0123', 'Zq9"quoted"\\back\\slash{}'];

const KEY_PLACES = ['variable', 'file', 'config', 'user', 'env reference', 'file reference'] as const;

const FLAGS: Readonly<Record<string, string>> = {
  apiUrl: '--api-url',
  cutoff: '--cutoff',
  timeout: '--timeout',
  deadline: '--deadline',
  retries: '--retries',
  retryPost: '--retry-post',
  concurrency: '--concurrency',
};
const VARIABLES: Readonly<Record<string, string>> = { apiUrl: 'KRAKEN_API_URL', cutoff: 'KRAKEN_CUTOFF' };
/** Distributes the world's settings over flags, variables and files. */
export function setUp(world: World, random: RandomSource): Setup {
  const argv: string[] = [world.command];
  const env: Record<string, string> = { PATH: '/bin', TERM: 'xterm' };
  const files = new Map<string, string>();
  const layers: Record<Layer, Values> = { flag: {}, variable: {}, profile: {}, config: {}, user: {} };
  const key = random.pick(KEYS);
  let stdin: string | undefined;

  const place = (name: string, text: string): void => {
    const possible = LAYERS.filter((layer) => layer !== 'variable' || name in VARIABLES);
    const layer = random.pick(possible);
    layers[layer][name] = text;
    const decoy = DECOYS[name];
    if (decoy === undefined || !random.chance(0.3)) return;
    for (const lower of possible.slice(possible.indexOf(layer) + 1)) layers[lower][name] = decoy;
  };
  const { settings, cutoff, cutoffInclusive, snapshot, voice } = world;
  place('apiUrl', API_URL + random.pick(['', '/']));
  if (cutoff.isGiven) place('cutoff', cutoff.text);
  place('timeout', `${settings.timeout}ms`);
  place('deadline', `${settings.deadline}ms`);
  place('retries', String(settings.retries));
  place('retryPost', settings.retryPost);
  place('concurrency', String(settings.concurrency));
  if (cutoffInclusive && random.chance(0.5)) argv.push('--cutoff-inclusive');
  else layers[random.pick(['profile', 'config', 'user'] as const)]['cutoffInclusive'] = String(cutoffInclusive);

  if (snapshot) {
    argv.push(`--snapshot=${snapshot.place === 'stdin' ? '-' : `snapshot.${snapshot.place}`}`);
    if (snapshot.place === 'stdin') stdin = snapshot.text;
    else files.set(`/work/snapshot.${snapshot.place}`, snapshot.text);
  }
  const newline = random.pick(['', '\n', '\r\n']);
  const keyPlace = random.pick(stdin === undefined ? [...KEY_PLACES, 'stdin' as const] : KEY_PLACES);
  switch (keyPlace) {
    case 'stdin':
      stdin = key + newline;
      argv.push('--api-key-file=-');
      break;
    case 'variable':
      env['KRAKEN_API_KEY'] = key;
      break;
    case 'file':
      files.set('/work/keys/live', key + newline);
      argv.push('--api-key-file=keys/live');
      break;
    case 'config':
    case 'user':
      layers[keyPlace]['apiKey'] = key;
      break;
    case 'env reference':
      layers.profile['apiKey'] = 'env:MY_KEY';
      env['MY_KEY'] = key;
      break;
    case 'file reference':
      layers.user['apiKey'] = 'file:key';
      files.set('/home/user/.config/kraken-outages/key', key + newline);
      break;
  }

  if (world.namesSites) {
    const ids = world.sites.map(({ id }) => id);
    const [first, ...others] = ids;
    if (random.chance(0.2)) layers[random.pick(['profile', 'config', 'user'] as const)]['sites'] = ids;
    else if (first !== undefined && others.length === 0 && !/[\s,]/u.test(first) && random.chance(0.2)) {
      env['KRAKEN_SITE'] = first;
    } else if (random.chance(0.3)) {
      const text = `${ids.join(`${newline || '\n'} `)}\n\n${first ?? ''}`;
      if (stdin === undefined && random.chance(0.5)) {
        stdin = text;
        argv.push('--sites-file=-');
      } else {
        files.set('/work/sites.txt', text);
        argv.push('--sites-file=sites.txt');
      }
    } else argv.push(...[...ids, ...ids.slice(0, random.integer(0, 1))].map((id) => `--site=${id}`));
  }

  if (world.command !== 'fetch' && !(random.chance(0.3) && isDefaultFormat(world)))
    argv.push(`--format=${world.format}`);
  if (world.output !== 'stdout') argv.push(`--output=${OUTPUTS[world.output]}`);
  files.set('/work/old.data', OLD_OUTPUT);
  if (voice.verbose) argv.push('--verbose');
  if (voice.quiet) argv.push('--quiet');
  if (voice.noColor) argv.push('--no-color');
  if (voice.logFormat === 'json') argv.push('--log-format=json');

  for (const [name, text] of Object.entries(layers.flag)) argv.push(`${FLAGS[name] ?? ''}=${String(text)}`);
  for (const [name, text] of Object.entries(layers.variable)) env[VARIABLES[name] ?? ''] = String(text);
  writeFiles(layers, { argv, env, files }, random);
  if (world.command === 'submit' && random.chance(0.4)) {
    argv.push('--journal=journal.ndjson');
    if (random.chance(0.5)) files.set(JOURNAL, random.pick(['', '{"time":"2026-01', '{']));
  }
  return { argv, env, files, stdin, key };
}

function isDefaultFormat({ command, format }: World): boolean {
  return format === (command === 'submit' ? 'text' : 'json');
}
