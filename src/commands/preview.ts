import * as v from 'valibot';

import type { Environment } from '../platform/environment.ts';
import { cutoffSchema } from '../config/value-schemas.ts';
import { UsageError } from '../domain/errors.ts';
import { wantsColor } from '../output/color.ts';
import { FORMAT_NAMES, type FormatName, FORMATS, INDENTED_JSON } from '../output/formats.ts';
import { chooseFormat, describeWritten, isFile } from '../output/output-file.ts';
import { timeOf } from '../output/spans.ts';
import { assertOutput, createSpool } from '../output/spool.ts';
import { hasList, buildLists, type BuiltList } from '../pipeline/build-lists.ts';
import { emitCutoffNotices } from '../pipeline/site-notices.ts';
import { toMilliseconds } from '../transform/instant.ts';
import type { CutoffRule } from '../transform/rule.ts';
import { type Context, defineCommand, type FlagValues } from './command.ts';
import {
  API_FLAGS,
  CONFIGURATION_FLAGS,
  INPUT_FLAGS,
  LOGGING_FLAGS,
  OUTPUT_FLAG,
  SELECTION_FLAGS,
  SITE_ARGUMENTS,
  text,
  toggle,
} from './flags.ts';
import { exitCodeOfSites, withSession } from './session.ts';

/** Width in cells of tables and timelines that are not shown on a terminal. */
const DEFAULT_COLUMNS = 80;

const flags = {
  ...SELECTION_FLAGS,
  ...INPUT_FLAGS,
  format: {
    group: 'Output:',
    notation: '--format <name>',
    description: 'output format; by default, the one that the extension of --output names',
    schema: v.optional(v.picklist(FORMAT_NAMES)),
    choices: FORMAT_NAMES,
    fallback: 'json',
  },
  sort: {
    group: 'Output:',
    notation: '--sort',
    description: "sort by device and time, not in the API's order; not with json, which shows what submit would send",
    schema: toggle,
  },
  excel: {
    group: 'Output:',
    notation: '--excel',
    description: 'with csv: a file that Excel opens, with names, UTC times and durations in hours',
    schema: toggle,
  },
  until: {
    group: 'Output:',
    notation: '--until <time>',
    description:
      'with html, svg and timeline: end of the period shown, as --cutoff; by default the end of the last outage, or now if that is earlier',
    schema: text,
  },
  ...OUTPUT_FLAG,
  ...API_FLAGS,
  ...CONFIGURATION_FLAGS,
  ...LOGGING_FLAGS,
};

export const preview = defineCommand({
  name: 'preview',
  summary: 'Show what submit would send, without sending it (dry run).',
  positional: SITE_ARGUMENTS,
  examples: [
    'preview --site norwich-pear-tree --sandbox | jq',
    'preview --site norwich-pear-tree --site norwich-pear --format table --sandbox',
  ],
  flags,
  run: (values, context) => {
    assertOutput(values.output);
    const format = chooseFormat(values.format, values.output);
    assertFits(values, format);
    const until = parseUntil(values.until, format);
    return withSession(
      { flags: values, context, usesApi: values.snapshot === undefined },
      async ({ settings, sites: requireSites, rule, source, concurrency }) => {
        const { reporter, deadline } = context;
        const sites = await requireSites();
        const buildOptions = { rule, concurrency, emit: reporter.emit, signal: deadline.signal };
        const results = await buildLists(sites, source, buildOptions);
        if (settings.cutoffInclusive.source.kind === 'default') {
          emitCutoffNotices(results.filter(hasList), rule, reporter.emit);
        }
        for (const result of results) if (!hasList(result)) reporter.error(result.error, result.site);
        await reporter.pause();
        const built = results.filter(hasList);
        assertAfterCutoff(until, rule);
        const options = { rule, until, isMultiSite: sites.length > 1, format, flags: values };
        if (built.length > 0) await print(built, options, context);
        return exitCodeOfSites(
          results.map((result) => (hasList(result) ? undefined : result.error)),
          deadline,
        );
      },
    );
  },
});

