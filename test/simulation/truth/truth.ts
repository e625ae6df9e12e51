import type { Run } from '../run-world.ts';
import type { Exchange } from '../simulated/simulated-network.ts';
import type { SimulatedSite } from '../world/simulated-sites.ts';
import { fetchedDocument, previewDocument } from './expected-documents.ts';
import { listFor } from './oracle.ts';

/** The state of one site after a run, independent of the program's output. */
export interface SubmissionState {
  readonly site: SimulatedSite;
  readonly posts: readonly Exchange[];
  /** The correct list; undefined if there is none or the program could not know it. */
  readonly payload: string | undefined;
  /** The correct exit codes if it were the only site; [0] if it succeeded. */
  readonly codes: readonly number[];
}

export interface Truth {
  readonly submissions: readonly SubmissionState[];
  /** The correct exit codes without signals and failures of files or streams. */
  readonly codes: readonly number[];
  /** The expected output; undefined if there is none, and for `submit`. */
  readonly document: string | undefined;
}

const UNREACHABLE = 5;
const INVALID = 6;
const MIXED = 8;
const UNKNOWN = 9;

/** Returns the attempts of one request, in order. */
export function attemptsAt(run: Run, path: string): readonly Exchange[] {
  return run.exchanges.filter((exchange) => exchange.path === path);
}

export function pathOf(endpoint: 'site-info' | 'site-outages', { id }: SimulatedSite): string {
  return `/${endpoint}/${encodeURIComponent(id)}`;
}

export function isTransient(status: number): boolean {
  return [408, 425, 429].includes(status) || status >= 500;
}

/** Returns whether the API may have processed the request without the program knowing. */
export function isUnanswered({ answered, ending, delivery }: Exchange): boolean {
  // A gateway may send these after it has forwarded the request.
  if (answered && [408, 502, 504].includes(answered.status)) return true;
  const isNotProcessed = ending === 'failed' && (delivery.phase === 'connect' || delivery.phase === 'tls');
  return answered === undefined && !isNotProcessed;
}

export function truthOf(run: Run): Truth {
  const { world } = run;
  // Reading a snapshot may take longer than the deadline.
  const isLate = world.snapshot !== undefined && run.elapsed >= world.settings.deadline;
  if (
    world.snapshot?.isWhole === false ||
    (world.snapshot && world.sites.some(({ info, anomaly }) => info !== undefined && anomaly === 'shape'))
  ) {
    const codes = isLate ? [INVALID, UNREACHABLE] : [INVALID];
    return { submissions: world.sites.map((site) => withoutList(run, site, codes)), codes, document: undefined };
  }
  const named = world.namesSites ? world.sites.map((site) => ({ site, codes: infoCodes(run, site) })) : [];
  const known = named.filter(({ codes }) => codes.includes(0)).map(({ site }) => site);
  const outages = world.snapshot ? [0] : getCodes(attemptsAt(run, '/outages'), run);
  const hasOutages = outages.includes(0);
  if (world.command === 'fetch') {
    const document = hasOutages ? fetchedDocument(world, known) : undefined;
    const shared = sharedCodes(named.map(({ codes }) => codes));
    const isEmpty = world.namesSites && known.length === 0;
    if (isEmpty) return { submissions: [], codes: shared, document: undefined };
    return { submissions: [], codes: !hasOutages ? outages : document === undefined ? [INVALID] : shared, document };
  }

  const submissions = named.map(({ site, codes }) => {
    if (!codes.includes(0)) return withoutList(run, site, codes);
    if (!hasOutages) return withoutList(run, site, outages);
    const payload = listFor(site, world);
    if (payload === undefined) return withoutList(run, site, [INVALID]);
    const posts = attemptsAt(run, pathOf('site-outages', site));
    return { site, posts, payload, codes: world.command === 'preview' ? [0] : postCodes(posts) };
  });
  const planned = submissions.filter(({ payload }) => payload !== undefined).map(({ site }) => site);
  const document = world.command === 'preview' && planned.length > 0 ? previewDocument(run, planned) : undefined;
  const codes = sharedCodes(submissions.map((submission) => submission.codes));
  return { submissions, codes: isLate ? [...codes, UNREACHABLE, MIXED] : codes, document };
}

function withoutList(run: Run, site: SimulatedSite, codes: readonly number[]): SubmissionState {
  return { site, posts: attemptsAt(run, pathOf('site-outages', site)), payload: undefined, codes };
}

function infoCodes(run: Run, site: SimulatedSite): readonly number[] {
  const isRight = site.info !== undefined && site.anomaly === undefined;
  if (run.world.snapshot) return isRight ? [0] : [INVALID];
  const codes = getCodes(attemptsAt(run, pathOf('site-info', site)), run);
  return codes.includes(0) && site.anomaly !== undefined ? [INVALID] : codes;
}

/** Returns the correct exit codes for a GET. Without an attempt, the deadline had expired before it. */
function getCodes(attempts: readonly Exchange[], run: Run): readonly number[] {
  const last = attempts.at(-1);
  if (!last) return [UNREACHABLE];
  const { answered, delivery, ending } = last;
  if (!answered || delivery.phase !== 'headers' || ending === 'pending') return [UNREACHABLE];
  // The deadline may expire while the body of an error is read.
  if (answered.status !== 200)
    return ending === 'given up' ? [codeOf(answered.status), UNREACHABLE] : [codeOf(answered.status)];
  if (ending === 'failed' || ending === 'given up') return [UNREACHABLE];
  if (delivery.content === 'right' && ending === 'whole') return [0];
  // The deadline may expire while the next attempt waits for the rate limiter.
  const isThrottled = run.exchanges.some((exchange) => exchange.answered?.status === 429);
  return isThrottled && run.elapsed >= run.world.settings.deadline ? [INVALID, UNREACHABLE] : [INVALID];
}

function postCodes(attempts: readonly Exchange[]): readonly number[] {
  const last = attempts.at(-1);
  if (!last) return [UNREACHABLE];
  if (last.answered?.status === 200) return [0];
  if (attempts.some(({ wasAccepted }) => wasAccepted) || isUnanswered(last)) return [UNKNOWN];
  const code = last.answered ? codeOf(last.answered.status) : UNREACHABLE;
  return attempts.some(isUnanswered) ? [code, UNKNOWN] : [code];
}

function codeOf(status: number): number {
  if (isTransient(status)) return UNREACHABLE;
  return status === 401 || status === 403 ? 4 : 7;
}

/** Returns the correct exit codes of a run, given those of its sites. */
function sharedCodes(sites: readonly (readonly number[])[]): readonly number[] {
  const first = sites[0] ?? [0];
  const shared = first.filter((code) => sites.every((codes) => codes.includes(code)));
  const mayDiffer = sites.some((codes) => codes.length > 1) || shared.length === 0;
  return mayDiffer && sites.length > 1 ? [...shared, MIXED] : shared;
}
