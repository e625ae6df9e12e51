import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import stringWidth from 'string-width';

import { renderTable } from '../../src/output/table.ts';
import type { SiteList } from '../../src/transform/outage.ts';

const NORWICH: SiteList = {
  site: 'norwich-pear-tree',
  siteName: 'Norwich Pear Tree',
  devices: [],
  outages: [
    {
      id: '111183e7-fb90-436b-9951-63392b36bdd2',
      name: 'Battery 1',
      begin: '2022-01-01T00:00:00.000Z',
      end: '2022-09-15T19:45:10.341Z',
    },
    {
      id: '111183e7-fb90-436b-9951-63392b36bdd2',
      name: 'Battery 1',
      begin: '2022-02-18T01:01:20.142Z',
      end: '2022-02-18T01:13:25.142Z',
    },
    {
      id: '86b5c819-6a6c-4978-8c51-a2d810bb9318',
      name: '電池 🔋',
      begin: '2022-05-09T04:47:25.211Z',
      end: '2022-05-09T04:47:25.588Z',
    },
  ],
};
const KINGFISHER: SiteList = {
  site: 'kingfisher',
  siteName: 'King Fisher',
  devices: [],
  outages: [
    { id: 'a\u001b[31m', name: 'bidi\u202e\u009b', begin: '2022-01-02T00:00:00Z', end: '2022-01-05T04:00:00Z' },
  ],
};

function render(
  lists: readonly SiteList[],
  columns = 0,
  options: { color?: boolean; isMultiSite?: boolean } = {},
): string {
  return [...renderTable(lists, { columns, color: false, ...options })].join('');
}

