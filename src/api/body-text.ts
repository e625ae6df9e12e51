import { quote } from '../util/text.ts';

/** Characters at the start of a body in which an HTML page shows itself. */
const MAX_HTML_CHARS = 4096;

/**
 * Returns that it is an HTML page, with its title or its start; undefined if the text does not start like HTML.
 * @param hide redacts secrets, before anything is cut
 */
export function describeHtml(text: string, hide: (text: string) => string = (same) => same): string | undefined {
  const start = text.slice(0, MAX_HTML_CHARS);
  const withoutComments = start.replace(/<!--[^]*?-->|<\?xml[^>]*>/g, '').trimStart();
  if (!/^<(?:!doctype html|html|head|body|title|h1|center|pre)\b/i.test(withoutComments)) return undefined;
  const [, title = ''] = /<title[^>]*>([^<]*)/i.exec(start) ?? [];
  const line = title.replace(/\s+/g, ' ').trim();
  return line === '' ? `an HTML page: ${quote(hide(text.trim()))}` : `an HTML page titled ${quote(hide(line))}`;
}

/** Members that APIs and gateways put into an error object; not in their success. */
const ERROR_MEMBERS = ['error', 'errors', 'errorcode', 'errormessage', 'errortype', 'fault', 'message', '__type'];

/** Returns whether the body of a 200 looks like a failure all the same: an HTML page, or an error object in JSON. */
export function looksLikeError(text: string): boolean {
  if (describeHtml(text) !== undefined) return true;
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, member]: [string, unknown]) => {
    if (ERROR_MEMBERS.includes(name.toLowerCase())) return member !== null && member !== false && member !== '';
    if (/^(?:success|ok)$/i.test(name)) return member === false;
    return /^status(?:code)?$/i.test(name) && (Number(member) >= 400 || /^(?:error|fail)/i.test(String(member)));
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
