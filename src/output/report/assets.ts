import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Output of the build of `page/`. This file is at the same depth in `dist/` as in `src/`. */
const BUILT_PAGE = new URL('../../../dist/page/', import.meta.url);

export const STYLE = readFileSync(new URL('report.css', BUILT_PAGE), 'utf8');
export const SCRIPT = readFileSync(new URL('report.js', BUILT_PAGE), 'utf8');

/** Content-Security-Policy: allows only this style and script, and no requests. */
export const POLICY = [
  "default-src 'none'",
  `style-src '${hashOf(STYLE)}'`,
  `script-src '${hashOf(SCRIPT)}'`,
  // For the empty icon, without which browsers request /favicon.ico.
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
