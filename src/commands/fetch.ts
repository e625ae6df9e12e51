import { createMemoryBudget } from '../api/memory-budget.ts';
import { createIdIndex } from '../api/json-reader/id-index.ts';
import { decodeOutage } from '../api/response-schemas.ts';
import type { OutageVisitor } from '../api/source.ts';
import { InvalidDataError } from '../domain/errors.ts';
import { describeAtCutoff, describeInvalidSkipped } from '../pipeline/messages.ts';
import { assertJsonFile, describeWritten } from '../output/output-file.ts';
import { createSitesSpool } from '../output/sites-spool.ts';
import { assertOutput, createSpool, type Spool } from '../output/spool.ts';
import { isLoaded } from '../pipeline/load-sites.ts';
import { readSource } from '../pipeline/read-source.ts';
import { compactJson, toJson } from '../util/text.ts';
import { applyCutoff, type CutoffRule } from '../transform/rule.ts';
import { type Context, defineCommand, type FlagValues } from './command.ts';
import {
  API_FLAGS,
  CONFIGURATION_FLAGS,
  LOGGING_FLAGS,
  OUTPUT_FLAG,
  SANDBOX_FLAG,
  SELECTION_FLAGS,
  SITE_ARGUMENTS,
} from './flags.ts';
import { exitCodeOfSites, type Session, withSession } from './session.ts';

const flags = {
  ...SELECTION_FLAGS,
  ...SANDBOX_FLAG,
  ...OUTPUT_FLAG,
  ...API_FLAGS,
  ...CONFIGURATION_FLAGS,
  ...LOGGING_FLAGS,
};

export const fetch = defineCommand({
  name: 'fetch',
  summary: 'Download outages and sites, validated but unmodified, as JSON.',
  positional: SITE_ARGUMENTS,
  examples: ['fetch --site norwich-pear-tree --output snapshot.json', "fetch --sandbox | jq '.outages | length'"],
  flags,
  run: (values, context) => {
    assertOutput(values.output);
    assertJsonFile(values.output);
    return withSession({ flags: values, context, usesApi: true }, (session) => download(session, values, context));
  },
});

async function download(
  { settings, rule, source, concurrency }: Session,
  { output }: FlagValues<typeof flags>,
  { environment, reporter, deadline }: Context,
): Promise<number> {
  const { sites, cutoff, cutoffInclusive } = settings;
  const sitesSpool = createSitesSpool(environment.files);
  let spool: Spool | undefined;
  try {
    const isFiltered = cutoff.source.kind !== 'default' || cutoffInclusive.value;
    const { sites: loaded, outages } = await readSource(sites.value, source, {
      concurrency,
      emit: reporter.emit,
      budget: createMemoryBudget(),
      startCopy: (site) => sitesSpool.start(site),
      onSite: (site) => (isLoaded(site) ? sitesSpool.add(site.site) : sitesSpool.drop(site.site)),
      async startVisitor(known) {
        await spool?.discard();
        spool = createSpool(environment.files, output);
        const deviceIds = new Set(known.flatMap(({ info }) => info.devices.map(({ id }) => id)));
        const wanted = sites.value.length === 0 ? undefined : createIdIndex(deviceIds);
        return { ...createWriter(spool, isFiltered ? rule : undefined), wanted };
      },
    });
    for (const site of loaded) if (!isLoaded(site)) reporter.error(site.error, site.site);
    const exitCode = exitCodeOfSites(
      loaded.map((site) => (isLoaded(site) ? undefined : site.error)),
      deadline,
    );
    if (!outages) return exitCode;
    if ('error' in outages) throw outages.error;
    const { visitor, counts } = outages;
    const { invalid, firstProblem, atCutoff, written } = visitor.found();
    if (visitor.wanted && firstProblem !== undefined) {
      throw new InvalidDataError(firstProblem, { hint: 'invalid data: nothing was printed' });
    }
    if (atCutoff > 0) reporter.emit({ type: 'notice', ...describeAtCutoff(atCutoff, rule) });
    const skipped = counts.invalidSkipped + invalid;
    if (skipped > 0) reporter.emit({ type: 'notice', ...describeInvalidSkipped(skipped, firstProblem) });
    await reporter.pause();
    if (!spool) return exitCode;
    spool.append('],"sites":[');
    await sitesSpool.copyTo(spool);
    spool.append(']');
    if (isFiltered) spool.append(`,"cutoff":${toJson(rule.cutoffText)},"cutoffInclusive":${rule.cutoffInclusive}`);
    spool.append('}\n');
    const bytes = await spool.deliver(environment.stdout);
    if (output !== undefined && bytes !== undefined) {
      reporter.emit({ type: 'notice', label: '', message: describeWritten(output, 'json', bytes, written) });
    }
    return exitCode;
  } finally {
    await sitesSpool.discard();
    await spool?.discard();
  }
}

interface Writer extends OutageVisitor {
  found(): {
    /** Invalid outages, which are left out, and the problem of the first one. */
    readonly invalid: number;
    readonly firstProblem: string | undefined;
    /** Outages that begin exactly at the cutoff. */
    readonly atCutoff: number;
    readonly written: number;
  };
}

const DELETE = 0x7f;

/** Writes outages as the API wrote them. @param rule keeps some of them, if the user set a cutoff */
function createWriter(spool: Spool, rule: CutoffRule | undefined): Writer {
  let invalid = 0;
  let firstProblem: string | undefined;
  let atCutoff = 0;
  let written = 0;
  let separator = '';
  spool.append('{"outages":[');

  function write(outage: Uint8Array | string): void {
    spool.append(separator);
    spool.append(outage);
    separator = ',';
    written++;
  }

  return {
    element(found) {
      // Canonical outages are compact ASCII JSON, in which DEL is the only unescaped control character.
      if (!rule && found.isCanonical && !found.bytes.includes(DELETE)) {
        write(found.bytes);
        return;
      }
      const decoded = decodeOutage(found);
      if ('problem' in decoded) {
        invalid++;
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
    found: () => ({ invalid, firstProblem, atCutoff, written }),
  };
}
