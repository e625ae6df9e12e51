import { createIdIndex } from '../api/json-reader/id-index.ts';
import { decodeOutage } from '../api/response-schemas.ts';
import type { OutageVisitor } from '../api/source.ts';
import { InvalidDataError } from '../domain/errors.ts';
import { untilInterrupted } from '../pipeline/run-deadline.ts';
import { describeAtCutoff, describeInvalidSkipped } from '../pipeline/messages.ts';
import { createSpool, type Spool } from '../output/spool.ts';
import { isLoaded, loadSites } from '../pipeline/load-sites.ts';
import { compactJson, toJson } from '../util/text.ts';
import { applyCutoff, type CutoffRule } from '../transform/rule.ts';
import type { CommandHandler } from './command.ts';
import { exitCodeOfSites, withSession } from './session.ts';

/** Prints what the API holds, checked and untransformed, once all of it has arrived. */
export const fetch: CommandHandler = (flags, context) =>
  withSession(flags, context, true, async ({ settings, rule, source, lifetime }) => {
    const { reporter, environment } = context;
    const { sites, cutoff, cutoffInclusive, concurrency } = settings;
    const loaded = await loadSites(sites.value, source, concurrency.value, reporter.tell);
    const known = loaded.filter(isLoaded);
    for (const site of loaded) if (!isLoaded(site)) reporter.error(site.error, site.site);
    const exitCode = exitCodeOfSites(
      loaded.map((site) => (isLoaded(site) ? undefined : site.error)),
      lifetime,
    );
    if (sites.value.length > 0 && known.length === 0) return exitCode;

    const wanted =
      sites.value.length === 0 ? undefined : createIdIndex(known.flatMap(({ names }) => [...names.keys()]));
    const isCutOff = cutoff.source.kind !== 'default' || cutoffInclusive.value;
    let spool: Spool | undefined;
    try {
      const { visitor, tally } = await source.outages(wanted, async () => {
        await spool?.discard();
        spool = createSpool(environment.files, flags.output);
        return createWriter(spool, isCutOff ? rule : undefined);
      });
      const { misfits, firstProblem, atCutoff } = visitor.found();
      if (wanted && firstProblem !== undefined) {
        throw new InvalidDataError(firstProblem, { hint: 'what does not fit is never guessed at: nothing is printed' });
      }
      if (atCutoff > 0) reporter.tell({ type: 'notice', ...describeAtCutoff(atCutoff, rule) });
      if (tally.invalidSkipped + misfits > 0)
        reporter.tell({ type: 'notice', ...describeInvalidSkipped(tally.invalidSkipped + misfits, firstProblem) });
      await reporter.pause();
      if (!spool) return exitCode;
      spool.append(`],"sites":[${known.map(({ json }) => compactJson(json)).join(',')}]`);
      if (isCutOff) spool.append(`,"cutoff":${toJson(rule.cutoffText)},"cutoffInclusive":${rule.cutoffInclusive}`);
      spool.append('}\n');
      await spool.deliver(untilInterrupted(environment.stdout, lifetime));
    } finally {
      await spool?.discard();
    }
    return exitCode;
  });

interface Writer extends OutageVisitor {
  found(): {
    /** Outages that do not fit and are left out; what is wrong with the first of them. */
    readonly misfits: number;
    readonly firstProblem: string | undefined;
    /** How many begin exactly at the cutoff. */
    readonly atCutoff: number;
  };
}

const DELETE = 0x7f;

/** Writes the outages as the API wrote them. @param rule where the user set a cutoff: only what it keeps */
function createWriter(spool: Spool, rule: CutoffRule | undefined): Writer {
  let misfits = 0;
  let firstProblem: string | undefined;
  let atCutoff = 0;
  let separator = '';
  spool.append('{"outages":[');

  function write(outage: Uint8Array | string): void {
    spool.append(separator);
    spool.append(outage);
    separator = ',';
  }

  return {
    element(found) {
      // The API's own spelling is compact and ASCII, which leaves one harmful character.
      if (!rule && found.isCanonical && !found.bytes.includes(DELETE)) {
        write(found.bytes);
        return;
      }
      const decoded = decodeOutage(found);
      if ('problem' in decoded) {
        misfits++;
        firstProblem ??= decoded.problem;
        return;
      }
      const verdict = rule && applyCutoff(decoded.outage, rule);
      if (verdict?.isAtCutoff) atCutoff++;
      if (verdict?.isKept !== false) write(compactJson(Buffer.from(found.bytes).toString()));
    },
    async pause() {
      await spool.flush();
    },
    found: () => ({ misfits, firstProblem, atCutoff }),
  };
}
