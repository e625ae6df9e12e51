/**
 * `npm run bench`: creates data, starts a server, runs this program and its alternatives in turn, and prints medians, ratios
 * and peak memory. Each round runs each command once, so that other load on the machine affects all of them.
 *
 *     npm run bench -- [rounds]      default 5; the table goes to stderr, the same as JSON to stdout
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { contendersAt, writeScripts } from './contenders.ts';
import { DEVICES_PER_SITE, siteInfo, SITES, writeOutages, writeOutagesOfSites, writeSnapshot } from './bench-data.ts';
import { median, run, type Sample } from './measure-command.ts';
import { measureManySites } from './measure-many-sites.ts';
import { measureReader } from './measure-reader.ts';
import { type Figure, toTable } from './figures-table.ts';

const EXECUTABLE = fileURLToPath(new URL('../../bin/kraken-outages.js', import.meta.url));
const SIZES = { small: 108, million: 1_000_000, five: 5_000_000 };

const rounds = Number(process.argv[2] ?? 5);
const folder = await mkdtemp(join(tmpdir(), 'kraken-outages-bench-'));

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Creates one file of outages per size, and installs the alternatives outside the project's dependencies. */
async function prepare(): Promise<readonly string[]> {
  await writeScripts(folder);
  await writeFile(join(folder, 'sites.txt'), Array.from({ length: SITES }, (_, site) => `site-${site}\n`).join(''));
  say('installing @duckdb/node-api, making the data …');
  await writeFile(join(folder, 'package.json'), '{}');
  await promisify(execFile)('npm', ['install', '--silent', '--no-audit', '@duckdb/node-api'], { cwd: folder });
  const files: string[] = [];
  for (const [name, size] of Object.entries(SIZES)) {
    const path = join(folder, `${name}.json`);
    await writeOutages(path, size);
    files.push(path);
  }
  await writeSnapshot(join(folder, 'snapshot.json'), SIZES.million);
  await writeSnapshot(join(folder, 'small-snapshot.json'), SIZES.small, 1);
  const manySites = join(folder, 'many-sites.json');
  await writeOutagesOfSites(manySites, 100_000);
  return [...files, manySites];
}

/** Returns the commands, by name. */
function commandsAt(url: string): Readonly<Record<string, string>> {
  const [small, million, five] = [0, 1, 2].map((which) => contendersAt(`${url}/${which}`, folder, EXECUTABLE));
  const node = `'${process.execPath}'`;
  const allSites = `--sites-file ${folder}/sites.txt`;
  const offline = `${node} ${EXECUTABLE} preview --quiet --snapshot ${folder}/snapshot.json`;
  return {
    ...Object.fromEntries(Object.entries(million ?? {}).map(([name, { command }]) => [name, command])),
    'ours, 5 M': five?.['ours']?.command ?? '',
    'ours, 1 M, 10,000 sites': `${million?.['ours']?.command ?? ''} ${allSites}`,
    'ours, snapshot': `${offline} --site site-0`,
    'ours, snapshot, 10,000 sites': `${offline} ${allSites}`,
    'ours, 108, snapshot': `${node} ${EXECUTABLE} preview --quiet --snapshot ${folder}/small-snapshot.json --site site-0`,
    'ours, 108': small?.['ours']?.command ?? '',
    'ours, 108, submit': (small?.['ours']?.command ?? '').replace(' preview ', ' submit '),
    'bare, 108': small?.['bare']?.command ?? '',
    version: `${node} ${EXECUTABLE} --version`,
    'node -e 0': `${node} -e 0`,
  };
}

async function measure(commands: Readonly<Record<string, string>>): Promise<ReadonlyMap<string, readonly Sample[]>> {
  const samples = new Map<string, Sample[]>();
  for (let round = 1; round <= rounds; round++) {
    say(`round ${round} of ${rounds} …`);
    for (const [name, command] of Object.entries(commands)) {
      const sample = await run(command, folder, { HOME: folder, KRAKEN_API_KEY: 'bench' });
      samples.set(name, [...(samples.get(name) ?? []), sample]);
    }
  }
  return samples;
}

