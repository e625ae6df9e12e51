import { createRequire } from 'node:module';

import { expect } from 'chai';
import { describe } from 'mocha';
import * as v from 'valibot';

import { SETTING_NAMES } from '../../src/config/settings.ts';
import { siteIdSchema } from '../../src/config/value-schemas.ts';
import { FORMATS, RECEIPT_FORMATS } from '../../src/output/formats.ts';
import { json, type Script, type SiteData, withApi } from '../e2e/support/scripted-api.ts';
import { runConcurrently } from '../e2e/support/run-concurrently.ts';
import { fieldsOf, inWorkspace, linesOf, type Result, type Workspace } from '../e2e/support/workspace.ts';

const NAUGHTY = v.parse(v.array(v.string()), createRequire(import.meta.url)('big-list-of-naughty-strings'));

/** C0, DEL, C1, bidi controls, line separators and lone surrogates. */
const CONTROLS = [
  ...Array.from({ length: 0x20 }, (_, code) => String.fromCharCode(code)),
  ...Array.from({ length: 0x21 }, (_, code) => String.fromCharCode(0x7f + code)),
  ...[0x61c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e].map((code) =>
    String.fromCharCode(code),
  ),
  ...[0x2066, 0x2067, 0x2068, 0x2069, 0xfeff, 0xd800, 0xdc00].map((code) => String.fromCharCode(code)),
];

const WRITTEN = [
  ...CONTROLS.map((control) => `before${control}behind`),
  ...CONTROLS,
  '\u001b[2J\u001b[31m',
  '\u001b]0;title\u0007',
  '\u001b]8;;https://example.com\u001b\\link\u001b]8;;\u001b\\',
  '\u001bP+q544e\u001b\\',
  '\u009b2J\u009d0;title\u009c',
  'a\rb',
  'a\r\nerror: forged\n',
  '\u202egnp.exe',
  ...['=', '+', '-', '@', '\t=', '\r=', '\n=', ' =', '\u00a0=', '\u200b=', '＝', '＋', '－', '＠'].map(
    (start) => `${start}HYPERLINK("https://example.com","x")`,
  ),
  `=cmd|' /C calc'!A0`,
  '"=1+1',
  '","=1+1',
  '</script><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '&lt;&amp;&#x27;',
  '${process.env.KRAKEN_API_KEY}',
  '__proto__',
  'constructor',
  'a'.repeat(5000),
];

const HOSTILE = [...new Set([...WRITTEN, ...NAUGHTY])];

/** C0 except the line feed, DEL, C1 and bidi controls. */
const HARMFUL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

function expectHarmless(text: string, what: string): void {
  const at = text.search(HARMFUL);
  expect(at === -1 ? '' : JSON.stringify(text.slice(Math.max(0, at - 40), at + 40)), what).to.equal('');
}

const TIMES = { begin: '2022-05-01T10:20:30.400Z', end: '2022-05-01T12:20:30.400Z' };

/** Returns a site whose devices have hostile ids and names. */
function siteOf(id: string, texts: readonly string[]): SiteData {
  return { id, name: texts.join(' '), devices: texts.map((text, index) => ({ id: `${index} ${text}`, name: text })) };
}

function scriptFor(site: SiteData): Script {
  const path = encodeURIComponent(site.id);
  return {
    'GET /outages': [json(site.devices.map(({ id }) => ({ id, ...TIMES })))],
    [`GET /site-info/${path}`]: [json(site)],
    [`POST /site-outages/${path}`]: [json({})],
  };
}

/** Returns the cells of a CSV file (RFC 4180). */
function cellsOf(csv: string): readonly (readonly string[])[] {
  return csv
    .trimEnd()
    .split('\r\n')
    .map((row) =>
      [...row.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(([, quoted, plain = '']) =>
        quoted === undefined ? plain : quoted.replaceAll('""', '"'),
      ),
    );
}

/** Text that a spreadsheet runs as a formula; it ignores invisible characters before it. */
const RUN_BY_SPREADSHEETS = /^[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠]/u;

const CHECKS: Readonly<Record<string, (stdout: string, site: SiteData) => void>> = {
  json(stdout, site) {
    expect(JSON.parse(stdout)).to.deep.equal(site.devices.map(({ id, name }) => ({ id, name, ...TIMES })));
  },
  ndjson(stdout, { id: siteId, devices }) {
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line): unknown => JSON.parse(line))).to.deep.equal(
      devices.map(({ id, name }) => ({ site: siteId, id, name, ...TIMES })),
    );
  },
  csv(stdout, { devices }) {
    const rows = cellsOf(stdout);
    expect(rows).to.have.length(devices.length + 1);
    for (const cells of rows) {
      expect(cells).to.have.length(5);
      expect(cells.filter((cell) => RUN_BY_SPREADSHEETS.test(cell))).to.deep.equal([]);
    }
  },
};

