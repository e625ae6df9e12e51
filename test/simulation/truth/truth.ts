import type { Run } from '../run-world.ts';
import type { Exchange } from '../simulated/simulated-network.ts';
import type { SimulatedSite } from '../world/simulated-sites.ts';
import { fetchedDocument, previewDocument } from './expected-documents.ts';
import { listFor } from './oracle.ts';

/** What is true of one site after a run, whatever the program says. */
export interface Fate {
  readonly site: SimulatedSite;
  readonly posts: readonly Exchange[];
  /** The bytes that are right for it; undefined where there are none, or the program could not know them. */
  readonly payload: string | undefined;
  /** The exit codes that would be right if it were the only one; 0 alone where it succeeded. */
  readonly codes: readonly number[];
}

export interface Truth {
  readonly fates: readonly Fate[];
  /** The exit codes that would be right if no signal came and no file or stream failed. */
  readonly codes: readonly number[];
  /** What is to be printed or written; undefined where there is nothing, or `submit` runs. */
  readonly document: string | undefined;
}

const UNREACHABLE = 5;
const INVALID = 6;
const MIXED = 8;
const UNKNOWN = 9;

/** Attempts at the same request, in order. */
export function attemptsAt(run: Run, path: string): readonly Exchange[] {
  return run.exchanges.filter((exchange) => exchange.path === path);
}

export function pathOf(endpoint: 'site-info' | 'site-outages', { id }: SimulatedSite): string {
  return `/${endpoint}/${encodeURIComponent(id)}`;
}

export function isPassing(status: number): boolean {
  return [408, 425, 429].includes(status) || status >= 500;
}

/** Whether the program cannot know that the API did not take it. */
export function isUnanswered({ answered, ending, delivery }: Exchange): boolean {
  // With these, a gateway may answer in place of the API, after it has passed the list on.
  if (answered && [408, 502, 504].includes(answered.status)) return true;
  const isSurelyLost = ending === 'failed' && (delivery.phase === 'connect' || delivery.phase === 'tls');
  return answered === undefined && !isSurelyLost;
}

export function truthOf(run: Run): Truth {
  const { world } = run;
  // Who sends a snapshot may take longer than the deadline.
  const isLate = world.snapshot !== undefined && run.elapsed >= world.settings.deadline;
  if (
    world.snapshot?.isWhole === false ||
    (world.snapshot && world.sites.some(({ info, misfit }) => info !== undefined && misfit === 'shape'))
  ) {
    const codes = isLate ? [INVALID, UNREACHABLE] : [INVALID];
    return { fates: world.sites.map((site) => fateless(run, site, codes)), codes, document: undefined };
  }
  const named = world.namesSites ? world.sites.map((site) => ({ site, codes: infoCodes(run, site) })) : [];
  const known = named.filter(({ codes }) => codes.includes(0)).map(({ site }) => site);
  const outages = world.snapshot ? [0] : getCodes(attemptsAt(run, '/outages'), run);
  const hasOutages = outages.includes(0);
  if (world.command === 'fetch') {
    const document = hasOutages ? fetchedDocument(world, known) : undefined;
    const shared = sharedCodes(named.map(({ codes }) => codes));
    const isEmpty = world.namesSites && known.length === 0;
    if (isEmpty) return { fates: [], codes: shared, document: undefined };
    return { fates: [], codes: !hasOutages ? outages : document === undefined ? [INVALID] : shared, document };
  }

  const fates = named.map(({ site, codes }) => {
    if (!codes.includes(0)) return fateless(run, site, codes);
    if (!hasOutages) return fateless(run, site, outages);
    const payload = listFor(site, world);
    if (payload === undefined) return fateless(run, site, [INVALID]);
    const posts = attemptsAt(run, pathOf('site-outages', site));
    return { site, posts, payload, codes: world.command === 'preview' ? [0] : postCodes(posts) };
  });
  const planned = fates.filter(({ payload }) => payload !== undefined).map(({ site }) => site);
  const document = world.command === 'preview' && planned.length > 0 ? previewDocument(run, planned) : undefined;
  const codes = sharedCodes(fates.map((fate) => fate.codes));
  return { fates, codes: isLate ? [...codes, UNREACHABLE, MIXED] : codes, document };
}

function fateless(run: Run, site: SimulatedSite, codes: readonly number[]): Fate {
  return { site, posts: attemptsAt(run, pathOf('site-outages', site)), payload: undefined, codes };
}

function infoCodes(run: Run, site: SimulatedSite): readonly number[] {
  const isRight = site.info !== undefined && site.misfit === undefined;
  if (run.world.snapshot) return isRight ? [0] : [INVALID];
  const codes = getCodes(attemptsAt(run, pathOf('site-info', site)), run);
  return codes.includes(0) && site.misfit !== undefined ? [INVALID] : codes;
}

/** What a GET has come to. Without any attempt, the deadline was over before its turn. */
function getCodes(attempts: readonly Exchange[], run: Run): readonly number[] {
  const last = attempts.at(-1);
  if (!last) return [UNREACHABLE];
  const { answered, delivery, ending } = last;
  if (!answered || delivery.phase !== 'headers' || ending === 'pending') return [UNREACHABLE];
  // The deadline may strike while the text of an error is read.
  if (answered.status !== 200)
    return ending === 'given up' ? [codeOf(answered.status), UNREACHABLE] : [codeOf(answered.status)];
  if (ending === 'failed' || ending === 'given up') return [UNREACHABLE];
  if (delivery.content === 'right' && ending === 'whole') return [0];
  // The deadline may strike while the next attempt waits for its turn.
  const isThrottled = run.exchanges.some((exchange) => exchange.answered?.status === 429);
  return isThrottled && run.elapsed >= run.world.settings.deadline ? [INVALID, UNREACHABLE] : [INVALID];
}

function postCodes(attempts: readonly Exchange[]): readonly number[] {
  const last = attempts.at(-1);
  if (!last) return [UNREACHABLE];
  if (last.answered?.status === 200) return [0];
  if (attempts.some(({ isTaken }) => isTaken) || isUnanswered(last)) return [UNKNOWN];
  const code = last.answered ? codeOf(last.answered.status) : UNREACHABLE;
  return attempts.some(isUnanswered) ? [code, UNKNOWN] : [code];
}

function codeOf(status: number): number {
  if (isPassing(status)) return UNREACHABLE;
  return status === 401 || status === 403 ? 4 : 7;
}

/** The codes that a run may end with whose sites may end with these. */
function sharedCodes(sites: readonly (readonly number[])[]): readonly number[] {
  const first = sites[0] ?? [0];
  const shared = first.filter((code) => sites.every((codes) => codes.includes(code)));
  const mayDiffer = sites.some((codes) => codes.length > 1) || shared.length === 0;
  return mayDiffer && sites.length > 1 ? [...shared, MIXED] : shared;
}