async function measureReaders(path: string): Promise<readonly Figure[]> {
  const bytes = await readFile(path);
  const ids = [...siteInfo(0).matchAll(/"id":"([^"]{36})"/g)].map(([, id = '']) => id);
  if (ids.length !== DEVICES_PER_SITE) throw new Error(`expected ${DEVICES_PER_SITE} ids, found ${ids.length}`);
  // A fifth of the records: pretty-printed, all of them would exceed the maximum string length.
  const part = `${bytes.subarray(0, bytes.indexOf('}', bytes.length / 5) + 1).toString()}]`;
  const spellings: Readonly<Record<string, string>> = {
    'pretty-printed': JSON.stringify(JSON.parse(part), undefined, 2),
    're-ordered': part.replace(/{("id":"[^"]*"),("begin":"[^"]*"),/g, '{$2,$1,'),
    extended: part.replace(/{"id"/g, '{"severity":3,"id"'),
  };
  return [
    {
      figure: 'the reader alone, times as fast as JSON.parse',
      value: measureReader(bytes, ids, rounds),
      goal: 6,
      better: 'more',
    },
    ...Object.entries(spellings).map(([spelling, text]) => ({
      figure: `… on ${spelling} records`,
      value: measureReader(Buffer.from(text), ids, rounds),
      goal: 1,
      better: 'more' as const,
    })),
  ];
}

try {
  const files = await prepare();
  const script = fileURLToPath(new URL('bench-server.ts', import.meta.url));
  const server = spawn(process.execPath, [...process.execArgv, script, ...files], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let samples;
  let many;
  try {
    const started: Promise<unknown[]> = once(server.stdout.setEncoding('utf8'), 'data');
    const [url] = await started;
    const base = String(url).trim();
    samples = await measure(commandsAt(base));
    say('many sites …');
    const program = `'${process.execPath}' ${EXECUTABLE}`;
    many = await measureManySites({ url: `${base}/${files.length - 1}`, folder, program, rounds });
  } finally {
    server.kill();
  }
  const middle = new Map(
    [...samples].map(([name, all]) => [
      name,
      { ms: median(all.map((one) => one.milliseconds)), mib: median(all.map((one) => one.mebibytes)) },
    ]),
  );
  const ms = (name: string): number => middle.get(name)?.ms ?? NaN;
  const mib = (name: string): number => middle.get(name)?.mib ?? NaN;
  const figures: readonly Figure[] = [
    {
      figure: 'wall time, 1 M outages, against curl + DuckDB',
      value: ms('ours') / ms('duckdb'),
      goal: 0.3,
      better: 'less',
    },
    { figure: '… against curl + jq', value: ms('ours') / ms('jq'), goal: 0.1, better: 'less' },
    { figure: '… 5 M outages against 1 M', value: ms('ours, 5 M') / ms('ours'), goal: 4.6, better: 'less' },
    { figure: 'peak memory at 1 M, MiB', value: mib('ours'), goal: 120, better: 'less' },
    { figure: 'peak memory at 5 M, MiB', value: mib('ours, 5 M'), goal: 120, better: 'less' },
    { figure: 'peak memory, 5 M against 1 M', value: mib('ours, 5 M') / mib('ours'), goal: 1.1, better: 'less' },
    ...(await measureReaders(join(folder, 'million.json'))),
    {
      figure: '10,000 sites against one, of one snapshot',
      value: ms('ours, snapshot, 10,000 sites') / ms('ours, snapshot'),
      goal: 1.3,
      better: 'less',
    },
    { figure: '--version against node -e 0', value: ms('version') / ms('node -e 0'), goal: 1.1, better: 'less' },
    {
      figure: 'preview of 108 outages against node -e 0',
      value: ms('ours, 108') / ms('node -e 0'),
      goal: 3,
      better: 'less',
    },
    {
      figure: 'submit of 108 outages against node -e 0',
      value: ms('ours, 108, submit') / ms('node -e 0'),
      goal: 3,
      better: 'less',
    },
    {
      figure: 'preview of 108 outages against a bare fetch script',
      value: ms('ours, 108') / ms('bare, 108'),
      goal: 0.7,
      better: 'less',
    },
    ...many.figures,
  ];
  const machine = `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node.js ${process.versions.node}`;
  const date = new Date().toISOString().slice(0, 10);
  const all = new Map([...middle, ...many.medians]);
  say(toTable(figures, all, `${date}, ${machine}, medians of ${rounds} rounds`));
  process.stdout.write(`${JSON.stringify({ date, machine, rounds, figures, medians: Object.fromEntries(all) })}\n`);
} finally {
  await rm(folder, { recursive: true });
}
