import { createHash } from 'node:crypto';

import * as v from 'valibot';

import type { Run } from '../run-world.ts';
import { type SubmissionState, isTransient, isUnanswered, type Truth } from '../truth/truth.ts';

/** A line of `--format json`. */
const printedReceipt = v.object({
  site: v.string(),
  status: v.nullable(v.number()),
  outcome: v.string(),
  outages: v.nullable(v.number()),
  attempts: v.number(),
  sha256: v.nullable(v.string()),
  elapsedMs: v.number(),
  error: v.optional(v.object({ code: v.number(), message: v.string(), hint: v.optional(v.string()) })),
});

const WORDS: Readonly<Record<string, string>> = {
  '✓': 'accepted',
  '✗': 'refused or failed',
  '?': 'unknown',
  '-': 'not-sent',
};

/** Checks that each site has one receipt, in order, which agrees with its requests. */
export function* checkReceipts(run: Run, { submissions }: Truth): Iterable<string> {
  const { world, stdout, code } = run;
  if (world.command !== 'submit') return;
  const text = stdout.text();
  const isAborted = run.signal !== undefined || run.elapsed >= world.settings.deadline;
  const isCut = stdout.failure() !== undefined || (isAborted && stdout.hasStalled());
  const isWhole = !isCut && run.ending === 'ended';
  // Without a configuration the sites are unknown.
  const isAbortedEarly = isAborted && readsSettingsFromStdin(run);
  const hasFailed = run.files.failed.length > 0 || run.stdin.hasFailed() || isAbortedEarly;
  const isUnconfigured = run.exchanges.length === 0 && hasFailed;
  if (text === '' && isUnconfigured && code !== 0) return;
  if (isWhole && text !== '' && !text.endsWith('\n')) yield `the last receipt is cut: ${text}`;
  if (world.format === 'text') {
    yield* checkText(text, run, submissions, isWhole);
    return;
  }
  const lines = text.split('\n').slice(0, -1);
  if (isWhole && lines.length !== submissions.length)
    yield `${lines.length} receipts for ${submissions.length} sites: ${text}`;
  for (const [index, line] of lines.entries()) {
    const receipt = v.parse(printedReceipt, JSON.parse(line));
    const submission = submissions[index];
    if (receipt.site !== submission?.site.id) yield `receipt ${index + 1} is for ${receipt.site}`;
    else for (const problem of problemsOf(receipt, submission)) yield `${problem}: ${line}`;
  }
}

function readsSettingsFromStdin({ setup }: Run): boolean {
  return ['--api-key-file=-', '--sites-file=-'].some((flag) => setup.argv.includes(flag));
}

function* checkText(
  text: string,
  { world, stdout }: Run,
  submissions: readonly SubmissionState[],
  isWhole: boolean,
): Iterable<string> {
  const lines = text
    .replaceAll(/\u001b\[[\d;]*m/g, '')
    .split('\n')
    .slice(0, -1);
  const heads = lines.filter((line) => /^[✓✗?-] /.test(line));
  if (isWhole && heads.length !== submissions.length)
    yield `${heads.length} receipts for ${submissions.length} sites: ${text}`;
  for (const [index, head] of heads.entries()) {
    const symbol = head.charAt(0);
    // At a terminal, receipts appear in order of completion.
    const submission = stdout.isTTY
      ? submissions.find(({ site }) => head.startsWith(`${symbol} ${site.id} `))
      : submissions[index];
    const truths = submission ? outcomesOf(submission) : [];
    const isTrue = truths.some((outcome) => WORDS[symbol]?.includes(outcome));
    if (!isTrue || !submission || !head.startsWith(`${symbol} ${submission.site.id} `)) {
      yield `receipt ${index + 1} of ${world.sites.length} says ${head}, expected ${truths.join(' or ')}`;
    }
  }
}

function* problemsOf(receipt: v.InferOutput<typeof printedReceipt>, submission: SubmissionState): Iterable<string> {
  const { posts, payload } = submission;
  const last = posts.at(-1);
  const truths = outcomesOf(submission);
  if (!truths.includes(receipt.outcome)) yield `the outcome is ${truths.join(' or ')}`;
  if (receipt.attempts !== posts.length) yield `the list was sent ${posts.length} times`;
  if (receipt.status !== (last?.answered?.status ?? null))
    yield `the last status was ${last?.answered?.status ?? 'none'}`;
  if ((receipt.outcome === 'accepted') !== (receipt.error === undefined))
    yield 'the error does not go with the outcome';
  if (payload === undefined || posts.length === 0) return;
  if (receipt.sha256 !== createHash('sha256').update(payload).digest('hex')) yield 'the hash is not that of the list';
}

/** Returns the outcomes that would be correct for the site. */
export function outcomesOf({ posts }: SubmissionState): readonly string[] {
  const last = posts.at(-1);
  if (!last) return ['not-sent'];
  if (last.answered?.status === 200) return ['accepted'];
  if (posts.some(({ wasAccepted }) => wasAccepted)) return ['unknown'];
  // Earlier responses were transient errors; otherwise there would be no later attempt.
  const isRefused = last.answered && !isTransient(last.answered.status);
  const known = isRefused ? 'refused' : posts.some(({ answered }) => answered) ? 'failed' : 'not-sent';
  if (isUnanswered(last)) return ['unknown'];
  return posts.some(isUnanswered) ? ['unknown', known] : [known];
}
