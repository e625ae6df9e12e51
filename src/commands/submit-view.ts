import { ClosedPipeError } from '../domain/errors.ts';
import { wantsColor } from '../output/color.ts';
import { MANY_SITES, RECEIPT_FORMATS } from '../output/formats.ts';
import type { Outcome, Receipt } from '../domain/receipt.ts';
import type { SubmitResult } from '../pipeline/submit-list.ts';
import { visible } from '../util/text.ts';
import type { Context } from './command.ts';
import { lookup, type Flags } from './flags.ts';

/** What is seen of a submission of sites: receipts on stdout; on stderr a sign of life, the errors and a summary. */
export interface SubmitView {
  /** In which order the sites are to be shown. */
  readonly order: 'as done' | 'as given';
  /** To be told of each site as soon as it is done. */
  count(outcome: Outcome): void;
  /** Shows one site, or keeps it for the end; sites are shown one after the other. */
  show(submitted: SubmitResult): Promise<void>;
  end(): Promise<void>;
}

/** In cells. */
const WIDEST_COLUMN = 40;

/**
 * People at a terminal see each site as it happens; of many sites, a bar, and in the end those that failed. What is read by
 * a program is the same wherever it goes.
 */
export async function createSubmitView(sites: readonly string[], flags: Flags, context: Context): Promise<SubmitView> {
  const { reporter, environment } = context;
  const isForPeople = environment.stdout.isTTY && flags.format !== 'json';
  const hasBar = reporter.isWatched && sites.length > MANY_SITES;
  const start = environment.clock.monotonic();
  const tally: Record<Outcome, number> = { accepted: 0, refused: 0, failed: 0, unknown: 0, 'not-sent': 0 };
  const print = await createPrinter(isForPeople ? sites : [], flags, context);
  const held: SubmitResult[] = [];

  const tellProgress = (): void => {
    const done = Object.values(tally).reduce((sum, number) => sum + number, 0);
    reporter.tell({
      type: 'progress',
      task: 'submissions',
      done,
      of: sites.length,
      ...(hasBar && { outcomes: tally }),
    });
  };
  const showNow = async ({ receipt, error }: SubmitResult): Promise<void> => {
    await reporter.pause();
    await print(receipt);
    if (error !== undefined) reporter.error(error, receipt.site);
  };
  tellProgress();

  return {
    order: isForPeople && !hasBar ? 'as done' : 'as given',
    count(outcome) {
      tally[outcome]++;
      tellProgress();
    },
    async show(submitted) {
      if (isForPeople && hasBar) {
        if (submitted.error !== undefined) held.push(submitted);
        return;
      }
      await showNow(submitted);
      tellProgress();
    },
    async end() {
      await reporter.pause();
      for (const submitted of held) await showNow(submitted);
      if (reporter.isWatched && sites.length > 1) {
        const { summarizeOutcomes: summarize } = await import('../output/submit-summary.ts');
        const message = summarize(tally, environment.clock.monotonic() - start);
        reporter.tell({ type: 'notice', label: 'total', message });
      }
    },
  };
}

/** The width of the column that holds the sites' names; few long names do not make it wide. */
async function widthOfSites(sites: readonly string[]): Promise<number> {
  const { widthOf } = await import('../output/width.ts');
  return sites.reduce((widest, site) => Math.max(widest, Math.min(widthOf(visible(site)), WIDEST_COLUMN)), 0);
}

/**
 * Prints receipts as long as it can: where nobody reads any more, the lists are sent all the same.
 * @param aligned the sites whose receipts are to line up
 */
async function createPrinter(
  aligned: readonly string[],
  flags: Flags,
  { environment, reporter, redact }: Context,
): Promise<(receipt: Receipt) => Promise<void>> {
  const { stdout, stderr, env } = environment;
  const render = await lookup(RECEIPT_FORMATS, flags.format, 'text')();
  const options = {
    columns: stdout.columns,
    color: wantsColor(stdout, env, !flags.color),
    siteWidth: aligned.length === 0 ? 0 : await widthOfSites(aligned),
    // On stderr, it comes with what to do about it.
    tellsError: !(stdout.isTTY && stderr.isTTY),
  };
  let failure: unknown;
  return async (receipt) => {
    if (failure !== undefined) return;
    try {
      await stdout.write(render(withoutSecrets(receipt, redact), options));
    } catch (error) {
      failure = error;
      if (!(error instanceof ClosedPipeError)) reporter.error(error);
    }
  };
}

/** What the API says may be anything, also what it was told. */
function withoutSecrets(receipt: Receipt, redact: (text: string) => string): Receipt {
  const { error } = receipt;
  return error ? { ...receipt, error: { ...error, message: redact(error.message) } } : receipt;
}
