import { createHash } from 'node:crypto';

import { expect } from 'chai';
import { describe, it } from 'mocha';

import type { ListOptions } from '../../../src/output/format.ts';
import { renderHtml } from '../../../src/output/report/report.ts';
import type { SiteList } from '../../../src/transform/outage.ts';
import { listOf, ruleOf } from '../lists.ts';

const LIST = listOf('s', { a: 'A', b: 'B' }, [
  ['a', '2022-01-01T06:00:00+01:00', '2022-01-01T11:00:00.5Z'],
  ['a', '2022-01-01T10:00:00Z', '2022-01-01T17:00:00Z'],
]);

const OPTIONS: ListOptions = { columns: 0, width: 80, color: false, rule: ruleOf('2022-01-11T00:00:00Z') };
const UNTIL = Date.parse('2022-01-11T00:00:00Z');

function render(lists: readonly SiteList[], options: Partial<ListOptions> = { until: UNTIL }): string {
  return [...renderHtml(lists, { ...OPTIONS, ...options })].join('');
}

/** Returns the content of the first element with this name. */
function contentOf(html: string, name: string): string {
  return new RegExp(`<${name}>([^]*?)</${name}>`).exec(html)?.[1] ?? '';
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** Returns the texts of all elements with this name. */
function texts(html: string, name: string): readonly string[] {
  return [...html.matchAll(new RegExp(`<${name}\\b[^>]*>(.*?)</${name}>`, 'g'))].map(([, text = '']) =>
    text.replace(/<[^>]*>/g, ''),
  );
}

describe('the HTML report', () => {
  it('allows only its own script and style', () => {
    const html = render([LIST]);
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1]?.replaceAll('&#39;', "'");
    expect(policy?.split('; ')).to.include.members([
      "default-src 'none'",
      `script-src ${hashOf(contentOf(html, 'script'))}`,
      `style-src ${hashOf(contentOf(html, 'style'))}`,
      "base-uri 'none'",
      "form-action 'none'",
    ]);
    expect(html).not.to.match(/<[^>]* (style|on\w+)=/);
  });

  it('has the statistics of a site, and the period of its availability', () => {
    const period = '2022-01-01 00:00 to 2022-01-11 00:00 UTC, --until';
    // 12 of 480 hours.
    expect(texts(render([LIST]), 'dd')).to.deep.equal(['2', '1 of 2', '12h', '7h', '97.50 %', period]);
    expect(texts(render([{ ...LIST, outages: [] }]), 'dd')).to.deep.equal([
      ...['0', '0 of 2', '0s', '0s', '100.00 %', period],
    ]);
  });

  it('says why the period ends', () => {
    const ofEnd = (...end: readonly string[]): string | undefined =>
      texts(
        render(
          end.map((time) => listOf('s', { a: 'A' }, [['a', '2022-01-05T00:00:00Z', time]])),
          {},
        ),
        'dd',
      ).at(-1);
    expect(ofEnd('2022-01-08T00:00:00Z')).to.equal(
      '2022-01-01 00:00 to 2022-01-08 00:00 UTC, the end of the last outage',
    );
    expect(ofEnd('9999-01-01T00:00:00Z')).to.equal('2022-01-01 00:00 to 2022-01-11 00:00 UTC, now');
  });

  it('has the downtime and availability of each device', () => {
    expect(texts(render([LIST]), 'td').slice(0, 8)).to.deep.equal([
      ...['A', '2', '12h', '95.00 %'],
      ...['B', '0', '0s', '100.00 %'],
    ]);
  });

  it('has totals, and a row for each of several sites, the worst first', () => {
    const html = render([listOf('empty', {}, []), listOf('fine', { f: 'F' }, []), LIST]);
    expect(texts(html, 'dd').slice(0, 5)).to.deep.equal(['2', '1 of 3', '12h', '7h', '98.33 %']);
    expect(texts(html, 'td').slice(0, 21)).to.deep.equal([
      ...['Site s', 's', '2', '1 of 2', '12h', '7h', '97.50 %'],
      ...['Site fine', 'fine', 'no outages', '0 of 1', '0s', '0s', '100.00 %'],
      ...['Site empty', 'empty', 'no outages', '0 of 0', '0s', '0s', 'unknown'],
    ]);
    expect(html).to.match(/<th scope="col" class="figure" aria-sort="ascending">Availability</);
    // Sites without outages have a heading only.
    expect(texts(html, 'li')).to.deep.equal(['Site s', 'A', 'B', 'Site fine no outages', 'Site empty no outages']);
  });

  it('says that there are no outages', () => {
    expect(texts(render([{ ...LIST, outages: [] }]), 'p')).to.include(
      'No outages that began after 2022-01-01T00:00:00Z.',
    );
    expect(texts(render([LIST]), 'p').join()).not.to.include('No outages');
  });

  it('says which outages exactly at the cutoff are excluded or included', () => {
    const other = listOf('t', {}, []);
    const atCutoff = new Map([['s', 1]]);
    const notes = (lists: readonly SiteList[], options: Partial<ListOptions>): readonly string[] =>
      texts(render(lists, options), 'p').filter((text) => text.includes('exactly'));
    expect(notes([LIST], { atCutoff })).to.deep.equal([
      '1 outage that began exactly at the cutoff is excluded; --cutoff-inclusive includes it.',
    ]);
    expect(notes([LIST, other], { atCutoff: new Map([...atCutoff, ['t', 3]]) })).to.deep.equal([
      '4 outages on 2 sites that began exactly at the cutoff are excluded; --cutoff-inclusive includes them.',
    ]);
    expect(notes([LIST], { atCutoff, rule: { ...OPTIONS.rule, cutoffInclusive: true } })).to.deep.equal([
      '1 outage that began exactly at the cutoff is included (--cutoff-inclusive).',
    ]);
    expect(notes([LIST], {})).to.deep.equal([]);
  });

  it('has a row per outage in UTC, with the original time in the datetime attribute', () => {
    const html = render([LIST]);
    expect(texts(html, 'td').slice(8, 13)).to.deep.equal([
      ...['A', 'a', '2022-01-01 05:00:00.000', '2022-01-01 11:00:00.500', '6h'],
    ]);
    expect(html).to.include('<time datetime="2022-01-01T06:00:00+01:00">');
  });

  it('puts overlapping outages into lanes, each bar with the number of its row', () => {
    const bars = [...render([LIST]).matchAll(/<rect data-outage="(\d+)" x="([\d.]+)" y="([\d.]+)"/g)];
    expect(bars.map(([, ...numbers]) => numbers)).to.deep.equal([
      ['0', '208.333', '0.200'],
      ['1', '416.667', '0.525'],
    ]);
  });

  it('says that there are no devices', () => {
    const html = render([listOf('s', {}, [])]);
    expect(html).to.include('<p>No devices.</p>');
    expect(contentOf(html, 'main')).not.to.include('<svg');
  });
});
