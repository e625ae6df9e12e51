/** Flags and commands that users of other tools try, with the hint that says what to do instead. */

const KEY_HINT =
  'no flag takes the key, as others can see command lines: set KRAKEN_API_KEY, or give --api-key-file FILE (- for stdin)';
const JSON_HINT = 'give --format json';
const PREVIEW_HINT = 'kraken-outages preview shows what submit would send, and sends nothing';
const INIT_HINT = 'to store the API URL and the key, run: kraken-outages config init';
const VERSION_HINT = 'run: kraken-outages --version';

const HINTS: ReadonlyMap<string, string> = new Map([
  ['--api-key', KEY_HINT],
  ['--key', KEY_HINT],
  ['--token', KEY_HINT],
  ['--password', KEY_HINT],
  ['--json', JSON_HINT],
  ['--dry-run', PREVIEW_HINT],
  ['-n', PREVIEW_HINT],
  ['dry-run', PREVIEW_HINT],
  ['login', INIT_HINT],
  ['auth', INIT_HINT],
  ['init', INIT_HINT],
  ['configure', INIT_HINT],
  ['check', 'run: kraken-outages config check'],
  ['doctor', 'run: kraken-outages config check'],
  ['version', VERSION_HINT],
]);

/** Returns the hint for an unknown flag or command; undefined if nobody expects it. */
export function hintFor(word: string): string | undefined {
  return HINTS.get(word);
}
