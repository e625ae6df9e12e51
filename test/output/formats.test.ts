import { expect } from 'chai';
import { describe, it } from 'mocha';

import { renderCsv } from '../../src/output/csv.ts';
import type { ListOptions } from '../../src/output/format.ts';
import { FORMATS as LOADERS } from '../../src/output/formats.ts';
import { renderIndentedJson } from '../../src/output/indented-json.ts';
import { renderJson } from '../../src/output/json.ts';
import { renderNdjson } from '../../src/output/ndjson.ts';
import { renderHtml } from '../../src/output/report/report.ts';
import { renderSvg } from '../../src/output/report/svg.ts';
import { renderTable } from '../../src/output/table.ts';
import { renderTimeline } from '../../src/output/timeline/timeline.ts';
import type { SiteList, SiteOutage } from '../../src/transform/outage.ts';
import { createCutoffRule } from '../../src/transform/rule.ts';
import { serialize } from '../../src/transform/serialize.ts';

const FORMATS = {
  json: renderJson,
  ndjson: renderNdjson,
  csv: renderCsv,
  table: renderTable,
  timeline: renderTimeline,
  html: renderHtml,
  svg: renderSvg,
};

const PLAIN: ListOptions = {
  columns: 0,
  width: 80,
  color: false,
  rule: createCutoffRule('2022-01-01T00:00:00Z', false, 0),
};
const BEGIN = '2022-05-23T12:21:27.377Z';
const END = '2022-11-13T02:16:38.905Z';

function listOf(site: string, ...outages: readonly Partial<SiteOutage>[]): SiteList {
  return {
    site,
    siteName: 'Site',
    devices: [],
    outages: outages.map((outage) => ({ id: 'd1', name: 'Battery 1', begin: BEGIN, end: END, ...outage })),
  };
}

function render(format: keyof typeof FORMATS, lists: readonly SiteList[], options: ListOptions = PLAIN): string {
  return [...FORMATS[format](lists, options)].join('');
}

describe('formats', () => {
  it('are loaded by name', async () => {
    const loaded = Object.entries(LOADERS).map(async ([name, load]) => [name, await load()] as const);
    expect(Object.fromEntries(await Promise.all(loaded))).to.deep.equal(FORMATS);
  });
});

describe('json', () => {
  it('is exactly what submit sends for one site', () => {
    const list = listOf('a', {}, { id: 'd2', name: '\u009b' });
    expect(render('json', [list])).to.equal(`${[...serialize(list.outages)].join('')}\n`);
  });

  it('is an object by site id for several sites, in the given order', () => {
    const lists = [listOf('b', {}), listOf('10'), listOf('2'), listOf('__proto__'), listOf('a"\u009b\u202e')];
    expect(render('json', lists)).to.equal(
      `{"b":[{"id":"d1","name":"Battery 1","begin":"${BEGIN}","end":"${END}"}],` +
        '"10":[],"2":[],"__proto__":[],"a\\"\\u009b\\u202e":[]}\n',
    );
  });

  it('is an object for several requested sites, even if only one or none has a list', () => {
    expect(render('json', [listOf('a')], { ...PLAIN, isMultiSite: true })).to.equal('{"a":[]}\n');
    expect(render('json', [], { ...PLAIN, isMultiSite: true })).to.equal('{}\n');
  });
});

describe('json at a terminal', () => {
  const indent = (lists: readonly SiteList[], color = false): string =>
    [...renderIndentedJson(lists, { color })].join('');

  it('is the same JSON, indented', () => {
    const outages = [{}, { id: 'd2', name: 'ESC\u001b C1\u009b bidi\u202e' }] as const;
    for (const lists of [[listOf('a', ...outages)], [listOf('a')], [], [listOf('a', ...outages), listOf('b')]]) {
      const [indented, compact] = [indent(lists), render('json', lists)];
      const value: unknown = JSON.parse(compact);
      expect(JSON.parse(indented)).to.deep.equal(value);
      expect(indented.replaceAll(/\\u0[0-9a-f]{3}|\\u202e/g, '')).to.equal(
        `${JSON.stringify(value, undefined, 2)}\n`.replaceAll(/[\u009b\u202e]|\\u0[0-9a-f]{3}/g, ''),
      );
    }
  });

  it('has coloured keys and values', () => {
    const text = indent([listOf('a', {})], true);
    expect(text).to.include('\u001b[34m\u001b[1m"id"\u001b[22m\u001b[39m');
    expect(text).to.include('\u001b[32m"Battery 1"\u001b[39m');
    expect(render('json', [listOf('a', {})], { ...PLAIN, color: true })).not.to.include('\u001b');
  });
});