async function call(
  script: Script,
  args: readonly string[],
  use: (result: Result) => void,
  prepare?: (workspace: Workspace) => Promise<unknown>,
): Promise<void> {
  await withApi(script, (api) =>
    inWorkspace(async (workspace) => {
      await prepare?.(workspace);
      use(await workspace.call(args, { env: api.env }));
    }),
  );
}

/** Ids that are valid in a file of site ids. */
const SITE_IDS = [...new Set(HOSTILE.map((text) => text.trim()))].filter(
  (text) => v.is(siteIdSchema, text) && text.length < 1000,
);
/** Each receipt format with a log format. */
const FORMAT_PAIRS = Object.keys(RECEIPT_FORMATS).map((format, index) => ({
  format,
  log: index % 2 === 0 ? 'text' : 'json',
}));

/** Places of text in a configuration file (undefined: as a key) and on the command line. */
const KEYS = [...SETTING_NAMES, 'profile', undefined];
const FLAGS = [
  '--cutoff=',
  '--timeout=',
  '--site=',
  '--retry-post=',
  '--snapshot=',
  '--profile=',
  '--format=',
  '--',
  '',
];

describe('e2e: hostile text', () => {
  runConcurrently({
    ...Object.fromEntries(
      Object.keys(FORMATS).map((format) => [
        `is escaped in names and ids by preview --format ${format}`,
        async () => {
          const site = siteOf('alpha', HOSTILE);
          const args = ['preview', '--site', 'alpha', '--format', format, '--retries', '0'];
          await call(scriptFor(site), args, ({ code, stdout }) => {
            expect(code).to.equal(0);
            expectHarmless(format === 'csv' ? stdout.replaceAll('\r\n', '\n') : stdout, format);
            CHECKS[format]?.(stdout, site);
          });
        },
      ]),
    ),

    'is escaped by fetch in names and ids': () => {
      const site = siteOf('alpha', HOSTILE);
      return call(scriptFor(site), ['fetch', '--site', 'alpha'], ({ code, stdout }) => {
        expect(code).to.equal(0);
        expectHarmless(stdout, 'fetch');
        expect(JSON.parse(stdout)).to.deep.equal({
          outages: site.devices.map(({ id }) => ({ id, ...TIMES })),
          sites: [site],
        });
      });
    },

    'is escaped in the posted list': async () => {
      const site = siteOf('alpha', HOSTILE);
      await withApi(scriptFor(site), (api) =>
        inWorkspace(async ({ call: run }) => {
          expect((await run(['submit', '--site', 'alpha'], { env: api.env })).code).to.equal(0);
          const [post, ...more] = api.to('POST /site-outages/alpha');
          expect(more).to.deep.equal([]);
          expectHarmless(post?.body ?? '', 'the body');
          CHECKS['json']?.(post?.body ?? '', site);
        }),
      );
    },

    ...Object.fromEntries(
      FORMAT_PAIRS.map(({ format, log }) => [
        `is escaped in site ids and error pages, with receipts as ${format} and the log as ${log}`,
        async () => {
          // Most of the error pages are JSON objects with a message.
          const pages = SITE_IDS.map((id, index) => {
            const text = HOSTILE[index] ?? '';
            const page = json(index % 10 === 0 ? text : { message: text }, 418);
            return [`GET /site-info/${encodeURIComponent(id)}`, [page]] as const;
          });
          const args = ['submit', '--sites-file', 'sites.txt', '--format', format, '--log-format', log, '--verbose'];
          await call(
            Object.fromEntries(pages),
            args,
            ({ code, stdout, stderr }) => {
              expect(code).to.equal(7);
              expectHarmless(stdout, 'stdout');
              expectHarmless(stderr, 'stderr');
              const lines = { stdout: linesOf(stdout), stderr: linesOf(stderr) };
              expect(lines.stdout).to.have.length(SITE_IDS.length);
              if (format === 'json') {
                expect(lines.stdout.map((line) => fieldsOf(JSON.parse(line))['site'])).to.deep.equal(SITE_IDS);
              }
              if (log === 'json') for (const line of lines.stderr) JSON.parse(line);
            },
            ({ write }) => write('sites.txt', SITE_IDS.join('\n')),
          );
        },
      ]),
    ),

    'is escaped in errors about configuration files and command lines': () =>
      inWorkspace(async ({ call: run, write }) => {
        for (const [index, text] of WRITTEN.entries()) {
          const name = KEYS[index % KEYS.length] ?? text;
          await write('config.json', JSON.stringify({ [name]: name === 'sites' ? [text] : text }));
          const flag = FLAGS[index % FLAGS.length] ?? '';
          const log = index % 2 === 0 ? 'text' : 'json';
          for (const args of [['--config', 'config.json'], [`${flag}${text}`]]) {
            const { code, stdout, stderr } = await run(['submit', '--log-format', log, ...args]);
            expect(code, JSON.stringify(args)).to.be.oneOf([2, 3]);
            expectHarmless(stdout + stderr, `${name} and ${flag}: ${JSON.stringify(text)}`);
          }
        }
      }),
  });
});