/** @throws {UsageError} if a flag does not apply to the format */
function assertFits({ sort, excel }: FlagValues<typeof flags>, format: FormatName): void {
  if (excel && format !== 'csv') {
    throw new UsageError(`--excel applies to --format csv only, not to ${format}`, {
      hint: 'add --format csv, or name the file: --output outages.csv',
    });
  }
  if (!sort || format !== 'json') return;
  throw new UsageError("--sort does not apply to --format json, which is in the API's order, as submit sends it", {
    hint: 'sort with jq, or use another format, such as --format table',
  });
}

const FORMATS_OF_PERIODS: readonly FormatName[] = ['html', 'svg', 'timeline'];

/** Returns milliseconds since 1970. @throws {UsageError} */
function parseUntil(time: string | undefined, format: FormatName): number | undefined {
  if (time === undefined) return undefined;
  if (!FORMATS_OF_PERIODS.includes(format)) {
    throw new UsageError(`--until applies to --format ${FORMATS_OF_PERIODS.join(', ')} only, not to ${format}`, {
      hint: 'leave it out: it does not change which outages are in the list',
    });
  }
  const parsed = v.safeParse(cutoffSchema, time);
  if (!parsed.success) {
    throw new UsageError(`--until: ${parsed.issues[0].message}`, { hint: 'write a date, such as 2022-12-31' });
  }
  return timeOf(parsed.output);
}

/** @throws {UsageError} */
function assertAfterCutoff(until: number | undefined, { cutoff, cutoffText }: CutoffRule): void {
  if (until === undefined || until > toMilliseconds(cutoff)) return;
  throw new UsageError(`--until is not after the cutoff, ${cutoffText}`, { hint: 'choose a later time' });
}

interface PrintOptions {
  readonly rule: CutoffRule;
  readonly until: number | undefined;
  readonly isMultiSite: boolean;
  readonly format: FormatName;
  readonly flags: FlagValues<typeof flags>;
}

async function print(
  built: readonly BuiltList[],
  { rule, until, isMultiSite, format, flags: { output, sort, excel, color: wantsColors } }: PrintOptions,
  { environment, reporter }: Pick<Context, 'environment' | 'reporter'>,
): Promise<void> {
  const { stdout, env, files } = environment;
  const isTerminal = !isFile(output) && stdout.isTTY;
  const columns = isTerminal ? stdout.columns : 0;
  const color = !isFile(output) && wantsColor(stdout, env, { noColor: !wantsColors });
  const render = await (format === 'json' && isTerminal ? INDENTED_JSON() : FORMATS[format]());
  const unsorted = built.map(({ list }) => list);
  const lists = sort ? (await import('../output/sort-lists.ts')).sortLists(unsorted) : unsorted;
  const atCutoff = new Map(built.map((each) => [each.site, each.atCutoff]));
  const spool = createSpool(files, output);
  try {
    const width = columns || (columnsFrom(env) ?? DEFAULT_COLUMNS);
    for (const piece of render(lists, {
      columns,
      width,
      color,
      isMultiSite,
      excel,
      rule,
      until,
      atCutoff,
    })) {
      spool.append(piece);
      await spool.flush();
    }
    const bytes = await spool.deliver(stdout);
    if (output === undefined || bytes === undefined) return;
    const outages = lists.reduce((sum, list) => sum + list.outages.length, 0);
    reporter.emit({ type: 'notice', label: '', message: describeWritten(output, format, bytes, outages) });
  } finally {
    await spool.discard();
  }
}

/** Returns the width that COLUMNS sets, which ls and man honour too. */
function columnsFrom(env: Environment['env']): number | undefined {
  const value = env['COLUMNS'] ?? '';
  return /^[1-9]\d{0,3}$/.test(value) ? Number(value) : undefined;
}
