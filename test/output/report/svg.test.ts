import { expect } from 'chai';
import { describe, it } from 'mocha';

import { renderSvg } from '../../../src/output/report/svg.ts';
import type { SiteList } from '../../../src/transform/outage.ts';
import { listOf, ruleOf } from '../lists.ts';

const OPTIONS = { columns: 0, width: 80, color: false, rule: ruleOf('2024-01-01T00:00:00Z') };

function render(lists: readonly SiteList[], until?: string): string {
  return [...renderSvg(lists, { ...OPTIONS, until: until === undefined ? undefined : Date.parse(until) })].join('');
}

const LIST = listOf('s', { a: 'A', b: '</text><script>"\u0007' }, [
  ['a', '2022-02-01T00:00:00Z', '2022-03-01T00:00:00Z'],
  ['b', '2022-04-01T00:00:00Z', '2022-05-01T00:00:00Z'],
]);

function texts(svg: string): readonly string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text);
}

describe('the chart as an SVG file', () => {
  it('has a title, ticks, the cutoff, names, and a bar per outage', () => {
    const svg = render([LIST]);
    expect(svg).to.match(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" [^]*<\/svg>\n$/);
    expect(texts(svg)).to.deep.equal([
      'Outages of Site s',
      ...['2022', 'Feb', 'Mar', 'Apr', 'May'],
      'cutoff',
      ...['A', '&lt;/text&gt;&lt;script&gt;&quot;\\u0007'],
    ]);
    expect(svg.match(/fill="#c2410c"/g)).to.have.length(2);
  });

  it('has a heading for each of several sites, the worst first', () => {
    const svg = render([listOf('fine', { f: 'F' }, []), LIST]);
    expect(texts(svg).slice(-5)).to.deep.equal([
      ...['Site s', 'A', '&lt;/text&gt;&lt;script&gt;&quot;\\u0007', 'Site fine', 'no outages'],
    ]);
  });

  it('draws nothing after the end of the period, but marks outages that continue', () => {
    const svg = render([LIST], '2022-02-15T00:00:00Z');
    expect(svg.match(/fill="#c2410c"/g)).to.have.length(1);
    expect(svg.match(/v14l9-7z/g)).to.have.length(2);
  });
});
