import { expect } from 'chai';
import { describe, it } from 'mocha';

import type { OutageSource } from '../../src/api/source.ts';
import { UnreachableError } from '../../src/domain/errors.ts';
import { isLoaded, loadSites, MAX_ORIGINS } from '../../src/pipeline/load-sites.ts';

describe('loadSites', () => {
  it('keeps the causes of the first failures only, and the message and the hint of each', async () => {
    const sites = Array.from({ length: MAX_ORIGINS + 2 }, (_, site) => `site-${site}`);
    const source: OutageSource = {
      siteInfo: (site) => Promise.reject(new UnreachableError(site, { cause: new Error('reset'), hint: 'try again' })),
      outages: () => Promise.reject(new Error('not requested')),
    };
    const loaded = await loadSites(sites, source, { concurrency: 8, emit: () => undefined });
    const errors = loaded.flatMap((site) => (isLoaded(site) ? [] : [site.error]));
    expect(
      errors.map((error) => error instanceof UnreachableError && `${error.message}, ${error.hint ?? ''}`),
    ).to.deep.equal(sites.map((site) => `${site}, try again`));
    const isWhole = errors.map((error) => error instanceof Error && error.cause !== undefined && error.stack !== '');
    expect(isWhole).to.deep.equal([...Array<boolean>(MAX_ORIGINS).fill(true), false, false]);
  });
});
