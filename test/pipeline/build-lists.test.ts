import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';

import { createClient } from '../../src/api/client.ts';
import type { NoticeEvent, ProgressEvent, RunEvent } from '../../src/domain/events.ts';
import { hasList, includeAtCutoff, buildLists } from '../../src/pipeline/build-lists.ts';
import { emitCutoffNotices } from '../../src/pipeline/site-notices.ts';
import { createCutoffRule } from '../../src/transform/rule.ts';
import { closeServers, serve } from '../support/servers.ts';
import { testEnvironment } from '../support/environment.ts';
import { errorFields } from '../support/thrown.ts';
import { trackedFetch } from '../support/tracked-fetch.ts';
import '../support/unhandled.ts';

const CUTOFF = '2022-01-01T00:00:00Z';
const BEFORE = '2021-12-31T23:59:59.999Z';
const AT = '2022-01-01T00:00:00.000Z';
const AFTER = '2022-01-01T00:00:00.001Z';
const END = '2023-01-01T00:00:00.000Z';
const NOW = Date.parse('2026-01-01T00:00:00Z');
const INVALID = 'invalid data: nothing was sent for this site';

function outage(id: string, begin = AFTER, end = END) {
  return { id, begin, end };
}

/** Creates a site info. */
function site(id: string, ...devices: readonly [id: string, name: string][]) {
  return { id, name: id.toUpperCase(), devices: devices.map(([device, name]) => ({ id: device, name })) };
}

interface ApiData {
  /** JSON, or a value to serialize. */
  readonly outages: unknown;
  /** The response for each site; a number is a status. */
  readonly sites: Readonly<Record<string, unknown>>;
  readonly cutoffInclusive?: boolean;
}

