import type { Run } from '../run-world.ts';
import { pathOf, type Truth } from '../truth/truth.ts';
import { API_URL } from '../world/paths.ts';

/** Checks that every POST has exactly the list that the oracle computes. */
export function* checkPosts(run: Run, { submissions }: Truth): Iterable<string> {
  const posts = run.exchanges.filter(({ method }) => method !== 'GET');
  if (run.world.command !== 'submit' && posts.length > 0) yield `${run.world.command} has sent a POST`;
  for (const { method, path, url, body, headers } of posts) {
    const submission = submissions.find(({ site }) => pathOf('site-outages', site) === path);
    const text = Buffer.from(body).toString();
    if (method !== 'POST' || !submission) yield `an unexpected request: ${method} ${url}`;
    else if (submission.payload === undefined)
      yield `there is no right list for ${submission.site.id}, but it was sent ${text}`;
    else if (submission.payload !== text)
      yield `${submission.site.id} was sent ${text}, expected ${submission.payload}`;
    if (headers.get('content-type') !== 'application/json')
      yield `a list was sent as ${headers.get('content-type') ?? ''}`;
  }
  for (const { site, posts: attempts } of submissions) {
    const keys = new Set(attempts.map(({ headers }) => headers.get('idempotency-key')));
    if (keys.size > 1 || keys.has(undefined))
      yield `the attempts at ${site.id} carry several idempotency keys, or none`;
  }
}

/** Checks that the key is only in its header. */
export function* checkSecrecy(run: Run): Iterable<string> {
  const { key } = run.setup;
  for (const { url, headers, body, redirect } of run.exchanges) {
    if (redirect !== 'manual') yield `a redirect of ${url} would take the key along`;
    if (!url.startsWith(`${API_URL}/`)) yield `a request left for ${url}`;
    if (headers.get('x-api-key') !== key) yield `a request to ${url} carries the key ${headers.get('x-api-key') ?? ''}`;
    const others = [...headers].filter(([name]) => name !== 'x-api-key').join();
    if (holds(`${url} ${others} ${Buffer.from(body).toString()}`, key)) yield `a request to ${url} shows the key`;
  }
  const made = [...run.files.contents].filter(([path]) => !run.setup.files.has(path) || path === '/work/old.data');
  const places = [
    ['stdout', run.stdout.text()],
    ['stderr', run.stderr.text()],
    ...made.map(([path, bytes]) => [path, Buffer.from(bytes).toString()] as const),
  ] as const;
  for (const [name, text] of places) {
    if (holds(text, key)) yield `${name} shows the key, or half of it: ${text}`;
  }
}

/** Returns whether the text contains half of the key, plain or as JSON. */
function holds(text: string, key: string): boolean {
  const half = Math.ceil(key.length / 2);
  return [key, JSON.stringify(key).slice(1, -1)].some(
    (spelling) => text.includes(spelling.slice(0, half)) || text.includes(spelling.slice(-half)),
  );
}
