import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** What the build makes of `page/`. This file is as deep in `dist/` as in `src/`, so the way there is the same. */
const BUILT = new URL('../../../dist/page/', import.meta.url);

export const STYLE = readFileSync(new URL('report.css', BUILT), 'utf8');
export const SCRIPT = readFileSync(new URL('report.js', BUILT), 'utf8');

/** Nothing is loaded, nothing is sent, and nothing runs but these two. */
export const POLICY = [
  "default-src 'none'",
  `style-src '${hashOf(STYLE)}'`,
  `script-src '${hashOf(SCRIPT)}'`,
  // Without an icon of its own, a browser asks the server for one.
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
