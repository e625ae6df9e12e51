import { createHash } from 'node:crypto';

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { renderHtml } from '../../../src/output/report/report.ts';
import type { SiteList } from '../../../src/transform/outage.ts';
import { listOf, ruleOf } from '../lists.ts';

const LIST = listOf('s', { a: 'A', b: 'B' }, [
  ['a', '2022-01-01T06:00:00+01:00', '2022-01-01T11:00:00.5Z'],
  ['a', '2022-01-01T10:00:00Z', '2022-01-01T17:00:00Z'],
]);

function render(lists: readonly SiteList[]): string {
  return [...renderHtml(lists, { columns: 0, width: 80, color: false, rule: ruleOf('2022-01-11T00:00:00Z') })].join('');
}

/** Returns the content of the first element of this name. */
function contentOf(html: string, name: string): string {
  return new RegExp(`<${name}>([^]*?)</${name}>`).exec(html)?.[1] ?? '';
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** Returns the texts of all elements of this name. */
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

  it('has the statistics of a site', () => {
    // 12 of 480 hours.
    expect(texts(render([LIST]), 'dd')).to.deep.equal(['2', '1 of 2', '12h', '12h', '97.50 %']);
    expect(texts(render([{ ...LIST, outages: [] }]), 'dd')).to.deep.equal(['0', '0 of 2', '0s', '0s', '100.00 %']);
  });

  it('has a row of statistics for each of several sites', () => {
    const cells = texts(render([LIST, listOf('empty', {}, [])]), 'td');
    expect(cells.slice(0, 14)).to.deep.equal([
      ...['Site s', 's', '2', '1 of 2', '12h', '12h', '97.50 %'],
      ...['Site empty', 'empty', '0', '0 of 0', '0s', '0s', 'unknown'],
    ]);
  });

  it('has a row per outage in UTC, with the original time in the datetime attribute', () => {
    const html = render([LIST]);
    expect(texts(html, 'td').slice(0, 5)).to.deep.equal([
      ...['A', 'a', '2022-01-01 05:00:00.000', '2022-01-01 11:00:00.500', '6h'],
    ]);
    expect(html).to.include('<time datetime="2022-01-01T06:00:00+01:00">');
  });

  it('puts overlapping outages into lanes, each bar with the number of its row', () => {
    const bars = [...render([LIST]).matchAll(/<rect data-outage="(\d+)" x="([\d.]+)" y="([\d.]+)"/g)];
    expect(bars.map(([, ...numbers]) => numbers)).to.deep.equal([
      ['0', '2083.333', '0.200'],
      ['1', '4166.667', '0.525'],
    ]);
  });

  it('says that there are no devices', () => {
    const html = render([listOf('s', {}, [])]);
    expect(html).to.include('<p>No devices.</p>');
    expect(html).not.to.include('<svg');
  });
});
