import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';

import { createClient } from '../../src/api/client.ts';
import type { NoticeEvent, ProgressEvent, RunEvent } from '../../src/domain/events.ts';
import { hasList, buildLists } from '../../src/pipeline/build-lists.ts';
import { createCutoffRule } from '../../src/transform/rule.ts';
import { closeServers, serve } from '../support/servers.ts';
import { testEnvironment } from '../support/environment.ts';
import { toldBy } from '../support/thrown.ts';
import '../support/unhandled.ts';

const CUTOFF = '2022-01-01T00:00:00Z';
const BEFORE = '2021-12-31T23:59:59.999Z';
const AT = '2022-01-01T00:00:00.000Z';
const AFTER = '2022-01-01T00:00:00.001Z';
const END = '2023-01-01T00:00:00.000Z';
const NOW = Date.parse('2026-01-01T00:00:00Z');
const NEVER_GUESSED = 'what does not fit is never guessed at: nothing is sent for this site';

function outage(id: string, begin = AFTER, end = END) {
  return { id, begin, end };
}

/** A site by its id; of each device the id and the name. */
function site(id: string, ...devices: readonly [id: string, name: string][]) {
  return { id, name: id.toUpperCase(), devices: devices.map(([device, name]) => ({ id: device, name })) };
}

interface World {
  /** JSON, or what becomes JSON. */
  readonly outages: unknown;
  /** What is answered for each site; a number is a status. */
  readonly sites: Readonly<Record<string, unknown>>;
  readonly cutoffInclusive?: boolean;
}