/** Builds the lists of all sites, with the data served over HTTP. */
async function build({ outages, sites, cutoffInclusive = false }: ApiData, concurrency = 4) {
  const requests: string[] = [];
  const { url } = await serve((request, response) => {
    const path = request.url ?? '';
    requests.push(path);
    const body = path === '/outages' ? outages : sites[path.replace('/site-info/', '')];
    if (typeof body === 'number') response.writeHead(body).end();
    else response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  const events: RunEvent[] = [];
  const emit = (event: RunEvent): void => {
    events.push(event);
  };
  const { signal } = new AbortController();
  const limits = { timeout: 10_000, retries: 0, retryPost: 'never', deadlineAt: () => Infinity, signal } as const;
  const client = createClient(
    { apiUrl: url, apiKey: 'k', ...limits },
    testEnvironment({ fetch: trackedFetch(fetch) }),
    emit,
  );
  const rule = createCutoffRule(CUTOFF, cutoffInclusive, NOW);
  const results = await buildLists(Object.keys(sites), client, { rule, concurrency, emit, signal });
  emitCutoffNotices(results.filter(hasList), rule, emit);
  return {
    results,
    requests,
    url,
    /** Outages or error of each site. */
    outcome: results.map((each) => (hasList(each) ? each.list.outages : errorFields(each.error))),
    notices: events.flatMap((event): readonly NoticeEvent[] =>
      event.type === 'notice' ? [event] : event.type === 'site-notices' ? event.notices : [],
    ),
    summaries: events.flatMap((event) => (event.type === 'site-notices' ? event.summary : [])),
    progress: events.filter((event): event is ProgressEvent => event.type === 'progress'),
  };
}

describe('buildLists', () => {
  afterEach(closeServers);

  it('builds the list of a site: filtered, with names, in the order of the API, without merging', async () => {
    const { results, notices } = await build({
      outages: [
        outage('b'),
        outage('a', BEFORE),
        outage('stranger'),
        outage('a', '2022-06-01T00:00:00+02:00', '2022-07-01T00:00:00Z'),
        { ...outage('a'), extra: true },
        outage('b'),
        outage('A'),
        outage('a '),
      ],
      sites: { s: site('s', ['a', 'Battery 1'], ['b', 'Batterie №2'], ['c', 'idle']) },
    });
    const list = [
      { id: 'b', name: 'Batterie №2', begin: AFTER, end: END },
      { id: 'a', name: 'Battery 1', begin: '2022-06-01T00:00:00+02:00', end: '2022-07-01T00:00:00Z' },
      { id: 'a', name: 'Battery 1', begin: AFTER, end: END },
      { id: 'b', name: 'Batterie №2', begin: AFTER, end: END },
    ];
    const { devices } = site('s', ['a', 'Battery 1'], ['b', 'Batterie №2'], ['c', 'idle']);
    expect(results).to.deep.equal([
      { site: 's', list: { site: 's', siteName: 'S', devices, outages: list }, atCutoff: 0, excluded: [] },
    ]);
    expect(notices).to.deep.equal([]);
  });

  it('builds an empty list for a site without outages', async () => {
    const { results } = await build({
      outages: [outage('a', BEFORE)],
      sites: { s: site('s', ['a', 'A']), t: site('t') },
    });
    expect(results.map((each) => hasList(each) && each.list.outages)).to.deep.equal([[], []]);
  });

  it('keeps excluded outages at the cutoff beside the list, and includes them in the order of the API', async () => {
    const begins = [AT, AFTER, AT, AT, END, BEFORE, AT];
    const sites = { s: site('s', ['a', 'A']) };
    const outages = begins.map((begin) => outage('a', begin));
    const { results } = await build({ outages, sites });
    const inclusive = await build({ outages, sites, cutoffInclusive: true });
    const [built] = results.filter(hasList);
    expect(built?.excluded.map(({ position }) => position)).to.deep.equal([0, 1, 1, 2]);
    expect(built && [includeAtCutoff(built)]).to.deep.equal(inclusive.results);
  });

  it('requests the outages once for any number of sites, and returns results in their order', async () => {
    const sites = Object.fromEntries(
      Array.from({ length: 50 }, (_, i) => [`s${i}`, site(`s${i}`, [`d${i}`, `D${i}`])]),
    );
    const outages = Array.from({ length: 50 }, (_, i) => outage(`d${49 - i}`));
    const { results, requests, progress } = await build({ outages, sites });
    expect(
      results.map((each) => [each.site, hasList(each) && each.list.outages.map(({ name }) => name)]),
    ).to.deep.equal(Array.from({ length: 50 }, (_, i) => [`s${i}`, [`D${i}`]]));
    expect(requests.filter((path) => path === '/outages')).to.have.length(1);
    expect(requests).to.have.length(51);
    const task = 'site information';
    expect(progress.filter((event) => event.task === task)).to.deep.equal(
      Array.from({ length: 51 }, (_, done) => ({ type: 'progress', task, done, of: 50 })),
    );
  });

  it('adds an outage of a shared device to both sites, with the name that each has for it', async () => {
    const { outcome } = await build({
      outages: [outage('x'), outage('y')],
      sites: { s: site('s', ['x', 'of s'], ['y', 'only s']), t: site('t', ['x', 'of t']) },
    });
    const named = (id: string, name: string) => ({ id, name, begin: AFTER, end: END });
    expect(outcome).to.deep.equal([[named('x', 'of s'), named('y', 'only s')], [named('x', 'of t')]]);
  });

  it('adds an outage once for a device that is listed twice', async () => {
    const { outcome } = await build({ outages: [outage('a')], sites: { s: site('s', ['a', 'A'], ['a', 'A']) } });
    expect(outcome).to.deep.equal([[{ id: 'a', name: 'A', begin: AFTER, end: END }]]);
  });

  describe('if a site fails', () => {
    const fine = [{ id: 'a', name: 'A', begin: AFTER, end: END }];
    const failing: readonly [what: string, answer: unknown, problem: (url: string) => unknown][] = [
      [
        'an unknown site',
        404,
        (url) => ({
          type: 'RefusedError',
          message: `GET ${url}/site-info/t: the API answered 404`,
          hint: 'check the site id and the path of KRAKEN_API_URL',
        }),
      ],
      [
        'a site info of another site',
        site('T', ['a', 'A']),
        (url) => ({
          type: 'InvalidDataError',
          message: `GET ${url}/site-info/t: id: expected "t", received "T"`,
          hint: 'the API returned the site info of another site; nothing was sent for this site',
        }),
      ],
      [
        'a device with two names',
        site('t', ['a', 'A'], ['a', 'B']),
        () => ({
          type: 'InvalidDataError',
          message: 'devices[1].name: device "a" is named "A" and "B"',
          hint: 'the API must give each device one name; nothing was sent for this site',
        }),
      ],
    ];
    for (const [what, answer, problem] of failing) {
      it(`builds the lists of the others: ${what}`, async () => {
        const { outcome, url } = await build({
          outages: [outage('a')],
          sites: { s: site('s', ['a', 'A']), t: answer, u: site('u', ['a', 'A']) },
        });
        expect(outcome).to.deep.equal([fine, problem(url), fine]);
      });
    }

    it('does not request the outages if every site has failed', async () => {
      const { outcome, requests, url } = await build({ outages: [], sites: { s: 404, t: 403 } });
      expect(outcome).to.deep.equal([
        {
          type: 'RefusedError',
          message: `GET ${url}/site-info/s: the API answered 404`,
          hint: 'check the site id and the path of KRAKEN_API_URL',
        },
        {
          type: 'KeyRejectedError',
          message: `GET ${url}/site-info/t: the API answered 403`,
          hint: 'check the key: KRAKEN_API_KEY, --api-key-file, or apiKey in a file',
        },
      ]);
      expect(requests).to.have.members(['/site-info/s', '/site-info/t']);
    });
  });

  it('fails for every loaded site if the outages cannot be read', async () => {
    const { outcome, url } = await build({ outages: 500, sites: { s: site('s'), t: 404, u: site('u') } });
    const failed = {
      type: 'AttemptError',
      message: `GET ${url}/outages: the API answered 500`,
      hint: 'the server has a problem: try again later',
    };
    expect([outcome[0], outcome[2]]).to.deep.equal([failed, failed]);
    expect(outcome[1]).to.include({ message: `GET ${url}/site-info/t: the API answered 404` });
  });

  describe('with an invalid outage', () => {
    const sites = {
      s: site('s', ['a', 'A'], ['shared', 'S']),
      t: site('t', ['b', 'B'], ['shared', 'T']),
      u: site('u', ['c', 'C']),
    };
    const RFC_3339 = 'expected an RFC 3339 time such as 2022-05-23T12:21:27.377Z';
    const cases: readonly [what: string, record: string, failing: string, problem: string][] = [
      ['of one site', JSON.stringify(outage('b', 'x')), 't', `.begin: ${RFC_3339}, received "x"`],
      ['of two sites', JSON.stringify(outage('shared', AFTER, '')), 'st', `.end: ${RFC_3339}, received ""`],
      ['without an end', `{"id":"b","begin":"${AFTER}"}`, 't', '.end: expected a value, received nothing'],
      [
        'that began before the cutoff',
        JSON.stringify({ id: 'b', begin: BEFORE, end: 7 }),
        't',
        '.end: expected a string, received 7',
      ],
      [
        'with two begins',
        `{"id":"b","begin":"${AFTER}","begin":"${BEFORE}","end":"${END}"}`,
        't',
        ': duplicate key "begin"',
      ],
      ['without an id', `{"begin":"${AFTER}","end":"${END}"}`, 'stu', '.id: expected a value, received nothing'],
      [
        'whose id is not a string',
        `{"id":7,"begin":"${AFTER}","end":"${END}"}`,
        'stu',
        '.id: expected a string, received 7',
      ],
      ['with two ids', `{"id":"b","id":"z","begin":"${AFTER}","end":"${END}"}`, 'stu', ': duplicate key "id"'],
    ];
    for (const [what, record, failing, problem] of cases) {
      it(`fails for the sites that it could belong to (${failing}): ${what}`, async () => {
        const others = ['a', 'b', 'c'].map((id) => JSON.stringify(outage(id)));
        const { outcome, notices } = await build({ outages: `[${[...others, record].join(',')}]`, sites });
        const error = { type: 'InvalidDataError', message: `outages[3]${problem}`, hint: INVALID };
        const lists = ['a', 'b', 'c'].map((id) => [{ id, name: id.toUpperCase(), begin: AFTER, end: END }]);
        expect(outcome).to.deep.equal(['s', 't', 'u'].map((id, i) => (failing.includes(id) ? error : lists[i])));
        expect(notices).to.deep.equal([]);
      });
    }

    it('fails for all sites if it is not an object', async () => {
      const { outcome } = await build({ outages: [outage('a'), null], sites });
      const message = 'outages[1]: expected an object, received null';
      expect(outcome).to.deep.equal(Array(3).fill({ type: 'InvalidDataError', message, hint: INVALID }));
    });

    it('reports the first of several', async () => {
      const { outcome } = await build({ outages: [outage('a', 'x'), outage('a', 'y'), outage('b', 'z')], sites });
      expect(outcome[0]).to.include({ message: `outages[0].begin: ${RFC_3339}, received "x"` });
      expect(outcome[1]).to.include({ message: `outages[2].begin: ${RFC_3339}, received "z"` });
    });

    it('only counts it if no requested site has the device', async () => {
      const hint = 'skipped, because no requested site has such a device';
      const one = await build({ outages: [outage('a'), outage('z', 'x')], sites: { s: site('s', ['a', 'A']) } });
      expect(one.outcome).to.deep.equal([[{ id: 'a', name: 'A', begin: AFTER, end: END }]]);
      expect(one.notices).to.deep.equal([{ type: 'notice', message: '1 outage of another device is invalid', hint }]);
      const two = await build({
        outages: [{ id: 'y' }, outage('z', 'x'), outage('a')],
        sites: { s: site('s', ['a', 'A']) },
      });
      expect(two.notices).to.deep.equal([{ type: 'notice', message: '2 outages of other devices are invalid', hint }]);
    });
  });

  describe('emits notices that', () => {
    const sites = { s: site('s', ['a', 'A']), t: site('t', ['b', 'B']) };

    it('count excluded outages that began exactly at the cutoff, in any notation', async () => {
      const outages = [AT, '2022-01-01T05:45:00+05:45', AFTER].map((begin) => outage('a', begin));
      outages.push(outage('z', AT), outage('b', BEFORE));
      const { results, notices } = await build({ outages, sites });
      expect(results.map((each) => hasList(each) && [each.atCutoff, each.list.outages.length])).to.deep.equal([
        [2, 1],
        [0, 0],
      ]);
      expect(notices).to.deep.equal([
        {
          type: 'notice',
          site: 's',
          message: 'excluded 2 outages that began exactly at the cutoff (2022-01-01T00:00:00Z)',
          hint: 'use --cutoff-inclusive to include such outages if the API rejects the list (the live API is known to)',
        },
      ]);
    });

    it('count included outages that began exactly at the cutoff', async () => {
      const { results, notices } = await build({
        outages: [outage('b', AT), outage('a', BEFORE)],
        sites,
        cutoffInclusive: true,
      });
      expect(results.map((each) => hasList(each) && each.list.outages.length)).to.deep.equal([0, 1]);
      expect(notices).to.deep.equal([
        {
          type: 'notice',
          site: 't',
          message: 'included 1 outage that began exactly at the cutoff (2022-01-01T00:00:00Z)',
          hint: 'because of --cutoff-inclusive; without it, it is excluded',
        },
      ]);
    });

    it('describe anomalies of kept outages', async () => {
      const outages = [
        outage('a', BEFORE, '2020-01-01T00:00:00Z'),
        outage('a', END, AFTER),
        outage('b', '2027-01-01T00:00:00Z', '2028-01-01T00:00:00Z'),
        outage('a', '2027-01-01T00:00:00Z', '2028-01-01T00:00:00Z'),
        outage('a', END, AFTER),
        outage('z', END, AFTER),
      ];
      const { results, notices } = await build({ outages, sites });
      expect(results.map((each) => hasList(each) && each.list.outages.length)).to.deep.equal([3, 1]);
      const hint = 'valid per the schema, so sent unchanged';
      expect(notices).to.deep.equal([
        { type: 'notice', site: 's', message: 'outages[1]: it ends before it begins (and 2 more)', hint },
        { type: 'notice', site: 't', message: 'outages[2]: it begins in the future', hint },
      ]);
    });

    it('have a summary for many sites', async () => {
      const odd = { outages: [outage('a', AT), outage('b', AT), outage('a', END, AFTER)], sites };
      expect((await build(odd)).summaries).to.deep.equal([
        'have anomalous outages',
        'have outages that began exactly at the cutoff (2022-01-01T00:00:00Z), excluded',
      ]);
    });

    it('omit sites that fail', async () => {
      const outages = [outage('a', AT), outage('a', END, AFTER), outage('a', 'x'), outage('b', BEFORE)];
      expect((await build({ outages, sites })).notices).to.deep.equal([]);
    });

    it('name a site without any of the outages, and the closest id', async () => {
      const upper = { ...sites, s: site('s', ['A', 'A'], ['{a}', 'A']) };
      const { notices, summaries, outcome } = await build({ outages: [outage('a'), outage('z')], sites: upper });
      expect(outcome).to.deep.equal([[], []]);
      expect(summaries).to.deep.equal(['have none of the 2 outages']);
      expect(notices).to.deep.equal([
        {
          type: 'notice',
          site: 's',
          message: '0 of 2 outages belong to the 2 devices of s',
          hint: 'ids are compared exactly: an outage has the id "a", a device "A"',
        },
        {
          type: 'notice',
          site: 't',
          message: '0 of 2 outages belong to the 1 device of t',
          hint: 'compare the ids of outages and devices: kraken-outages fetch',
        },
      ]);
    });

    it('omit sites whose outages are all removed, and all sites if there are no outages', async () => {
      expect((await build({ outages: [outage('a', BEFORE), outage('b')], sites })).notices).to.deep.equal([]);
      expect((await build({ outages: [], sites })).notices).to.deep.equal([]);
    });
  });
});
