import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import stringWidth from 'string-width';

import { renderTimeline } from '../../../src/output/timeline/timeline.ts';
import type { SiteList } from '../../../src/transform/outage.ts';
import { listOf, ruleOf } from '../lists.ts';

const NOW = '2023-01-01T00:00:00Z';

const NORWICH = listOf('norwich', { a: 'Battery 1', b: '電池 🔋', c: 'A name that is much too long for its place' }, [
  ['a', '2022-02-01T00:00:00Z', '2022-04-01T00:00:00Z'],
  ['a', '2022-03-01T00:00:00Z', '2022-05-01T00:00:00Z'],
  ['a', '2022-08-01T00:00:00.000Z', '2022-08-01T00:00:00.377Z'],
  ['b', '2022-10-15T00:00:00Z', '9999-12-31T23:59:59Z'],
]);

function render(
  lists: readonly SiteList[],
  {
    width = 80,
    now = NOW,
    cutoff,
    color = false,
  }: { width?: number; now?: string; cutoff?: string; color?: boolean } = {},
): string {
  return [...renderTimeline(lists, { columns: 0, width, color, rule: ruleOf(now, cutoff) })].join('');
}

describe('timeline', () => {
  it('fits 80 columns', () => {
    expect(render([NORWICH])).to.equal(`\
Site norwich (norwich)
                           ▼ cutoff 2022-01-01T00:00:00Z                DOWNTIME
Battery 1                  │·  ▗▄▄22222▄▄▄      ·   ▖      ·         ·       89d
電池 🔋                    │·         ·         ·          · ▄▄▄▄▄▄▄▄►       78d
A name that is much too l… │·         ·         ·          ·         ·
                           └┬─────────┬─────────┬──────────┬─────────┬
                            2022      Apr       Jul        Oct

digits: overlapping outages (+ = more than 9)
► continues past the axis
4 outages of 2 devices
`);
  });

  it('fits 40 columns, without downtimes', () => {
    expect(render([NORWICH], { width: 40 })).to.equal(`\
Site norwich (norwich)
              ▼ cutoff 2022-01-01T00:00…
Battery 1     │· ▄▄222▄▖   · ▗   ·     ·
電池 🔋       │·     ·     ·     ·▗▄▄▄▄►
A name that … │·     ·     ·     ·     ·
              └┬─────┬─────┬─────┬─────┬
               2022  Apr   Jul   Oct

digits: overlapping outages (+ = more t…
► continues past the axis
4 outages of 2 devices
`);
  });

  it('shows several sites on one axis', () => {
    const lists = [
      listOf('a', { a: 'A' }, [['a', '2022-02-01T00:00:00Z', '2022-03-01T00:00:00Z']]),
      listOf('idle', { b: 'B' }, []),
      listOf('empty', {}, []),
      listOf('z', { c: 'C' }, [['c', '2022-06-01T00:00:00Z', '2022-07-01T00:00:00Z']]),
    ];
    expect(render(lists)).to.equal(`\
Site a (a)
  ▼ cutoff 2022-01-01T00:00:00Z                                         DOWNTIME
A │·          ▄▄▄▄▄▄▄▄▄▄▄           ·          ·          ·          ·       28d
  └┬──────────┬─────────┬───────────┬──────────┬──────────┬──────────┬
   2022       Feb       Mar         Apr        May        Jun

Site idle (idle)
  ▼ cutoff 2022-01-01T00:00:00Z                                         DOWNTIME
B │·          ·         ·           ·          ·          ·          ·
  └┬──────────┬─────────┬───────────┬──────────┬──────────┬──────────┬
   2022       Feb       Mar         Apr        May        Jun

Site empty (empty)
no devices

Site z (z)
  ▼ cutoff 2022-01-01T00:00:00Z                                         DOWNTIME
C │·          ·         ·           ·          ·          ▗▄▄▄▄▄▄▄▄▄▄▄       30d
  └┬──────────┬─────────┬───────────┬──────────┬──────────┬──────────┬
   2022       Feb       Mar         Apr        May        Jun

a: 1 outage of 1 device
idle: no outages
empty: no outages
z: 1 outage of 1 device
2 outages of 2 devices on 4 sites
`);
  });

  it('begins the axis at an outage long after the cutoff', () => {
    const list = listOf('s', { a: 'A' }, [['a', '2022-12-01T12:00:00Z', '2022-12-02T12:00:00Z']]);
    expect(render([list], { cutoff: '2000-01-01T00:00:00+05:45', width: 70 })).to.equal(`\
Site s (s)
  ◄ cutoff 2000-01-01T00:00:00+05:45                          DOWNTIME
A │      ·            ·             ·            ·        ▄▄        1d
  └──────┬────────────┬─────────────┬────────────┬──────────
         6 Nov 2022   13 Nov        20 Nov       27 Nov

1 outage of 1 device
`);
  });

  it('shows devices without outages until now', () => {
    expect(render([listOf('s', { a: 'A', b: 'B' }, [])], { width: 60 })).to.equal(`\
Site s (s)
  ▼ cutoff 2022-01-01T00:00:00Z
A │·   ·    ·    ·   ·    ·    ·    ·   ·    ·    ·    ·   ·
B │·   ·    ·    ·   ·    ·    ·    ·   ·    ·    ·    ·   ·
  └┬───┬────┬────┬───┬────┬────┬────┬───┬────┬────┬────┬───┬
   2022     Mar  Apr May  Jun  Jul  Aug Sep  Oct  Nov  Dec

no outages
`);
  });

  it('says that a site has no devices', () => {
    expect(render([listOf('s', {}, [])])).to.equal('Site s (s)\nno devices\n\nno outages\n');
  });

  it('shows the number of overlapping outages, and + for more than nine', () => {
    const outages = Array.from(
      { length: 12 },
      (_, index) => ['a', `2022-01-${String(index + 2).padStart(2, '0')}T00:00:00Z`, '2022-02-01T00:00:00Z'] as const,
    );
    const [, , row] = render([listOf('s', { a: 'A' }, outages)], { width: 70 }).split('\n');
    expect(row).to.equal('A │ ▗▄223344556778899+++++++++++++++++++++++++++++++++++++++       30d');
  });

  it('does not count outages that share a cell or touch as overlapping', () => {
    const list = listOf('s', { a: 'A' }, [
      ['a', '2022-03-01T00:00:00Z', '2022-03-01T01:00:00Z'],
      ['a', '2022-03-01T01:00:00Z', '2022-03-01T02:00:00Z'],
      ['a', '2022-03-01T03:00:00Z', '2022-03-01T04:00:00Z'],
      ['a', '2022-12-31T00:00:00Z', '2022-12-31T01:00:00Z'],
    ]);
    expect(render([list])).not.to.match(/[2-9]so|overlap/);
  });

  it('shows the same text with colours', () => {
    const text = render([NORWICH], { color: true });
    expect(text).to.include('\u001b[31m\u001b[7m22');
    expect(text.replace(/\u001b\[\d+m/g, '').replace(/ +$/gm, '')).to.equal(render([NORWICH]));
  });

  it('handles ten thousand outages', () => {
    const outages = Array.from({ length: 10_000 }, (_, index) => {
      const begin = Date.parse('2022-01-01T00:00:00Z') + index * 3_000_000;
      return ['a', new Date(begin).toISOString(), new Date(begin + 2_000_000).toISOString()] as const;
    });
    expect(render([listOf('s', { a: 'A' }, outages)])).to.equal(`\
Site s (s)
  ▼ cutoff 2022-01-01T00:00:00Z                                         DOWNTIME
A │▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄  231d 11h
  └┬────┬─────┬─────┬─────┬─────┬────┬─────┬─────┬─────┬─────┬─────┬──
   2022 Feb   Mar   Apr   May   Jun  Jul   Aug   Sep   Oct   Nov   Dec

10,000 outages of 1 device
`);
  });

  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\u001b[2J', '\u009b31m', '\u202e', '👩‍👩‍👧‍👦', '電'.repeat(50), '\u200b', '\u0301', '\r\n', '\ud800'),
  );
  const time = fc
    .date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString());
  const list = fc
    .record({ site: text, names: fc.dictionary(fc.constantFrom('a', 'b', 'c'), text) })
    .chain(({ site, names }) =>
      fc
        .array(fc.tuple(fc.constantFrom('a', 'b', 'c'), time, time), { maxLength: 6 })
        .map((outages) => listOf(site, names, outages)),
    );

  it('writes no control character and no line that is too wide, for any times', () => {
    fc.assert(
      fc.property(
        fc.array(list, { maxLength: 3 }),
        fc.integer({ min: 24, max: 150 }),
        time,
        time,
        (lists, width, now, cutoff) => {
          const output = render(lists, { width, now, cutoff });
          expect(output).to.match(/\n$/);
          for (const line of output.slice(0, -1).split('\n')) {
            expect(line).not.to.match(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|\p{Surrogate}/u);
            expect(stringWidth(line)).to.be.at.most(width);
          }
        },
      ),
    );
  });
});