describe('ndjson', () => {
  it('is one record per line, with its site first', () => {
    const lists = [
      listOf('a', {}, { id: 'd2', name: 'ESC\u001b C1\u0085 bidi\u202e\nline 🔋' }),
      listOf('b'),
      listOf('c', {}),
    ];
    expect(render('ndjson', lists)).to.equal(
      `{"site":"a","id":"d1","name":"Battery 1","begin":"${BEGIN}","end":"${END}"}\n` +
        `{"site":"a","id":"d2","name":"ESC\\u001b C1\\u0085 bidi\\u202e\\nline 🔋","begin":"${BEGIN}","end":"${END}"}\n` +
        `{"site":"c","id":"d1","name":"Battery 1","begin":"${BEGIN}","end":"${END}"}\n`,
    );
  });

  it('is empty without outages', () => {
    expect(render('ndjson', [listOf('a')])).to.equal('');
  });
});

describe('csv for Excel', () => {
  const EXCEL = { ...PLAIN, excel: true };
  const HEADER = '\ufeffSite ID,Site,Device ID,Device,Begin (UTC),End (UTC),Duration (hours)\r\n';

  it('has a byte order mark, names, UTC times and hours', () => {
    const offset = { name: '電池 "1"', begin: '2022-05-23T14:21:27.377+02:00', end: '2022-05-23T13:51:27.377Z' };
    const negative = { begin: '2022-05-23T12:00:00Z', end: '2022-05-23T11:59:59Z' };
    expect(render('csv', [listOf('a', offset, negative)], EXCEL)).to.equal(
      `${HEADER}a,Site,d1,"電池 ""1""",2022-05-23 12:21:27,2022-05-23 13:51:27,1.5\r\n` +
        'a,Site,d1,Battery 1,2022-05-23 12:00:00,2022-05-23 11:59:59,-0.0003\r\n',
    );
  });

  it('escapes formulas in ids and names', () => {
    const list = { ...listOf('=0', { id: '=1', name: '=2' }), siteName: '@3' };
    expect(render('csv', [list], EXCEL).split('\r\n')[1]).to.match(/^'=0,'@3,'=1,'=2,2022/);
  });
});

describe('csv', () => {
  it('has a header, CRLF and the site in each row', () => {
    expect(render('csv', [listOf('a', {}), listOf('b', { id: 'd2' })])).to.equal(
      'site,id,name,begin,end\r\n' + `a,d1,Battery 1,${BEGIN},${END}\r\n` + `b,d2,Battery 1,${BEGIN},${END}\r\n`,
    );
  });

  it('has only the header without outages', () => {
    expect(render('csv', [listOf('a')])).to.equal('site,id,name,begin,end\r\n');
  });

  const cells: readonly [name: string, cell: string][] = [
    ['', ''],
    ['Battery "1"', '"Battery ""1"""'],
    ['Battery, 1', '"Battery, 1"'],
    ['two\nlines', 'two\\nlines'],
    ['two\r\nlines', 'two\\u000d\\nlines'],
    ['\u001b[31mred\u009b\u202e', '\\u001b[31mred\\u009b\\u202e'],
    ['電池 🔋', '電池 🔋'],
    ['1-2+3=@', '1-2+3=@'],
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['＝1', "'＝1"],
    ['＋1', "'＋1"],
    ['－1', "'－1"],
    ['＠A', "'＠A"],
    ['  =1', "'  =1"],
    ['\u00a0=1', "'\u00a0=1"],
    ['\u200b=1', "'\u200b=1"],
    ['\n=1', "'\\n=1"],
    ['\tfoo', "'\\u0009foo"],
    ['\rfoo', "'\\u000dfoo"],
    ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
  ];
  for (const [name, cell] of cells) {
    it(`writes ${JSON.stringify(name)} as ${cell}`, () => {
      expect(render('csv', [listOf('a', { name })])).to.equal(
        `site,id,name,begin,end\r\na,d1,${cell},${BEGIN},${END}\r\n`,
      );
    });
  }

  it('escapes formulas in every column', () => {
    const outage = { id: '=1', name: '=2', begin: '=3', end: '=4' };
    expect(render('csv', [listOf('=0', outage)])).to.equal("site,id,name,begin,end\r\n'=0,'=1,'=2,'=3,'=4\r\n");
  });
});
