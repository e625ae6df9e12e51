import { toJson, visible } from './text.ts';

/** Characters of a secret that may be seen before the mark of a cut. */
const HARMLESS = 3;

/**
 * The text with each secret in it, also as JSON or an error would spell it, as `[key]`; and what `…` has left of one. Whoever
 * quotes what came from outside does not know the secrets.
 */
export function redact(text: string, secrets: readonly string[]): string {
  const spellings = secrets
    .filter((secret) => secret !== '')
    .flatMap((secret) => [secret, visible(secret), inJson(JSON.stringify(secret)), inJson(toJson(secret))])
    .sort((a, b) => b.length - a.length);
  if (spellings.length === 0) return text;
  // In one pass: a short secret may stand in what replaces another one.
  const whole = new RegExp(spellings.map((spelling) => spelling.replace(/[^\w\s]/g, '\\$&')).join('|'), 'g');
  const pieces = text.replace(whole, '[key]').split('…');
  const isCut = (index: number): boolean => index < pieces.length - 1;
  return pieces.map((piece, index) => (isCut(index) ? withoutStart(piece, spellings) : piece)).join('…');
}

/** The text without the start of a secret at its end. */
function withoutStart(text: string, spellings: readonly string[]): string {
  for (const spelling of spellings) {
    for (let length = Math.min(spelling.length - 1, text.length); length > HARMLESS; length--) {
      if (text.endsWith(spelling.slice(0, length))) return `${text.slice(0, -length)}[key]`;
    }
  }
  return text;
}

function inJson(json: string): string {
  return json.slice(1, -1);
}
