import { parseEntry } from '../../../src/pipeline/journal.ts';
import type { Run } from '../run-world.ts';
import type { Truth } from '../truth/truth.ts';
import { JOURNAL } from '../world/paths.ts';
import { outcomesOf } from './receipts.ts';

/** Checks that each line of the journal is true and, unless the disk failed, that each submitted site has one. */
export function* checkJournal(run: Run, { submissions }: Truth): Iterable<string> {
  const bytes = run.files.contents.get(JOURNAL);
  if (!bytes || !run.setup.argv.includes('--journal=journal.ndjson')) return;
  const text = Buffer.from(bytes).toString();
  const lines = text.split('\n');
  const rest = lines.pop();
  const isWhole = run.ending === 'ended' && run.files.failed.length === 0 && run.exchanges.length > 0;
  if (isWhole && rest !== '') yield `the journal's last line is cut: ${text}`;
  const written = new Set<string>();
  for (const line of lines) {
    const entry = parseEntry(Buffer.from(line));
    const submission = submissions.find(({ site }) => site.id === entry?.site);
    if (!entry || !submission) yield `the journal has a line that is no receipt: ${line}`;
    else if (!outcomesOf(submission).includes(entry.outcome))
      yield `the journal says ${entry.outcome} of ${entry.site}`;
    else if (written.has(entry.site)) yield `the journal has two receipts of ${entry.site}`;
    if (entry) written.add(entry.site);
  }
  if (!isWhole) return;
  for (const { site, posts } of submissions) {
    if (posts.length > 0 && !written.has(site.id))
      yield `${site.id} was sent a list, and is not in the journal: ${text}`;
  }
}
