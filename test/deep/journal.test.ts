import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { parseEntry } from '../../src/pipeline/journal.ts';
import { type Api, healthy, json, type Reply, withApi } from '../e2e/support/scripted-api.ts';
import { fieldsOf, inWorkspace, jsonLinesOf, type Result, type Workspace } from '../e2e/support/workspace.ts';
import { createRandomSource, type RandomSource } from '../simulation/world/random-source.ts';

const SEED = 14;
const KILLS = 100;
const CONCURRENCY = 4;
const JOURNAL = 'journal.ndjson';
const SITES = Array.from({ length: 40 }, (_, index) => `site-${index}`);
const FLAGS = ['--format', 'json', '--quiet', '--concurrency', String(CONCURRENCY)];
const SUBMIT = ['submit', '--journal', JOURNAL, ...FLAGS, ...SITES.flatMap((id) => ['--site', id])];
/** Longer than the start of a run takes, so that a kill can hit each part of it. */
const LONGEST_START_MS = 400;

/** An API that refuses a list at times, and the sites whose list it has accepted, one entry per response. */
interface Target {
  readonly api: Api;
  readonly accepted: readonly string[];
  /** Resolves with the next request to submit, or with the next response to one. */
  next(what: 'request' | 'response'): Promise<void>;
  isHealthy: boolean;
}

async function withTarget(random: RandomSource, use: (target: Target) => Promise<void>): Promise<void> {
  const accepted: string[] = [];
  const waiting: Record<'request' | 'response', (() => void)[]> = { request: [], response: [] };
  const tell = (what: 'request' | 'response'): void => {
    for (const each of waiting[what].splice(0)) each();
  };
  const state = { isHealthy: false };
  const reply: Reply = (response, request) => {
    tell('request');
    const isAccepted = state.isHealthy || random.chance(0.9);
    void delay(random.integer(0, 6)).then(() => {
      if (response.destroyed) return;
      if (isAccepted) accepted.push(request.path.replace('/site-outages/', ''));
      json({}, isAccepted ? 200 : 400)(response, request);
      response.once('finish', () => {
        tell('response');
      });
    });
  };
  const posts = Object.fromEntries(SITES.map((id) => [`POST /site-outages/${id}`, [reply]] as const));
  await withApi({ ...healthy(...SITES), ...posts }, (api) =>
    use(
      Object.assign(state, {
        api,
        accepted,
        next: (what: 'request' | 'response') => new Promise<void>((resolve) => waiting[what].push(resolve)),
      }),
    ),
  );
}

/** Resolves at a random moment of a run: during its start, or close to the begin or end of a submission. */
async function randomMoment(random: RandomSource, target: Target): Promise<void> {
  if (random.chance(0.3)) {
    await delay(random.integer(0, LONGEST_START_MS));
    return;
  }
  const what = random.pick(['request', 'response'] as const);
  for (let count = random.integer(1, 15); count > 0; count--) await target.next(what);
  const turns = random.integer(0, 30);
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
  if (random.chance(0.3)) await delay(random.integer(1, 8));
}

/** Returns the sites whose last complete line says that their list was accepted. @throws if another line is not a receipt */
async function acceptedIn({ path }: Workspace): Promise<ReadonlySet<string>> {
  const text = await readFile(join(path, JOURNAL), 'utf8').catch(() => '');
  const accepted = new Set<string>();
  for (const line of text.split('\n').slice(0, -1)) {
    const entry = parseEntry(Buffer.from(line));
    if (!entry) throw new Error(`not a receipt: ${line}`);
    if (entry.outcome === 'accepted') accepted.add(entry.site);
    else if (entry.outcome !== 'not-sent') accepted.delete(entry.site);
  }
  return accepted;
}

describe('submit --journal, killed at random moments', () => {
  it(`sends no accepted list again and omits no site (${KILLS} kills)`, async function () {
    this.timeout(600_000);
    const random = createRandomSource(SEED);
    let kills = 0;
    while (kills < KILLS) {
      await withTarget(random, (target) =>
        inWorkspace(async (workspace) => {
          const { api } = target;

          /** Runs until the moment, if it comes first, and checks that accepted lists were not sent again. */
          async function run(moment?: Promise<void>): Promise<Result> {
            const before = await acceptedIn(workspace);
            const seen = { posts: api.requests.length, accepted: target.accepted.length };
            const running = workspace.start(SUBMIT, { env: api.env });
            await Promise.race([moment, running.ended]);
            if (moment) running.kill('SIGKILL');
            const result = await running.ended;
            expect(result.code, result.stderr).to.be.oneOf([0, 7, 8, 137]);
            const sent = api.requests.slice(seen.posts).filter(({ method }) => method === 'POST');
            for (const { path } of sent) expect(before).not.to.include(path.replace('/site-outages/', ''));

            const after = await acceptedIn(workspace);
            const missing = target.accepted.slice(seen.accepted).filter((id) => !after.has(id));
            expect(missing, 'accepted lists whose receipt was lost').to.have.length.at.most(CONCURRENCY);
            if (result.code === 137) kills++;
            else expect(missing).to.deep.equal([]);
            return result;
          }

          /** Truncates the last line, as a power failure can; a kill rarely does. */
          async function tear(): Promise<void> {
            const text = await workspace.read(JOURNAL);
            const start = text.slice(0, -1).lastIndexOf('\n') + 1;
            if (text.length > start)
              await workspace.write(JOURNAL, text.slice(0, random.integer(start + 1, text.length - 1)));
          }

          for (let isKilled = true; isKilled && kills < KILLS;) {
            isKilled = (await run(randomMoment(random, target))).code === 137;
            const hasJournal = (await workspace.list()).includes(JOURNAL);
            if (isKilled && hasJournal && random.chance(0.3)) await tear();
          }
          target.isHealthy = true;
          const { code, stdout } = await run();
          expect(code).to.equal(0);
          const receipts = jsonLinesOf(stdout).map(fieldsOf);
          expect(receipts.map(({ site }) => site)).to.deep.equal(SITES);
          for (const { outcome } of receipts) expect(outcome).to.be.oneOf(['accepted', 'unchanged']);
          expect([...(await acceptedIn(workspace))]).to.have.members(SITES);
          expect(await run()).to.have.property('code', 0);
          expect(await workspace.list()).to.deep.equal([JOURNAL]);
        }),
      );
    }
  });
});
