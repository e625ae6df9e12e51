import { expect } from 'chai';
import { describe, it } from 'mocha';

import { InterruptedError, RefusedError, UnknownOutcomeError, UnreachableError } from '../../src/domain/errors.ts';
import type { SiteFailure } from '../../src/domain/events.ts';
import { groupFailures } from '../../src/output/failure-groups.ts';

const API = 'https://api.example/v1';

function refused(site: string): SiteFailure {
  const url = `${API}/site-info/${encodeURIComponent(site)}`;
  const error = new RefusedError(`GET ${url}: the API answered 404: "Site not found"`, { hint: 'check the site id' });
  return { site, outcome: 'not-sent', error };
}

function lost(site: string): SiteFailure {
  return { site, outcome: 'unknown', error: new UnknownOutcomeError('the list was sent', { hint: 'submit again' }) };
}

const shown = (failures: readonly SiteFailure[]): readonly string[] =>
  groupFailures(failures).map(({ message, hint }) => `${message} (${hint ?? 'no hint'})`);

describe('groupFailures', () => {
  it('returns no group without failures', () => {
    expect(groupFailures([])).to.deep.equal([]);
  });

  it('returns a single failure unchanged, with its site', () => {
    expect(shown([refused('a b')])).to.deep.equal([
      `a b: GET ${API}/site-info/a%20b: the API answered 404: "Site not found" (check the site id)`,
    ]);
  });

  it('counts failures with the same cause, and names the first sites', () => {
    const sites = Array.from({ length: 42 }, (_, index) => `site ${index}`);
    expect(shown(sites.map(refused))).to.deep.equal([
      `42 sites not sent: GET ${API}/site-info/SITE: the API answered 404: "Site not found": site 0, site 1, site 2 and 39 more (check the site id)`,
    ]);
  });

  it('ignores the number of attempts, and details after the message of the API', () => {
    const failed = (site: string, detail: string): SiteFailure => ({
      site,
      outcome: 'failed',
      error: new UnreachableError(`the API answered 503: "busy"${detail}`),
    });
    const failures = [failed('a', ' (6 attempts in 12.3 s)'), failed('b', ' (5 attempts in 9 s)'), failed('c', '')];
    expect(shown(failures)).to.deep.equal(['3 sites failed: the API answered 503: "busy": a, b, c (no hint)']);
  });

  it('names a site in the hint if the hints differ', () => {
    const failures = ['1', '2'].map((hint, index): SiteFailure => {
      return { site: `s${index}`, outcome: 'refused', error: new RefusedError('no', { hint }) };
    });
    expect(shown(failures)).to.deep.equal(['2 sites refused: no: s0, s1 (s0: 1)']);
  });

  it('lists all unknown sites first, then the most frequent cause', () => {
    const unknown = Array.from({ length: 10 }, (_, index) => lost(`u${index}`));
    const interrupted = ['x', 'y'].map((site): SiteFailure => {
      return { site, outcome: 'not-sent', error: new InterruptedError('SIGINT') };
    });
    expect(shown([refused('a'), ...interrupted, ...unknown])).to.deep.equal([
      '10 sites unknown: the list was sent: u0, u1, u2, u3, u4, u5, u6, u7, u8, u9 (submit again)',
      '2 sites not sent: interrupted: x, y (no hint)',
      `a: GET ${API}/site-info/a: the API answered 404: "Site not found" (check the site id)`,
    ]);
  });

  it('groups the remaining causes if there are many', () => {
    const failures = Array.from({ length: 40 }, (_, index): SiteFailure => {
      return { site: `s${index}`, outcome: 'refused', error: new RefusedError(`problem ${index}`) };
    });
    const groups = groupFailures(failures);
    expect(groups).to.have.length(9);
    expect(groups.at(-1)?.message).to.match(/^32 sites with other errors \(refused\), the first of which is: /);
    expect(groups.reduce((sum, { size }) => sum + size, 0)).to.equal(40);
  });
});
