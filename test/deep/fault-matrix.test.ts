import { expect } from 'chai';
import { after, before, describe } from 'mocha';

import { thenEnd } from '../faults/raw-responses.ts';
import { type Row, ROWS } from '../faults/fault-matrix.ts';
import { observe } from '../faults/observe.ts';
import { type FaultyServer, startFaultyServer } from '../faults/faulty-server.ts';
import { runConcurrently } from '../e2e/support/run-concurrently.ts';
import { inWorkspace } from '../e2e/support/workspace.ts';

/** Shorter than for the executable, because the program is already loaded. */
const LIMITS = { timeout: '250ms', deadline: '800ms' };

/** One row for each fault, at alternating endpoints; the one with a successful retry, if any. */
const CHOSEN = [...new Set(ROWS.map(({ name }) => name))].map((fault, index) => {
  const rows = ROWS.filter(({ name }) => name === fault);
  const endpoints = [...new Set(rows.map(({ endpoint }) => endpoint))];
  return rows.find(({ endpoint }) => endpoint === endpoints[index % endpoints.length]);
});

describe('e2e: one row of the fault matrix for each fault (all rows: npm run faults)', () => {
  let elsewhere: FaultyServer;
  before(async () => {
    elsewhere = await startFaultyServer({ answer: () => thenEnd() });
  });
  after(() => elsewhere.close());

  const tests = CHOSEN.flatMap((row) => (row ? [[titleOf(row), () => check(row)] as const] : []));
  runConcurrently(Object.fromEntries(tests));

  async function check(row: Row): Promise<void> {
    const observation = await inWorkspace(({ call }) =>
      observe(row, { run: (args, env) => call(args, { env }), limits: LIMITS }, elsewhere),
    );
    expect(observation).to.deep.equal({ seen: row.expected, broken: [] });
  }
});

function titleOf({ name, endpoint, times }: Row): string {
  return `handles ${name} at ${endpoint}, ${times}`;
}
