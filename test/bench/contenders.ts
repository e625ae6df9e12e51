import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A program to compare with, as bash commands. */
export interface Contender {
  readonly name: string;
  readonly command: string;
}

const CUTOFF = '2022-01-01T00:00:00Z';

const DRAIN = `
const response = await fetch(process.argv[2] + '/outages');
for await (const chunk of response.body);
`;

const BARE = `
const [outages, site] = await Promise.all(
  ['/outages', '/site-info/site-0'].map(async (path) => (await fetch(process.argv[2] + path)).json()),
);
const names = new Map(site.devices.map(({ id, name }) => [id, name]));
const cutoff = Date.parse('${CUTOFF}');
const list = outages.filter(({ id, begin }) => names.has(id) && Date.parse(begin) > cutoff);
console.log(JSON.stringify(list.map(({ id, begin, end }) => ({ id, name: names.get(id), begin, end }))));
`;

const DUCKDB = `
import { DuckDBInstance } from '@duckdb/node-api';
const [outages, site] = process.argv.slice(2);
const connection = await (await DuckDBInstance.create(':memory:')).connect();
const columns = "columns={id:'VARCHAR','begin':'VARCHAR','end':'VARCHAR'}, format='array'";
const reader = await connection.runAndReadAll(\`
  with device as (select unnest(devices) as d from read_json('\${site}'))
  select o.id, device.d.name as name, o."begin", o."end"
  from read_json('\${outages}', \${columns}) o join device on device.d.id = o.id
  where o."begin"::TIMESTAMPTZ > '${CUTOFF}'::TIMESTAMPTZ\`);
console.log(JSON.stringify(reader.getRowObjectsJson()));
`;

const JQ = `
($site[0].devices | map({key: .id, value: .name}) | from_entries) as $names
| map(select(.begin > "2022-01-01T00:00:00.000Z" and $names[.id]) | {id, name: $names[.id], begin, end: .["end"]})`;

/** Writes the scripts into the directory where `@duckdb/node-api` is installed. */
export async function writeScripts(folder: string): Promise<void> {
  await writeFile(join(folder, 'drain.mjs'), DRAIN);
  await writeFile(join(folder, 'bare.mjs'), BARE);
  await writeFile(join(folder, 'duckdb.mjs'), DUCKDB);
  await writeFile(join(folder, 'jq.jq'), JQ);
}

/** Returns commands that all compute the list of site 0. */
export function contendersAt(url: string, folder: string, executable: string): Record<string, Contender> {
  const node = `'${process.execPath}'`;
  const download = `curl -sf ${url}/site-info/site-0 -o ${folder}/site.json`;
  return {
    ours: {
      name: 'kraken-outages preview',
      command: `${node} ${executable} preview --quiet --deadline 10m --api-url ${url} --site site-0`,
    },
    duckdb: {
      name: 'curl + DuckDB',
      command: `${download} && curl -sf ${url}/outages -o ${folder}/outages.json && ${node} ${folder}/duckdb.mjs ${folder}/outages.json ${folder}/site.json`,
    },
    jq: {
      name: 'curl + jq',
      command: `${download} && curl -sf ${url}/outages | jq -c --slurpfile site ${folder}/site.json -f ${folder}/jq.jq`,
    },
    bare: { name: 'fetch().json(), no checks', command: `${node} ${folder}/bare.mjs ${url}` },
    drain: { name: 'floor: fetch, read, drop', command: `${node} ${folder}/drain.mjs ${url}` },
    curl: { name: 'floor: curl > /dev/null', command: `curl -sf ${url}/outages` },
  };
}