/** Makes plans for all sites of a world that stands behind a real API. */
async function plan({ outages, sites, cutoffInclusive = false }: World, concurrency = 4) {
  const requests: string[] = [];
  const { url } = await serve((request, response) => {
    const path = request.url ?? '';
    requests.push(path);
    const body = path === '/outages' ? outages : sites[path.replace('/site-info/', '')];
    if (typeof body === 'number') response.writeHead(body).end();
    else response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  const events: RunEvent[] = [];
  const tell = (event: RunEvent): void => {
    events.push(event);
  };
  const { signal } = new AbortController();
  const limits = { timeout: 10_000, retries: 0, retryPost: 'never', deadlineAt: Infinity, signal } as const;
  const client = createClient({ apiUrl: url, apiKey: 'k', ...limits }, testEnvironment({ fetch }), tell);
  const plans = await buildLists(
    Object.keys(sites),
    client,
    createCutoffRule(CUTOFF, cutoffInclusive, NOW),
    concurrency,
    tell,
  );
  return {
    plans,
    requests,
    url,
    /** For each site its list, or its error. */
    outcome: plans.map((each) => (hasList(each) ? each.list.outages : toldBy(each.error))),
    notices: events.flatMap((event): readonly NoticeEvent[] =>
      event.type === 'notice' ? [event] : event.type === 'site-notices' ? event.notices : [],
    ),
    together: events.flatMap((event) => (event.type === 'site-notices' ? event.summary : [])),
    progress: events.filter((event): event is ProgressEvent => event.type === 'progress'),
  };
}

describe('makePlans', () => {
  afterEach(closeServers);

  it('makes the list of a site: filtered, named, in the order of the API, nothing merged', async () => {
    const { plans, notices } = await plan({
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
    expect(plans).to.deep.equal([
      { site: 's', list: { site: 's', siteName: 'S', devices, outages: list }, atCutoff: 0 },
    ]);
    expect(notices).to.deep.equal([]);
  });

  it('makes an empty list of nothing', async () => {
    const { plans } = await plan({ outages: [outage('a', BEFORE)], sites: { s: site('s', ['a', 'A']), t: site('t') } });
    expect(plans.map((each) => hasList(each) && each.list.outages)).to.deep.equal([[], []]);
  });

  it('meets the outages once for any number of sites, and answers in their order', async () => {
    const sites = Object.fromEntries(
      Array.from({ length: 50 }, (_, i) => [`s${i}`, site(`s${i}`, [`d${i}`, `D${i}`])]),
    );
    const outages = Array.from({ length: 50 }, (_, i) => outage(`d${49 - i}`));
    const { plans, requests, progress } = await plan({ outages, sites });
    expect(plans.map((each) => [each.site, hasList(each) && each.list.outages.map(({ name }) => name)])).to.deep.equal(
      Array.from({ length: 50 }, (_, i) => [`s${i}`, [`D${i}`]]),
    );
    expect(requests.filter((path) => path === '/outages')).to.have.length(1);
    expect(requests).to.have.length(51);
    const task = 'site information';
    expect(progress.filter((event) => event.task === task)).to.deep.equal(
      Array.from({ length: 51 }, (_, done) => ({ type: 'progress', task, done, of: 50 })),
    );
  });

  it('gives a device that two sites share to both, under the name that each has for it', async () => {
    const { outcome } = await plan({
      outages: [outage('x'), outage('y')],
      sites: { s: site('s', ['x', 'of s'], ['y', 'only s']), t: site('t', ['x', 'of t']) },
    });
    const named = (id: string, name: string) => ({ id, name, begin: AFTER, end: END });
    expect(outcome).to.deep.equal([[named('x', 'of s'), named('y', 'only s')], [named('x', 'of t')]]);
  });

  it('counts a device once that a site lists twice', async () => {
    const { outcome } = await plan({ outages: [outage('a')], sites: { s: site('s', ['a', 'A'], ['a', 'A']) } });
    expect(outcome).to.deep.equal([[{ id: 'a', name: 'A', begin: AFTER, end: END }]]);
  });

  describe('a site that fails', () => {
    const fine = [{ id: 'a', name: 'A', begin: AFTER, end: END }];
    const failing: readonly [what: string, answer: unknown, problem: (url: string) => unknown][] = [
      [
        'for being unknown',
        404,
        (url) => ({
          type: 'RefusedError',
          message: `GET ${url}/site-info/t: the API answered 404`,
          hint: 'check the site id and the path of KRAKEN_API_URL',
        }),
      ],
      [
        'for being another',
        site('T', ['a', 'A']),
        () => ({
          type: 'InvalidDataError',
          message: 'site information: id: expected "t", received "T"',
          hint: 'the API answered for another site; nothing is sent for this one',
        }),
      ],
      [
        'for naming a device twice',
        site('t', ['a', 'A'], ['a', 'B']),
        () => ({
          type: 'InvalidDataError',
          message: 'devices[1].name: device "a" is named "A" and "B"',
          hint: 'the API must give each device one name; nothing is sent for this site',
        }),
      ],
    ];
    for (const [what, answer, problem] of failing) {
      it(`${what} keeps no other from its list`, async () => {
        const { outcome, url } = await plan({
          outages: [outage('a')],
          sites: { s: site('s', ['a', 'A']), t: answer, u: site('u', ['a', 'A']) },
        });
        expect(outcome).to.deep.equal([fine, problem(url), fine]);
      });
    }

    it('asks for no outages where there is no other', async () => {
      const { outcome, requests, url } = await plan({ outages: [], sites: { s: 404, t: 403 } });
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

  it('fails for every site that is known where the outages cannot be read', async () => {
    const { outcome, url } = await plan({ outages: 500, sites: { s: site('s'), t: 404, u: site('u') } });
    const failed = {
      type: 'AttemptError',
      message: `GET ${url}/outages: the API answered 500`,
      hint: 'the server has a problem: try again later',
    };
    expect([outcome[0], outcome[2]]).to.deep.equal([failed, failed]);
    expect(outcome[1]).to.include({ message: `GET ${url}/site-info/t: the API answered 404` });
  });

  describe('an outage that does not fit', () => {
    const sites = {
      s: site('s', ['a', 'A'], ['shared', 'S']),
      t: site('t', ['b', 'B'], ['shared', 'T']),
      u: site('u', ['c', 'C']),
    };
    const RFC_3339 = 'expected an RFC 3339 time such as 2022-05-23T12:21:27.377Z';
    const cases: readonly [what: string, record: string, failing: string, problem: string][] = [
      ['of one site', JSON.stringify(outage('b', 'x')), 't', `begin: ${RFC_3339}, received "x"`],
      ['of two sites', JSON.stringify(outage('shared', AFTER, '')), 'st', `end: ${RFC_3339}, received ""`],
      ['without an end', `{"id":"b","begin":"${AFTER}"}`, 't', 'end: expected a value, received nothing'],
      [
        'that began before the cutoff',
        JSON.stringify({ id: 'b', begin: BEFORE, end: 7 }),
        't',
        'end: expected a string, received 7',
      ],
      [
        'with two begins',
        `{"id":"b","begin":"${AFTER}","begin":"${BEFORE}","end":"${END}"}`,
        't',
        'begin: stands there twice',
      ],
      ['without an id', `{"begin":"${AFTER}","end":"${END}"}`, 'stu', 'id: expected a value, received nothing'],
      [
        'whose id is no string',
        `{"id":7,"begin":"${AFTER}","end":"${END}"}`,
        'stu',
        'id: expected a string, received 7',
      ],
      ['with two ids', `{"id":"b","id":"z","begin":"${AFTER}","end":"${END}"}`, 'stu', 'id: stands there twice'],
    ];
    for (const [what, record, failing, problem] of cases) {
      it(`${what} fails for the sites whose it could be: ${failing}`, async () => {
        const others = ['a', 'b', 'c'].map((id) => JSON.stringify(outage(id)));
        const { outcome, notices } = await plan({ outages: `[${[...others, record].join(',')}]`, sites });
        const error = { type: 'InvalidDataError', message: `outages[3].${problem}`, hint: NEVER_GUESSED };
        const lists = ['a', 'b', 'c'].map((id) => [{ id, name: id.toUpperCase(), begin: AFTER, end: END }]);
        expect(outcome).to.deep.equal(['s', 't', 'u'].map((id, i) => (failing.includes(id) ? error : lists[i])));
        expect(notices).to.deep.equal([]);
      });
    }

    it('and is no object fails for all', async () => {
      const { outcome } = await plan({ outages: [outage('a'), null], sites });
      const message = 'outages[1]: expected an object, received null';
      expect(outcome).to.deep.equal(Array(3).fill({ type: 'InvalidDataError', message, hint: NEVER_GUESSED }));
    });

    it('names the first of several', async () => {
      const { outcome } = await plan({ outages: [outage('a', 'x'), outage('a', 'y'), outage('b', 'z')], sites });
      expect(outcome[0]).to.include({ message: `outages[0].begin: ${RFC_3339}, received "x"` });
      expect(outcome[1]).to.include({ message: `outages[2].begin: ${RFC_3339}, received "z"` });
    });

    it('of a device that nobody asked for is told of, and no reason to stop', async () => {
      const hint = 'no requested site has such a device, so nothing depends on it';
      const one = await plan({ outages: [outage('a'), outage('z', 'x')], sites: { s: site('s', ['a', 'A']) } });
      expect(one.outcome).to.deep.equal([[{ id: 'a', name: 'A', begin: AFTER, end: END }]]);
      expect(one.notices).to.deep.equal([
        { type: 'notice', message: '1 outage of another device does not fit the schema', hint },
      ]);
      const two = await plan({ outages: [{ id: 'y' }, outage('z', 'x')], sites: { s: site('s') } });
      expect(two.notices).to.deep.equal([
        { type: 'notice', message: '2 outages of other devices do not fit the schema', hint },
      ]);
    });
  });

  describe('what a person should know', () => {
    const sites = { s: site('s', ['a', 'A']), t: site('t', ['b', 'B']) };

    it('is what begins exactly at the cutoff, in any spelling, and is left out', async () => {
      const outages = [outage('a', AT), outage('a', '2022-01-01T05:45:00+05:45'), outage('a'), outage('z', AT)];
      const { plans, notices } = await plan({ outages, sites });
      expect(plans.map((each) => hasList(each) && [each.atCutoff, each.list.outages.length])).to.deep.equal([
        [2, 1],
        [0, 0],
      ]);
      expect(notices).to.deep.equal([
        {
          type: 'notice',
          site: 's',
          message: '2 outages begin exactly at the cutoff (2022-01-01T00:00:00Z) and are left out',
          hint: 'the written rule removes what began on or before the cutoff; --cutoff-inclusive keeps it, as the live API is known to expect',
        },
      ]);
    });

    it('or is kept', async () => {
      const { plans, notices } = await plan({ outages: [outage('b', AT)], sites, cutoffInclusive: true });
      expect(plans.map((each) => hasList(each) && each.list.outages.length)).to.deep.equal([0, 1]);
      expect(notices).to.deep.equal([
        {
          type: 'notice',
          site: 't',
          message: '1 outage begins exactly at the cutoff (2022-01-01T00:00:00Z) and is kept',
          hint: 'because of --cutoff-inclusive; the written rule removes what began on or before the cutoff',
        },
      ]);
    });

    it('is what looks odd, of what is kept', async () => {
      const outages = [
        outage('a', BEFORE, '2020-01-01T00:00:00Z'),
        outage('a', END, AFTER),
        outage('b', '2027-01-01T00:00:00Z', '2028-01-01T00:00:00Z'),
        outage('a', '2027-01-01T00:00:00Z', '2028-01-01T00:00:00Z'),
        outage('a', END, AFTER),
        outage('z', END, AFTER),
      ];
      const { plans, notices } = await plan({ outages, sites });
      expect(plans.map((each) => hasList(each) && each.list.outages.length)).to.deep.equal([3, 1]);
      const hint = 'it fits the schema, so it is passed on as it is';
      expect(notices).to.deep.equal([
        { type: 'notice', site: 's', message: 'outages[1]: it ends before it begins, and 2 more like it', hint },
        { type: 'notice', site: 't', message: 'outages[2]: it begins in the future', hint },
      ]);
    });

    it('is said of all sites at once as well', async () => {
      const odd = { outages: [outage('a', AT), outage('b', AT), outage('a', END, AFTER)], sites };
      expect((await plan(odd)).together).to.deep.equal([
        'have outages that begin exactly at the cutoff (2022-01-01T00:00:00Z) and are left out',
        'have outages that look odd',
      ]);
    });

    it('is not said of a site that fails', async () => {
      const outages = [outage('a', AT), outage('a', END, AFTER), outage('a', 'x')];
      expect((await plan({ outages, sites })).notices).to.deep.equal([]);
    });
  });
});
