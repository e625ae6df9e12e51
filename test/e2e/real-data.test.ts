import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

import { expect } from 'chai';
import { describe } from 'mocha';

import { type Api, json, text, withApi } from './support/scripted-api.ts';
import { runConcurrentlyIf } from './support/run-concurrently.ts';
import { inWorkspace, type Workspace } from './support/workspace.ts';

const FIXTURES = new URL('../../../shared/fixtures/norwich-pear-tree/', import.meta.url);
const SITE = 'norwich-pear-tree';
const POST = `POST /site-outages/${SITE}`;

/** The lists that the live API was recorded to accept, and the flags that produce them. */
const EXPECTED = {
  excluded: { file: 'expected.cutoff-excluded.json', flags: [] },
  included: { file: 'expected.cutoff-included.json', flags: ['--cutoff-inclusive'] },
} as const;

async function fixture(name: string): Promise<string> {
  return (await readFile(new URL(name, FIXTURES), 'utf8')).trim();
}

/** Runs the test with a server of the recorded responses and a workspace. */
async function withRecordings(use: (api: Api, workspace: Workspace) => Promise<void>): Promise<void> {
  const script = {
    'GET /outages': [text(await fixture('outages.json'))],
    [`GET /site-info/${SITE}`]: [text(await fixture('site-info.json'))],
    [POST]: [json({})],
  } as const;
  await withApi(script, (api) => inWorkspace((workspace) => use(api, workspace)));
}

describe('e2e: real data, recorded from the live API', () => {
  const tests = Object.entries(EXPECTED).map(([cutoff, { file, flags }]) => ({
    [`submits the expected list, byte for byte (cutoff ${cutoff})`]: () =>
      withRecordings(async (api, { run }) => {
        const { code } = await run(['submit', '--site', SITE, '--api-url', `${api.url}/`, ...flags], { env: api.env });
        expect(code).to.equal(0);
        const { method, path, body } = api.requests.at(-1) ?? {};
        expect({ method, path, body }).to.deep.equal({
          method: 'POST',
          path: `/site-outages/${SITE}`,
          body: await fixture(file),
        });
        expect(api.requests).to.have.length(3);
      }),

    [`previews the same bytes without a POST (cutoff ${cutoff})`]: () =>
      withRecordings(async (api, { run }) => {
        const { code, stdout } = await run(['preview', '--site', SITE, ...flags], { env: api.env });
        expect({ code, stdout }).to.deep.equal({ code: 0, stdout: `${await fixture(file)}\n` });
        expect(api.requests.filter(({ method }) => method !== 'GET')).to.deep.equal([]);
      }),

    [`previews and submits the same bytes from a snapshot (cutoff ${cutoff})`]: () =>
      withRecordings(async (api, { run, call, list, read }) => {
        const fetched = await run(['fetch', '--site', SITE, '--output', 'snapshot.json'], { env: api.env });
        const stderr = 'Wrote snapshot.json (2.66 kB, 18 outages)\n';
        expect(fetched).to.deep.equal({ code: 0, stdout: '', stderr });
        expect(await list()).to.deep.equal(['snapshot.json']);
        const asked = api.requests.length;

        const expected = await fixture(file);
        const saved = await read('snapshot.json');
        const [fromFile, fromStdin] = await Promise.all([
          // A preview of a snapshot needs neither URL nor key.
          run(['preview', '--site', SITE, '--snapshot', 'snapshot.json', ...flags]),
          call(['preview', '--site', SITE, '--snapshot', '-', ...flags], { stdin: saved }),
        ]);
        expect([fromFile.stdout, fromStdin.stdout]).to.deep.equal([`${expected}\n`, `${expected}\n`]);
        expect([fromFile.code, fromStdin.code]).to.deep.equal([0, 0]);

        const submitted = await Promise.all([
          call(['submit', '--site', SITE, '--snapshot', 'snapshot.json', ...flags], { env: api.env }),
          run(['submit', '--site', SITE, '--snapshot', '-', ...flags], { env: api.env, stdin: saved }),
        ]);
        expect(submitted.map(({ code }) => code)).to.deep.equal([0, 0]);
        expect(api.to(POST).map(({ body }) => body)).to.deep.equal([expected, expected]);
        expect(api.requests).to.have.length(asked + 2);
      }),
  }));

  runConcurrentlyIf(existsSync(FIXTURES), '../shared/fixtures/norwich-pear-tree', {
    ...tests[0],
    ...tests[1],

    'reports an outage exactly at the cutoff, and again if the API rejects the list': () =>
      withRecordings(async (api, { call }) => {
        const { stderr } = await call(['preview', '--site', SITE], { env: api.env });
        expect(stderr).to.equal(
          `note: ${SITE}: excluded 1 outage that began exactly at the cutoff (2022-01-01T00:00:00Z)\n` +
            '  use --cutoff-inclusive to include such outages if the API rejects the list (the live API is known to)\n',
        );
        const script = {
          'GET /outages': [text(await fixture('outages.json'))],
          [`GET /site-info/${SITE}`]: [text(await fixture('site-info.json'))],
          [POST]: [json({ message: 'Unexpected outages received' }, 400)],
        } as const;
        await withApi(script, async ({ env, url }) => {
          const refused = await call(['submit', '--site', SITE, '--quiet'], { env });
          expect(refused.code).to.equal(7);
          expect(refused.stderr).to.equal(
            `error: ${SITE}: POST ${url}/site-outages/${SITE}: the API answered 400: "Unexpected outages received"\n` +
              'hint: excluded 1 outage that began exactly at the cutoff (2022-01-01T00:00:00Z): ' +
              'to include it, run again with --cutoff-inclusive\n',
          );
        });
      }),

    'prints the records verbatim with fetch: all, or those of the site': () =>
      withRecordings(async (api, { call }) => {
        const info = await fixture('site-info.json');
        const all = await fixture('outages.json');
        const own = all
          .slice(1, -1)
          .split(/(?<=\}),/)
          .filter((record) => info.includes(/"id":"[^"]+"/.exec(record)?.[0] ?? 'a record without an id'));
        expect(own).to.have.length(18);
        expect(await call(['fetch', '--site', SITE], { env: api.env })).to.deep.equal({
          code: 0,
          stdout: `{"outages":[${own.join(',')}],"sites":[${info}]}\n`,
          stderr: '',
        });
        expect(await call(['fetch'], { env: api.env })).to.deep.equal({
          code: 0,
          stdout: `{"outages":${all},"sites":[]}\n`,
          stderr: '',
        });
      }),
  });
});
