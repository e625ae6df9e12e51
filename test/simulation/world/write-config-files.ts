import type { RandomSource } from './random-source.ts';

const CONFIG_FILE = '/work/settings.yaml';
const USER_FILE = '/home/user/.config/kraken-outages/config.yaml';
const PROFILE = 'live';
/** In descending precedence. */
export const LAYERS = ['flag', 'variable', 'profile', 'config', 'user'] as const;
export type Layer = (typeof LAYERS)[number];
export type Values = Record<string, string | readonly string[]>;

/** Valid values for layers of lower precedence, to detect a wrong precedence. */
export const DECOYS: Readonly<Record<string, string>> = {
  apiUrl: 'https://decoy.example.com/v1',
  cutoff: '2001-01-01T00:00:00Z',
  timeout: '7ms',
  deadline: '11ms',
  retries: '77',
  retryPost: 'always',
  concurrency: '64',
};

/** Writes the configuration files and the flags or variables that select them. */
export function writeFiles(
  { profile, config, user }: Readonly<Record<Layer, Values>>,
  { argv, env, files }: { argv: string[]; env: Record<string, string>; files: Map<string, string> },
  random: RandomSource,
): void {
  const hasProfile = Object.keys(profile).length > 0;
  if (hasProfile || Object.keys(config).length > 0) {
    const file = { ...config, ...(hasProfile && { profiles: { [PROFILE]: profile, other: DECOYS } }) };
    files.set(CONFIG_FILE, toYaml(file, random));
    if (random.chance(0.5)) argv.push('--config=settings.yaml');
    else env['KRAKEN_CONFIG'] = CONFIG_FILE;
    if (hasProfile && random.chance(0.5)) argv.push(`--profile=${PROFILE}`);
    else if (hasProfile) env['KRAKEN_PROFILE'] = PROFILE;
  }
  if (Object.keys(user).length > 0) files.set(USER_FILE, toYaml(user, random));
}

function toYaml(values: Readonly<Record<string, unknown>>, random: RandomSource): string {
  if (random.chance(0.5)) return JSON.stringify(values, null, random.pick([0, 2]));
  return Object.entries(values)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`)
    .join('');
}