describe('table', () => {
  it('shows all columns in a pipe', () => {
    expect(render([NORWICH])).to.equal(`\
DEVICE     ID                                    BEGIN                     END                       DURATION
Battery 1  111183e7-fb90-436b-9951-63392b36bdd2  2022-01-01T00:00:00.000Z  2022-09-15T19:45:10.341Z  257d 19h
Battery 1  111183e7-fb90-436b-9951-63392b36bdd2  2022-02-18T01:01:20.142Z  2022-02-18T01:13:25.142Z    12m 5s
電池 🔋    86b5c819-6a6c-4978-8c51-a2d810bb9318  2022-05-09T04:47:25.211Z  2022-05-09T04:47:25.588Z     377ms

3 outages of 2 devices
`);
  });

  it('shows several sites with a column and a summary for each', () => {
    const empty = { site: 'empty', siteName: 'Empty', devices: [], outages: [] };
    expect(render([{ ...NORWICH, outages: NORWICH.outages.slice(0, 1) }, KINGFISHER, empty])).to.equal(`\
SITE               DEVICE            ID                                    BEGIN                     END                       DURATION
norwich-pear-tree  Battery 1         111183e7-fb90-436b-9951-63392b36bdd2  2022-01-01T00:00:00.000Z  2022-09-15T19:45:10.341Z  257d 19h
kingfisher         bidi\\u202e\\u009b  a\\u001b[31m                           2022-01-02T00:00:00Z      2022-01-05T04:00:00Z         3d 4h

norwich-pear-tree: 1 outage of 1 device
kingfisher: 1 outage of 1 device
empty: no outages
2 outages of 2 devices on 3 sites
`);
  });

  it('shows the site if several were requested and one has a list', () => {
    expect(render([{ ...KINGFISHER, outages: [] }], 0, { isMultiSite: true })).to.equal(
      'kingfisher: no outages\nno outages on 1 site\n',
    );
  });

  it('says that there are no outages', () => {
    expect(render([{ ...NORWICH, outages: [] }])).to.equal('no outages\n');
  });

  it('fits 120 columns', () => {
    expect(render([NORWICH, KINGFISHER], 120)).to.equal(`\
SITE               DEVICE            ID                             BEGIN                 END                   DURATION
norwich-pear-tree  Battery 1         111183e7-fb90-436b-9951-6339…  2022-01-01T00:00:00Z  2022-09-15T19:45:10Z  257d 19h
norwich-pear-tree  Battery 1         111183e7-fb90-436b-9951-6339…  2022-02-18T01:01:20Z  2022-02-18T01:13:25Z    12m 5s
norwich-pear-tree  電池 🔋           86b5c819-6a6c-4978-8c51-a2d8…  2022-05-09T04:47:25Z  2022-05-09T04:47:25Z     377ms
kingfisher         bidi\\u202e\\u009b  a\\u001b[31m                    2022-01-02T00:00:00Z  2022-01-05T04:00:00Z     3d 4h

norwich-pear-tree: 3 outages of 2 devices
kingfisher: 1 outage of 1 device
4 outages of 3 devices on 2 sites
`);
  });

  it('fits 80 columns', () => {
    expect(render([NORWICH], 80)).to.equal(`\
DEVICE     ID               BEGIN                 END                   DURATION
Battery 1  111183e7-fb90-…  2022-01-01T00:00:00Z  2022-09-15T19:45:10Z  257d 19h
Battery 1  111183e7-fb90-…  2022-02-18T01:01:20Z  2022-02-18T01:13:25Z    12m 5s
電池 🔋    86b5c819-6a6c-…  2022-05-09T04:47:25Z  2022-05-09T04:47:25Z     377ms

3 outages of 2 devices
`);
  });

  it('fits 80 columns with several sites', () => {
    expect(render([NORWICH, KINGFISHER], 80)).to.equal(`\
SITE             DEVICE           BEGIN              END                DURATION
norwich-pear-t…  Battery 1        2022-01-01T00:00Z  2022-09-15T19:45Z  257d 19h
norwich-pear-t…  Battery 1        2022-02-18T01:01Z  2022-02-18T01:13Z    12m 5s
norwich-pear-t…  電池 🔋          2022-05-09T04:47Z  2022-05-09T04:47Z     377ms
kingfisher       bidi\\u202e\\u00…  2022-01-02T00:00Z  2022-01-05T04:00Z     3d 4h

norwich-pear-tree: 3 outages of 2 devices
kingfisher: 1 outage of 1 device
4 outages of 3 devices on 2 sites
`);
  });

  it('fits 40 columns', () => {
    expect(render([NORWICH], 40)).to.equal(`\
DEVICE     BEGIN              DURATION
Battery 1  2022-01-01T00:00Z  257d 19h
Battery 1  2022-02-18T01:01Z    12m 5s
電池 🔋    2022-05-09T04:47Z     377ms

3 outages of 2 devices
`);
  });

  it('shows days before it cuts times, and wraps the summary at words', () => {
    expect(render([NORWICH, KINGFISHER], 40)).to.equal(`\
SITE      DEVICE    BEGIN       DURATION
norwich…  Battery…  2022-01-01  257d 19h
norwich…  Battery…  2022-02-18    12m 5s
norwich…  電池 🔋   2022-05-09     377ms
kingfis…  bidi\\u2…  2022-01-02     3d 4h

norwich-pear-tree: 3 outages of 2
  devices
kingfisher: 1 outage of 1 device
4 outages of 3 devices on 2 sites
`);
  });

  it('keeps the offset of a time, and texts that are not times', () => {
    const [first, ...others] = NORWICH.outages;
    if (!first) throw new Error('no outage');
    const offset = { ...first, begin: '2022-01-01T06:00:00.123456+01:00', end: 'unknown' };
    const lines = render([{ ...NORWICH, outages: [offset, ...others] }], 62).split('\n');
    expect(lines[1]).to.equal('Battery 1  2022-01-01T06:00+01:00  unknown                   ?');
  });

  it('has a bold header of the same width with colours', () => {
    const [header, ...others] = render([NORWICH], 80, { color: true }).split('\n');
    const [plain, ...plainOthers] = render([NORWICH], 80).split('\n');
    expect(header).to.equal(`\u001b[1m${plain ?? ''}\u001b[22m`);
    expect(others).to.deep.equal(plainOthers);
  });

  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('\u001b[2J', '\u009b31m', '\u202e', '👩‍👩‍👧‍👦', '電'.repeat(50), '\u200b', '\u0301', '\r\n', '\ud800'),
  );
  const outage = fc.record({ id: text, name: text, begin: text, end: text });
  const list = fc.record({
    site: text,
    siteName: text,
    devices: fc.constant([]),
    outages: fc.array(outage, { maxLength: 4 }),
  });

  it('writes no control character and no line that is too wide', () => {
    fc.assert(
      fc.property(fc.array(list, { maxLength: 3 }), fc.integer({ min: 0, max: 130 }), (lists, columns) => {
        const output = render(lists, columns);
        expect(output).to.match(/\n$/);
        for (const line of output.slice(0, -1).split('\n')) {
          expect(line).not.to.match(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|\p{Surrogate}/u);
          if (columns > 0) expect(stringWidth(line)).to.be.at.most(columns);
        }
      }),
    );
  });
});
