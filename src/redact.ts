import { toJson, visible } from './text.ts';

/** The text with each secret in it, also as JSON or an error would spell it, as `[key]`. */
export function redact(text: string, secrets: readonly string[]): string {
  const spellings = secrets
    .filter((secret) => secret !== '')
    .flatMap((secret) => [secret, visible(secret), inJson(JSON.stringify(secret)), inJson(toJson(secret))])
    .sort((a, b) => b.length - a.length)
    .map((spelling) => spelling.replace(/[^\w\s]/g, '\\$&'));
  // In one pass: a short secret may stand in what replaces another one.
  return spellings.length === 0 ? text : text.replace(new RegExp(spellings.join('|'), 'g'), '[key]');
}

function inJson(json: string): string {
  return json.slice(1, -1);
}
