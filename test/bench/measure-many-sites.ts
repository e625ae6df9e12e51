import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';

import { median, run, type Sample } from './measure-command.ts';
import type { Figure } from './figures-table.ts';

/** The same work as `submit`, without checks, retries, deadlines and receipts. */
const BARE = `
import { readFileSync } from 'node:fs';
const [url, file] = process.argv.slice(2);
const sites = readFileSync(file, 'utf8').trim().split('\\n');
async function forEach(items, task) {
  const results = [];
  let next = 0;
  const work = async () => {
    for (let index = next++; index < items.length; index = next++) results[index] = await task(items[index]);
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return results;
}
async function call(path, options) {
  const response = await fetch(url + path, options);
  if (!response.ok) throw new Error(response.status);
  return response.json();
}
const outages = new Map();
for (const outage of await call('/outages')) outages.set(outage.id, [...(outages.get(outage.id) ?? []), outage]);
const infos = await forEach(sites, (site) => call('/site-info/' + site));
await forEach(infos, async ({ id, devices }) => {
  const list = devices.flatMap((device) => (outages.get(device.id) ?? [])
    .filter(({ begin }) => begin > '2022-01-01T00:00:00.000Z')
    .map(({ begin, end }) => ({ id: device.id, name: device.name, begin, end })));
  await call('/site-outages/' + id, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(list),
  });
  console.log(id, 'accepted');
});
`;

/** A limit of the API. */
interface RateLimit {
  /** Requests per second. */
  readonly rate: number;
  /** Requests at once, after a pause. */
  readonly burst: number;
  readonly sites: number;
}

const LIMITS: readonly RateLimit[] = [
  { rate: 5, burst: 1, sites: 100 },
  { rate: 50, burst: 5, sites: 500 },
  { rate: 500, burst: 50, sites: 5000 },
];

export interface ManySitesOptions {
  /** Base URL of the server, for the outages of many sites. */
  readonly url: string;
  readonly folder: string;
  /** The command line of this program. */
  readonly program: string;
  readonly rounds: number;
}

/** Measures submissions of up to 100,000 sites, with a slow API, and with APIs that limit the rate. */
export async function measureManySites({ url, folder, program, rounds }: ManySitesOptions): Promise<{
  readonly figures: readonly Figure[];
  readonly medians: ReadonlyMap<string, { readonly ms: number; readonly mib: number }>;
}> {
  await writeFile(join(folder, 'many-sites.mjs'), BARE);
  const samples = new Map<string, Sample[]>();
  const measure = async (name: string, command: string): Promise<Sample> => {
    const sample = await run(command, folder, { HOME: folder, KRAKEN_API_KEY: 'benchmark-key' });
    samples.set(name, [...(samples.get(name) ?? []), sample]);
    return sample;
  };
  const fileOf = async (sites: number): Promise<string> => {
    const path = join(folder, `sites-${sites}.txt`);
    await writeFile(path, Array.from({ length: sites }, (_, site) => `site-${site}\n`).join(''));
    return path;
  };
  const submit = (sitesFile: string, at = url, flags = ''): string =>
    `${program} submit --quiet --deadline 10m --sites-file ${sitesFile} --api-url ${at} ${flags}`;

  const tenThousand = await fileOf(10_000);
  for (let round = 0; round < rounds; round++) {
    await measure('ours, submit, 10,000 sites', submit(tenThousand));
    await measure('bare, submit, 10,000 sites', `'${process.execPath}' ${folder}/many-sites.mjs ${url} ${tenThousand}`);
  }
  await measure('ours, submit, 100,000 sites', submit(await fileOf(100_000)));
  const thousand = await fileOf(1000);
  await measure('ours, submit, 1,000 sites, 100 ms, 8 at once', submit(thousand, `${url}/0-0-100`, '--concurrency 8'));
  await measure('ours, submit, 1,000 sites, 100 ms', submit(thousand, `${url}/0-0-100`, '--concurrency auto'));

  const limited: Figure[] = [];
  for (const { rate, burst, sites } of LIMITS) {
    await fetch(`${url}/counts`, { method: 'DELETE' });
    const name = `ours, submit, ${sites} sites, ${rate} requests/s, burst ${burst}`;
    const { milliseconds } = await measure(name, submit(await fileOf(sites), `${url}/${rate}-${burst}-0`));
    const counts: unknown = await (await fetch(`${url}/counts`)).json();
    const { requests, rejected } = toCounts(counts);
    const ideal = (2 * sites + 1) / rate;
    const limit = `${rate} requests/s, burst ${burst}`;
    limited.push(
      {
        figure: `submit at ${limit}, against the ideal time`,
        value: milliseconds / 1000 / ideal,
        goal: 1.25,
        better: 'less',
      },
      { figure: '… share of responses that are 429', value: rejected / requests, goal: 0.15, better: 'less' },
    );
  }

  const medians = new Map(
    [...samples].map(([name, all]) => [
      name,
      { ms: median(all.map((one) => one.milliseconds)), mib: median(all.map((one) => one.mebibytes)) },
    ]),
  );
  const ms = (name: string): number => medians.get(name)?.ms ?? NaN;
  const mib = (name: string): number => medians.get(name)?.mib ?? NaN;
  return {
    medians,
    figures: [
      {
        figure: 'submit of 10,000 sites against a bare fetch script',
        value: ms('ours, submit, 10,000 sites') / ms('bare, submit, 10,000 sites'),
        goal: 1.2,
        better: 'less',
      },
      { figure: '… peak memory, MiB', value: mib('ours, submit, 10,000 sites'), goal: 150, better: 'less' },
      {
        figure: 'submit of 100,000 sites, peak memory, MiB',
        value: mib('ours, submit, 100,000 sites'),
        goal: 400,
        better: 'less',
      },
      {
        figure: 'submit of 1,000 sites at 100 ms latency, --concurrency auto against 8',
        value: ms('ours, submit, 1,000 sites, 100 ms') / ms('ours, submit, 1,000 sites, 100 ms, 8 at once'),
        goal: 0.4,
        better: 'less',
      },
      ...limited,
    ],
  };
}

function toCounts(value: unknown): { readonly requests: number; readonly rejected: number } {
  if (typeof value === 'object' && value !== null && 'requests' in value && 'rejected' in value) {
    return { requests: Number(value.requests), rejected: Number(value.rejected) };
  }
  throw new TypeError('the server has no counts');
}
