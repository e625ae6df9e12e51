import type { Environment } from '../platform/environment.ts';
import { wantsColor } from '../output/color.ts';
import { FORMATS } from '../output/formats.ts';
import { assertOutput, createSpool } from '../output/spool.ts';
import { hasList, buildLists, type BuiltList } from '../pipeline/build-lists.ts';
import type { CutoffRule } from '../transform/rule.ts';
import { defineCommand, type FlagValues } from './command.ts';
import {
  API_FLAGS,
  CONFIGURATION_FLAGS,
  INPUT_FLAGS,
  LOGGING_FLAGS,
  lookup,
  OUTPUT_FLAG,
  SELECTION_FLAGS,
  text,
} from './flags.ts';
import { exitCodeOfSites, requireSites, withSession } from './session.ts';

/** Width in cells of tables and timelines that are not shown on a terminal. */
const DEFAULT_COLUMNS = 80;

const flags = {
  ...SELECTION_FLAGS,
  ...INPUT_FLAGS,
  format: {
    group: 'Output:',
    notation: '--format <name>',
    description: 'output format',
    schema: text,
    choices: Object.keys(FORMATS),
    fallback: 'json',
  },
  ...OUTPUT_FLAG,
  ...API_FLAGS,
  ...CONFIGURATION_FLAGS,
  ...LOGGING_FLAGS,
};

export const preview = defineCommand({
  name: 'preview',
  summary: 'Show what submit would send, without sending it (dry run).',
  examples: [
    'preview --site norwich-pear-tree --sandbox | jq',
    'preview --site norwich-pear-tree --site norwich-pear --format table --sandbox',
  ],
  flags,
  run: (values, context) => {
    assertOutput(values.output);
    return withSession(
      { flags: values, context, usesApi: values.snapshot === undefined },
      async ({ settings, rule, source, concurrency }) => {
        const { environment, reporter, deadline } = context;
        const sites = requireSites(settings);
        const buildOptions = { rule, concurrency, emit: reporter.emit, signal: deadline.signal };
        const results = await buildLists(sites, source, buildOptions);
        for (const result of results) if (!hasList(result)) reporter.error(result.error, result.site);
        await reporter.pause();
        const built = results.filter(hasList);
        const options = { rule, isMultiSite: sites.length > 1, flags: values };
        if (built.length > 0) await print(built, options, environment);
        return exitCodeOfSites(
          results.map((result) => (hasList(result) ? undefined : result.error)),
          deadline,
        );
      },
    );
  },
});

interface PrintOptions {
  readonly rule: CutoffRule;
  readonly isMultiSite: boolean;
  readonly flags: FlagValues<typeof flags>;
}

async function print(
  built: readonly BuiltList[],
  { rule, isMultiSite, flags: { format, output, color: wantsColors } }: PrintOptions,
  environment: Pick<Environment, 'stdout' | 'env' | 'files'>,
): Promise<void> {
  const { stdout, env, files } = environment;
  const isTerminal = output === undefined && stdout.isTTY;
  const columns = isTerminal ? stdout.columns : 0;
  const color = output === undefined && wantsColor(stdout, env, { noColor: !wantsColors });
  const render = await lookup(FORMATS, format, 'json')();
  const lists = built.map(({ list }) => list);
  const spool = createSpool(files, output);
  try {
    const width = columns || (columnsFrom(env) ?? DEFAULT_COLUMNS);
    for (const piece of render(lists, { columns, width, color, isMultiSite, rule })) {
      spool.append(piece);
      await spool.flush();
    }
    await spool.deliver(stdout);
  } finally {
    await spool.discard();
  }
}

/** Returns the width that COLUMNS sets, which ls and man honour too. */
function columnsFrom(env: Environment['env']): number | undefined {
  const value = env['COLUMNS'] ?? '';
  return /^[1-9]\d{0,3}$/.test(value) ? Number(value) : undefined;
}
