import { expect } from 'chai';
import { describe, it } from 'mocha';

import { createIdSample } from '../../src/api/id-sample.ts';

const TIME = '2022-05-23T12:21:27.377Z';

function record(id: unknown): string {
  return JSON.stringify({ id, begin: TIME, end: TIME });
}

function sampleOf(text: string, member?: string): readonly string[] {
  const sample = createIdSample(member);
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += 100_000) sample.add(bytes.subarray(start, start + 100_000));
  return [...sample.ids()];
}

describe('createIdSample', () => {
  it('returns each id once, even of a truncated array', () => {
    expect(sampleOf(`[${record('a')},${record('b')},${record('a')},{"id":"c`)).to.deep.equal(['a', 'b']);
  });

  it('reads the array at a key', () => {
    expect(sampleOf(`{"sites":[],"outages":[${record('a')}]}`, 'outages')).to.deep.equal(['a']);
  });

  it('returns the ids of invalid outages if they can be read', () => {
    expect(sampleOf(`[{"id":"a"},${record(1)},${record('b')}]`)).to.deep.equal(['a', 'b']);
  });

  it('keeps at most 4 MiB of a response', () => {
    const ids = Array.from({ length: 100_000 }, (_, index) => `device-${index}`);
    const sampled = sampleOf(`[${ids.map(record).join(',')}]`);
    expect(sampled.length).to.be.within(1000, 60_000);
    expect(sampled).to.deep.equal(ids.slice(0, sampled.length));
  });
});
