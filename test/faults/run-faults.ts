/**
 * `npm run faults`: runs the executable against a faulty server for each row of the matrix, and prints the expected and
 * the observed result. Exits with 1 if they differ or an invariant is broken.
 *
 *     npm run faults -- [word]      only the rows whose name contains the word
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

import { mapConcurrently } from '../../src/util/concurrency.ts';
import { hasProgram, inWorkspace } from '../e2e/support/workspace.ts';
import { thenEnd } from './raw-responses.ts';
import { makeCertificates } from './certificates.ts';
import { type Row, ROWS, type Seen, tlsRows } from './fault-matrix.ts';
import { type Observation, observe } from './observe.ts';
import { startFaultyServer } from './faulty-server.ts';

const word = process.argv[2] ?? '';

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function toText({ code, outcome, requests }: Seen): string {
  return `exit ${code}  ${outcome.padEnd(8)}  ${requests} request${requests === 1 ? ' ' : 's'}`;
}

/** On a busy machine a process may need a second to start. */
const LIMITS = { timeout: '1s', deadline: '4s' };

const folder = await mkdtemp(join(tmpdir(), 'kraken-outages-faults-'));
const elsewhere = await startFaultyServer({ answer: () => thenEnd() });

async function observeOne(row: Row): Promise<{ readonly row: Row; readonly observation: Observation }> {
  try {
    const observation = await inWorkspace(({ run }) =>
      observe(row, { run: (args, env) => run(args, { env }), limits: LIMITS }, elsewhere),
    );
    return { row, observation };
  } catch (error) {
    const seen = { code: -1, outcome: 'none', requests: -1 };
    return { row, observation: { seen, broken: [error instanceof Error ? error.message : String(error)] } };
  }
}

let different = 0;
try {
  if (!hasProgram('openssl')) say('skipped the rows about certificates: openssl is not installed');
  const certificates = hasProgram('openssl') ? tlsRows(await makeCertificates(folder)) : [];
  const rows = [...ROWS, ...certificates].filter(({ name }) => name.includes(word));
  // Rows mostly wait for a timeout, a retry or the start of a process.
  for await (const { row, observation } of mapConcurrently(rows, 2 * availableParallelism(), observeOne)) {
    const { name, endpoint, times, expected } = row;
    const { seen, broken } = observation;
    const isRight = toText(seen) === toText(expected) && broken.length === 0;
    if (!isRight) different++;
    const where = `${name.slice(0, 60).padEnd(60)}  ${endpoint.padEnd(12)}  ${times.padEnd(6)}`;
    say(`${isRight ? '✓' : '✗'}  ${where}  expected ${toText(expected)}  seen ${toText(seen)}`);
    for (const what of broken) say(`   ${what}`);
  }
  say(`\n${rows.length} rows, ${different} of them failed`);
} finally {
  await elsewhere.close();
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = different === 0 ? 0 : 1;
