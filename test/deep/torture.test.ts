import { expect } from 'chai';
import { describe, it } from 'mocha';

import { connect, type Receipt } from '../../src/index.ts';
import { head, thenEnd, thenReset, whole } from '../faults/raw-responses.ts';
import { rightBody } from '../faults/oracle.ts';
import {
  type Act,
  type Behaviour,
  type Exchange,
  type FaultyServer,
  startFaultyServer,
} from '../faults/faulty-server.ts';
import { type OutageData, site } from '../e2e/support/scripted-api.ts';

type Framing = 'content-length' | 'close';

/** How the connection ends, and how the length of the body is framed. */
const ENDINGS: readonly { readonly how: string; readonly end: typeof thenEnd; readonly framing: Framing }[] = [
  { how: 'by FIN', end: thenEnd, framing: 'content-length' },
  { how: 'by RST', end: thenReset, framing: 'content-length' },
  { how: 'by FIN, without a content-length', end: thenEnd, framing: 'close' },
];

const OUTAGES: readonly OutageData[] = [{ id: 'a-1', begin: '2022-05-01T00:00:00Z', end: '2022-05-02T00:00:00Z' }];
const RIGHT = { 'site-info': JSON.stringify(site('a')), outages: JSON.stringify(OUTAGES), 'site-outages': '{}' };

function bytesOf(body: string, framing: Framing): string {
  return head(200, framing === 'close' ? {} : { 'content-length': body.length }) + body;
}

async function withServer(
  answer: Behaviour['answer'],
  use: (submit: (sites: readonly string[]) => Promise<readonly Receipt[]>, server: FaultyServer) => Promise<void>,
): Promise<void> {
  const server = await startFaultyServer({ answer });
  const kraken = connect({ apiUrl: `${server.origin}/v1`, apiKey: 'key', retries: 0, concurrency: 16 });
  try {
    await use(async (sites) => {
      const receipts: Receipt[] = [];
      for await (const receipt of kraken.submit(sites)) receipts.push(receipt);
      return receipts;
    }, server);
  } finally {
    await server.close();
  }
}

describe('a response that is truncated after each of its bytes', () => {
  for (const { how, end, framing } of ENDINGS) {
    it(`prevents the submission of its site if it is a site info (${how})`, async () => {
      // A site for each cut, with the position in its id, and one without a fault.
      const bytes = (id: string): string => bytesOf(JSON.stringify(site(id)), framing);
      const sites = Array.from({ length: bytes('cut-000').length }, (_, cut) => `cut-${String(cut).padStart(3, '0')}`);
      const cutById: Act = (wire, exchange) => {
        const id = exchange.path.slice('/v1/site-info/'.length);
        const act = id === 'a' ? whole(RIGHT['site-info']) : end(bytes(id).slice(0, Number(id.slice('cut-'.length))));
        act(wire, exchange);
      };
      const answer: Behaviour['answer'] = (endpoint) =>
        endpoint === 'site-info' ? cutById : whole(RIGHT[endpoint ?? 'outages']);
      await withServer(answer, async (submit, { exchanges }) => {
        const receipts = await submit([...sites, 'a']);
        expect(receipts.map(({ site: id, outcome }) => `${id} ${outcome}`)).to.deep.equal([
          ...sites.map((id) => `${id} not-sent`),
          'a accepted',
        ]);
        expect(postedTo(exchanges)).to.deep.equal({ '/v1/site-outages/a': rightBody(site('a'), OUTAGES) });
      });
    });

    it(`prevents all submissions if it is the outages (${how})`, async () => {
      const bytes = bytesOf(RIGHT.outages, framing);
      const answer: Behaviour['answer'] = (endpoint, cut) =>
        endpoint === 'outages' ? end(bytes.slice(0, cut)) : whole(RIGHT[endpoint ?? 'site-info']);
      await withServer(answer, async (submit, { exchanges }) => {
        for (let cut = 0; cut < bytes.length; cut++) {
          const receipts = await submit(['a']);
          const outcomes = receipts.map(({ outcome }) => outcome);
          expect(outcomes, `cut after ${cut} of ${bytes.length} bytes`).to.deep.equal(['not-sent']);
        }
        expect(postedTo(exchanges)).to.deep.equal({});
      });
    });
  }
});

function postedTo(exchanges: readonly Exchange[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    exchanges.filter(({ method }) => method === 'POST').map(({ path, body }) => [path, body] as const),
  );
}
