import type { SiteFailure } from '../domain/events.ts';
import { ClosedPipeError, forgetOrigin, InterruptedError, messageOf } from '../domain/errors.ts';
import { wantsColor } from '../output/color.ts';
import { MANY_SITES, RECEIPT_FORMATS } from '../output/formats.ts';
import { type Outcome, type Receipt, withoutSecrets } from '../domain/receipt.ts';
import { MAX_ORIGINS } from '../pipeline/load-sites.ts';
import { emitCutoffNotices } from '../pipeline/site-notices.ts';
import type { SubmitResult } from '../pipeline/submit-list.ts';
import { visible } from '../util/text.ts';
import type { Context } from './command.ts';
import { lookup } from './flags.ts';
import type { Session } from './session.ts';

/** Shows a submission: receipts on stdout; progress, failures and a summary on stderr. */
export interface SubmitView {
  /** The order in which sites must be shown. */
  readonly order: 'as done' | 'as given';
  /** Counts a site as soon as it is done. */
  count(outcome: Outcome): void;
  /** Shows the receipt of a site. Wait for each call before the next one. */
  show(submitted: SubmitResult): Promise<void>;
  /** Shows notices, the failures, grouped by cause, and the summary. Returns one error per site; undefined for success. */
  end(): Promise<readonly unknown[]>;
}

interface ViewFlags {
  readonly format: 'text' | 'json';
  readonly color: boolean;
  readonly journal?: string | undefined;
}

const MAX_SITE_COLUMNS = 40;

/**
 * Creates the view of a submission. A terminal shows each site as it is done, or for many sites a progress bar. Pipes and
 * files get every receipt in the order of the sites.
 */
export async function createSubmitView(
  sites: readonly string[],
  flags: ViewFlags,
  { settings, rule }: Pick<Session, 'settings' | 'rule'>,
  context: Context,
): Promise<SubmitView> {
  const { reporter, environment, deadline } = context;
  const isTerminal = environment.stdout.isTTY && flags.format !== 'json';
  const hasBar = reporter.isWatched && sites.length > MANY_SITES;
  const counts: Record<Outcome, number> = {
    accepted: 0,
    unchanged: 0,
    refused: 0,
    failed: 0,
    unknown: 0,
    'not-sent': 0,
  };
  const print = await createPrinter(isTerminal ? sites : [], flags, context);
  const stepSummary = await openStepSummary(context);
  const errors: unknown[] = [];
  const failures: SiteFailure[] = [];
  /** The accepted lists from which outages at the cutoff are excluded. */
  const excluding: { readonly site: string; readonly atCutoff: number }[] = [];

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
  showProgress();

  async function summarize(hint: string | undefined): Promise<void> {
    if (sites.length === 1 && !stepSummary) return;
    const { summarizeOutcomes } = await import('../output/submit-summary.ts');
    const message = summarizeOutcomes(counts, environment.clock.monotonic() - deadline.startedAt);
    await stepSummary?.write(message);
    if (sites.length === 1) return;
    reporter.emit({ type: 'notice', label: 'total', message, ...(hint !== undefined && { hint }) });
  }

  return {
    order: isTerminal && !hasBar ? 'as done' : 'as given',
    count(outcome) {
      counts[outcome]++;
      showProgress();
    },
    async show({ receipt, error, isReported, atCutoff }) {
      const { site, outcome } = receipt;
      stepSummary?.add(receipt);
      errors.push(error);
      if (failures.length > MAX_ORIGINS) forgetOrigin(error);
      if (error === undefined && atCutoff !== undefined && !receipt.cutoffInclusive) excluding.push({ site, atCutoff });
      if (error !== undefined && isReported !== true) failures.push({ site, outcome, error });
      if (isTerminal && hasBar) return;
      await reporter.pause();
      await print(receipt);
      showProgress();
    },
    async end() {
      await reporter.pause();
      const isInterrupted = deadline.signal.reason instanceof InterruptedError;
      // After a signal, short is better than helpful.
      if (!isInterrupted && settings.cutoffInclusive.source.kind === 'default') {
        emitCutoffNotices(excluding, rule, reporter.emit);
      }
      await reporter.failures(failures, { hints: !isInterrupted });
      await summarize(failures.length > 0 && !isInterrupted ? retryHint(flags.journal) : undefined);
      return errors;
    },
  };
}

/** Returns the summary of a step of GitHub Actions; undefined elsewhere. */
async function openStepSummary({ environment, reporter, redact }: Context) {
  const { env, files } = environment;
  const path = env['GITHUB_STEP_SUMMARY'];
  if (env['GITHUB_ACTIONS'] !== 'true' || path === undefined || path === '') return undefined;
  const { renderStepSummary } = await import('../output/github-actions.ts');
  const receipts: Receipt[] = [];
  return {
    add(receipt: Receipt) {
      receipts.push(withoutSecrets(receipt, redact));
    },
    async write(totals: string) {
      try {
        const file = await files.openLocked(path);
        file.append(Buffer.from(renderStepSummary(receipts, totals)));
        await file.close();
      } catch (error) {
        const message = `the summary of the step cannot be written: ${messageOf(error)}`;
        reporter.emit({ type: 'notice', message });
      }
    },
  };
}

function retryHint(journal: string | undefined): string {
  return journal === undefined
    ? 'with --journal FILE, the same command sends again only the lists that were not accepted'
    : `run the same command again: lists that were accepted, according to ${visible(journal)}, are not sent again`;
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
  const { stdout, env } = environment;
  const render = await lookup(RECEIPT_FORMATS, flags.format, 'text')();
  const options = {
    columns: stdout.columns,
    color: wantsColor(stdout, env, { noColor: !flags.color }),
    siteWidth: aligned.length === 0 ? 0 : await widthOfSites(aligned),
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
