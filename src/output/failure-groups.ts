import type { SiteFailure } from '../domain/events.ts';
import { quote } from '../util/text.ts';
import { toErrorText } from './error-text.ts';
import { count, grouped } from './format-units.ts';
import { OUTCOME_STYLES } from './outcome-styles.ts';

/** Failures that have the same cause. */
export interface FailureGroup {
  /** `refused: the API responded with 404 (Not Found): a, b, c and 39 more sites`. */
  readonly message: string;
  readonly hint: string | undefined;
  /** The first failure. */
  readonly first: SiteFailure;
  readonly size: number;
}

/** Maximum number of site ids listed for a cause, unless the outcome is unknown. */
const MAX_LISTED_SITES = 3;
/** Further causes are counted together. */
const MAX_GROUPS = 8;

/** Groups failures by cause: unknown outcomes first, with all their sites, then the others, the most frequent first. */
export function groupFailures(failures: readonly SiteFailure[]): readonly FailureGroup[] {
  const groups = new Map<string, SiteFailure[]>();
  for (const failure of failures) {
    const cause = `${failure.outcome} ${causeOf(failure)}`;
    const others = groups.get(cause);
    if (others) others.push(failure);
    else groups.set(cause, [failure]);
  }
  const all = [...groups.values()].sort((a, b) => b.length - a.length);
  const unknown = all.filter(([first]) => first?.outcome === 'unknown');
  const known = all.filter(([first]) => first?.outcome !== 'unknown');
  const rest = known.slice(MAX_GROUPS).flat();
  return [...unknown, ...known.slice(0, MAX_GROUPS)].map(toGroup).concat(rest.length > 0 ? [toRest(rest)] : []);
}

function toGroup(failures: readonly SiteFailure[]): FailureGroup {
  const [first] = failures;
  if (!first) throw new TypeError('a group of failures is empty');
  const { message, hint } = toErrorText(first.error);
  if (failures.length === 1) return { message: `${first.site}: ${message}`, hint, first, size: 1 };
  const head = `${count(failures.length, 'site')} ${OUTCOME_STYLES[first.outcome].word}`;
  const isShared = failures.every(({ error }) => toErrorText(error).hint === hint);
  return {
    message: `${head}: ${causeOf(first)}: ${listSites(failures)}`,
    hint: isShared || hint === undefined ? hint : `${first.site}: ${hint}`,
    first,
    size: failures.length,
  };
}

function toRest(failures: readonly SiteFailure[]): FailureGroup {
  const { message, ...group } = toGroup(failures);
  const kinds = [...new Set(failures.map(({ outcome }) => OUTCOME_STYLES[outcome].word))].join(', ');
  return {
    ...group,
    message: `${count(failures.length, 'site')} with other errors (${kinds}), the first of which is: ${message}`,
    hint: 'to see the error of each site, use --format json',
  };
}

function listSites(failures: readonly SiteFailure[]): string {
  const listed = failures[0]?.outcome === 'unknown' ? failures : failures.slice(0, MAX_LISTED_SITES);
  const more = failures.length - listed.length;
  return `${listed.map(({ site }) => site).join(', ')}${more > 0 ? ` and ${grouped(more)} more` : ''}`;
}

/** Returns the message of the error without details that differ between sites. */
function causeOf({ site, error }: SiteFailure): string {
  const { message } = toErrorText(error);
  return message
    .replaceAll(`/${encodeURIComponent(site)}:`, '/SITE:')
    .replaceAll(quote(site), 'the site')
    .replace(/(: "[^"]*") \(.*\)$/s, '$1')
    .replaceAll(/ \(\d+ attempts in [^)]+\)/g, '');
}
