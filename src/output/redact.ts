import { toJson, visible } from '../text.ts';

/** The text with each secret in it, also as JSON or an error would spell it, as `[key]`. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret !== '')
    .flatMap((secret) => [secret, visible(secret), inJson(JSON.stringify(secret)), inJson(toJson(secret))])
    .sort((a, b) => b.length - a.length)
    .reduce((rest, spelling) => rest.replaceAll(spelling, '[key]'), text);
}

function inJson(json: string): string {
  return json.slice(1, -1);
}
