import { ClosedPipeError } from '../domain/errors.ts';
import { wantsColor } from '../output/color.ts';
import { MANY_SITES, RECEIPT_FORMATS } from '../output/formats.ts';
import type { Outcome, Receipt } from '../domain/receipt.ts';
import type { SubmitResult } from '../pipeline/submit-list.ts';
import { visible } from '../util/text.ts';
import type { Context } from './command.ts';
import { lookup } from './flags.ts';

/** Shows a submission: receipts on stdout; progress, errors and a summary on stderr. */
export interface SubmitView {
  /** The order in which sites must be shown. */
  readonly order: 'as done' | 'as given';
  /** Counts a site as soon as it is done. */
  count(outcome: Outcome): void;
  /** Shows one site, or keeps it for the end. Wait for each call before the next one. */
  show(submitted: SubmitResult): Promise<void>;
  end(): Promise<void>;
}

interface ViewFlags {
  readonly format: 'text' | 'json';
  readonly color: boolean;
}

const MAX_SITE_COLUMNS = 40;

/**
 * Creates the view of a submission. A terminal shows each site as it is done; for many sites, a progress bar and then the
 * failures. Pipes and files get every receipt in the order of the sites.
 */
export async function createSubmitView(
  sites: readonly string[],
  flags: ViewFlags,
  context: Context,
): Promise<SubmitView> {
  const { reporter, environment } = context;
  const isTerminal = environment.stdout.isTTY && flags.format !== 'json';
  const hasBar = reporter.isWatched && sites.length > MANY_SITES;
  const start = environment.clock.monotonic();
  const counts: Record<Outcome, number> = {
    accepted: 0,
    unchanged: 0,
    refused: 0,
    failed: 0,
    unknown: 0,
    'not-sent': 0,
  };
  const print = await createPrinter(isTerminal ? sites : [], flags, context);
  const held: SubmitResult[] = [];

  const showProgress = (): void => {
    const done = Object.values(counts).reduce((sum, number) => sum + number, 0);
    reporter.emit({
      type: 'progress',
      task: 'submissions',
      done,
      of: sites.length,
      ...(hasBar && { outcomes: counts }),
    });
  };
  const showNow = async ({ receipt, error, isReported }: SubmitResult): Promise<void> => {
    await reporter.pause();
    await print(receipt);
    if (error !== undefined && isReported !== true) reporter.error(error, receipt.site);
  };
  showProgress();

  return {
    order: isTerminal && !hasBar ? 'as done' : 'as given',
    count(outcome) {
      counts[outcome]++;
      showProgress();
    },
    async show(submitted) {
      if (isTerminal && hasBar) {
        if (submitted.error !== undefined) held.push(submitted);
        return;
      }
      await showNow(submitted);
      showProgress();
    },
    async end() {
      await reporter.pause();
      for (const submitted of held) await showNow(submitted);
      if (reporter.isWatched && sites.length > 1) {
        const { summarizeOutcomes: summarize } = await import('../output/submit-summary.ts');
        const message = summarize(counts, environment.clock.monotonic() - start);
        reporter.emit({ type: 'notice', label: 'total', message });
      }
    },
  };
}

/** Returns the width of the column of site ids, in cells; longer ids stick out. */
async function widthOfSites(sites: readonly string[]): Promise<number> {
  const { widthOf } = await import('../output/width.ts');
  return sites.reduce((widest, site) => Math.max(widest, Math.min(widthOf(visible(site)), MAX_SITE_COLUMNS)), 0);
}

/**
 * Creates the printer of receipts. It stops printing at the first write error; the submission goes on.
 * @param aligned the sites whose receipts share columns
 */
async function createPrinter(
  aligned: readonly string[],
  flags: ViewFlags,
  { environment, reporter, redact }: Context,
): Promise<(receipt: Receipt) => Promise<void>> {
  const { stdout, stderr, env } = environment;
  const render = await lookup(RECEIPT_FORMATS, flags.format, 'text')();
  const options = {
    columns: stdout.columns,
    color: wantsColor(stdout, env, { noColor: !flags.color }),
    siteWidth: aligned.length === 0 ? 0 : await widthOfSites(aligned),
    // At a terminal, stderr shows the error together with its hint.
    showsError: !(stdout.isTTY && stderr.isTTY),
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

/** Redacts the error, in which the API may repeat the key. */
export function withoutSecrets(receipt: Receipt, redact: (text: string) => string): Receipt {
  const { error } = receipt;
  if (!error) return receipt;
  const { code, message, hint } = error;
  return { ...receipt, error: { code, message: redact(message), ...(hint !== undefined && { hint: redact(hint) }) } };
}
