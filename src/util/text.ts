/** Escapes untrusted text, so that no control character reaches a terminal. */

// C0 except the newline, DEL and C1, the bidi controls, the line and paragraph separators, lone surrogates.
const HARMFUL =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

// `JSON.stringify` already escapes C0 and lone surrogates.
const HARMFUL_IN_JSON = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Returns the text on one line, with control characters escaped as `\u001b`. For terminals, logs and errors. */
export function visible(text: string): string {
  return text.replace(/\n/g, '\\n').replace(HARMFUL, escape);
}

/** Returns the start of the text with control characters escaped. Quotes untrusted text in errors. @param limit characters */
export function quote(text: string, limit = 80): string {
  const start = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return `"${visible(start)}"`;
}

/** Returns compact JSON of the value, with all control characters escaped, even those that JSON allows. */
export function toJson(value: unknown): string {
  return escapeJson(JSON.stringify(value));
}

/** Returns the JSON with all control characters in strings escaped, even those that JSON allows. */
export function escapeJson(json: string): string {
  return json.replace(HARMFUL_IN_JSON, escape);
}

/** Returns valid JSON without white space between its tokens, with control characters escaped as in `toJson`. */
export function compactJson(json: string): string {
  return createJsonCompactor()(json);
}

/** Creates a function that compacts JSON in parts, which may be cut between any two characters. */
export function createJsonCompactor(): (part: string) => string {
  let isInString = false;
  let pending = '';
  return (part) => {
    const json = pending + part;
    // A backslash at the end escapes the first character of the next part.
    const isCut = endsInBackslash(json);
    pending = isCut ? '\\' : '';
    // Token by token: an expression for whole strings overflows the stack on a million escapes.
    const compact = (isCut ? json.slice(0, -1) : json).replace(/\\.|"|[ \t\n\r]+/g, (token) => {
      if (token === '"') isInString = !isInString;
      return isInString || token === '"' ? token : '';
    });
    return escapeJson(compact);
  };
}

/** Returns whether the text ends in a backslash that is not itself escaped. */
function endsInBackslash(text: string): boolean {
  let count = 0;
  while (text[text.length - 1 - count] === '\\') count++;
  return count % 2 === 1;
}

/** Formats a rate: `19/s`, `2.5/s`. */
export function formatRate(perSecond: number): string {
  return `${perSecond < 10 ? Math.round(perSecond * 10) / 10 : Math.round(perSecond)}/s`;
}
