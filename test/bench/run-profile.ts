/**
 * `npm run profile`: submits 10,000 sites to a local server under V8's profiler, and prints the processor time of each layer per
 * request. There are two requests for each site.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import * as v from 'valibot';

import { SITES, writeOutagesOfSites } from './bench-data.ts';
import { run } from './measure-command.ts';

const EXECUTABLE = fileURLToPath(new URL('../../bin/kraken-outages.js', import.meta.url));

const profileSchema = v.object({
  nodes: v.array(v.object({ id: v.number(), callFrame: v.object({ functionName: v.string(), url: v.string() }) })),
  samples: v.array(v.number()),
  timeDeltas: v.array(v.number()),
});

/** The layer of a function, by the file that it is in. The chunks are named in rolldown.config.js. */
const LAYERS: readonly (readonly [layer: string, file: RegExp])[] = [
  ['ky', /chunks.ky-/],
  ['client: attempts, retries, rate, site infos', /chunks.client-/],
  ['fetch over node:http, reporter, errors', /chunks.base-/],
  ['pipeline: lists, receipts', /dist./],
  ["Node's HTTP client", /^node:(_http|internal.*http|https?)/],
  ["Node's sockets and streams", /^node:(net|.*stream|dns|internal.*net)/],
  ['other parts of Node', /^node:/],
];
const NATIVE = 'system calls and built-in functions';

function layerOf({ functionName, url }: { readonly functionName: string; readonly url: string }): string {
  if (functionName === '(idle)') return 'idle';
  if (functionName === '(garbage collector)') return 'garbage collection';
  return LAYERS.find(([, file]) => file.test(url))?.[0] ?? NATIVE;
}

const folder = await mkdtemp(join(tmpdir(), 'kraken-outages-profile-'));
try {
  const outages = join(folder, 'outages.json');
  await writeOutagesOfSites(outages, SITES);
  await writeFile(join(folder, 'sites.txt'), Array.from({ length: SITES }, (_, site) => `site-${site}\n`).join(''));
  const script = fileURLToPath(new URL('bench-server.ts', import.meta.url));
  const server = spawn(process.execPath, [...process.execArgv, script, outages], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const started: Promise<unknown[]> = once(server.stdout.setEncoding('utf8'), 'data');
    const url = `${String((await started)[0]).trim()}/0`;
    const flags = `submit --quiet --sites-file ${folder}/sites.txt --api-url ${url}`;
    await run(`'${process.execPath}' --cpu-prof --cpu-prof-dir=${folder}/profile ${EXECUTABLE} ${flags}`, folder, {
      HOME: folder,
      KRAKEN_API_KEY: 'benchmark-key',
    });
  } finally {
    server.kill();
  }
  const [name = ''] = await readdir(join(folder, 'profile'));
  const { nodes, samples, timeDeltas } = v.parse(
    profileSchema,
    JSON.parse(await readFile(join(folder, 'profile', name), 'utf8')),
  );
  const layers = new Map(nodes.map(({ id, callFrame }) => [id, layerOf(callFrame)]));
  const times = new Map<string, number>();
  for (const [index, sample] of samples.entries()) {
    const layer = layers.get(sample) ?? NATIVE;
    times.set(layer, (times.get(layer) ?? 0) + (timeDeltas[index] ?? 0));
  }
  process.stdout.write('| layer | microseconds per request |\n|---|---|\n');
  for (const [layer, microseconds] of [...times].sort((a, b) => b[1] - a[1])) {
    process.stdout.write(`| ${layer} | ${(microseconds / (2 * SITES)).toFixed(1)} |\n`);
  }
} finally {
  await rm(folder, { recursive: true });
}
