import { expect } from 'chai';
import { describe, it } from 'mocha';

import { closestMatch } from '../../src/util/closest-match.ts';

describe('closestMatch', () => {
  const cases: readonly (readonly [string, readonly string[], string | undefined])[] = [
    ['timout', ['timeouts', 'timeout'], 'timeout'],
    ['timout', ['timeout', 'timeouts'], 'timeout'],
    ['API_key', ['apiUrl', 'apiKey'], 'apiKey'],
    ['lag', ['log'], 'log'],
    ['lug', ['lag', 'log'], 'lag'],
    ['lags', ['log'], undefined],
    ['retry', ['retries'], undefined],
    ['', ['retries'], undefined],
    ['retries', [], undefined],
  ];
  for (const [word, candidates, found] of cases) {
    it(`finds ${found ?? 'nothing'} for ${JSON.stringify(word)} among ${candidates.join(', ')}`, () => {
      expect(closestMatch(word, candidates)).to.equal(found);
    });
  }
});
