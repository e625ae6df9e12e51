/** Text from outside is hostile until it went through here: no control character reaches a terminal as itself. */

// C0 but for the newline, DEL and C1, the bidi controls, the line and paragraph separators, lone surrogates.
const HARMFUL =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

// In JSON as `JSON.stringify` writes it, C0 and lone surrogates are escaped already.
const HARMFUL_IN_JSON = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** The text on one line, each control character as `\u001b`. For terminals, logs and errors. */
export function visible(text: string): string {
  return text.replace(/\n/g, '\\n').replace(HARMFUL, escape);
}

/** The start of the text, cut to so many characters and made visible: for quoting what came from outside in an error. */
export function quote(text: string, limit = 80): string {
  const start = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return `"${visible(start)}"`;
}

/** Compact JSON of the value, with the control characters that JSON allows escaped as well. */
export function toJson(value: unknown): string {
  return escapeJson(JSON.stringify(value));
}

/** The same JSON text, with the control characters that JSON allows within strings escaped as well. */
export function escapeJson(json: string): string {
  return json.replace(HARMFUL_IN_JSON, escape);
}

/** Returns valid JSON without white space between its tokens, with control characters escaped as in `toJson`. */
export function compactJson(json: string): string {
  return createJsonCompactor()(json);
}

/** Creates a function that does the same for JSON that comes in parts, cut anywhere between two characters. */
export function createJsonCompactor(): (part: string) => string {
  let isInString = false;
  let pending = '';
  return (part) => {
    const json = pending + part;
    // A backslash at the end belongs to the character that comes next.
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

/** Returns `19/s`, `2.5/s`. */
export function formatRate(perSecond: number): string {
  return `${perSecond < 10 ? Math.round(perSecond * 10) / 10 : Math.round(perSecond)}/s`;
}
