/** JSON Schemas of single values in a configuration file. They accept every value that the loader accepts, and reject most others. */
import { MAX_TIMER_MILLISECONDS, MILLISECONDS } from './value-schemas.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** A value that may be written without quotes. */
export const SCALAR = ['string', 'number', 'boolean'];

const CONTROLS = '\\u0000-\\u001f\\u007f-\\u009f';

const REFERENCE = '^(?:env:[A-Za-z_]\\w*|file:.+|ssm:[\\w./:-]{1,1024}(?:\\?.*)?)$';

export function apiUrlForm(): JsonSchema {
  const loopback = '(?:localhost|127(?:\\.[0-9]{1,3}){3}|\\[::1\\])';
  const authority = `(?:[Hh][Tt][Tt][Pp][Ss]://[^/?#@\\s${CONTROLS}]+|[Hh][Tt][Tt][Pp]://${loopback}(?::[0-9]+)?)`;
  return { type: 'string', anyOf: [{ pattern: REFERENCE }, { pattern: `^${authority}(?:/[^?#\\s${CONTROLS}]*)?$` }] };
}

export function apiKeyForm(): JsonSchema {
  return {
    type: ['string', 'number'],
    anyOf: [{ pattern: REFERENCE }, { pattern: '^(?!(?:env|file|ssm):)[!-~]+$' }],
  };
}

export function queueForm(): JsonSchema {
  const url = `^(?:rediss?|postgres(?:ql)?)://[^/?#\\s${CONTROLS}]+(?:/[^?#\\s${CONTROLS}]*)?(?:\\?sslmode=[\\w-]*)?$`;
  return { type: 'string', anyOf: [{ pattern: REFERENCE }, { pattern: url }] };
}

export function siteIdForm(): JsonSchema {
  return { type: SCALAR, pattern: `^(?!\\.{1,2}$)(?=[\\s\\S]*\\S)[^${CONTROLS}]+$` };
}

export function cutoffForm(): JsonSchema {
  // Accepts 29 February in every year.
  const date =
    '\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|[12]\\d))';
  const minute = '(?:[01]\\d|2[0-3]):[0-5]\\d';
  const time = `${minute}:(?:[0-5]\\d|60)(?:\\.\\d+)?(?:[Zz]|[+-]${minute})`;
  return { type: 'string', pattern: `^${date}(?:[Tt]${time})?$` };
}

export function switchForm(): JsonSchema {
  return { enum: [false, true, 'false', 'true'] };
}

/** Returns the form of a duration; a number without a unit is in seconds. */
export function durationForm(): JsonSchema {
  const forms = Object.entries(MILLISECONDS).map(([unit, size]) => {
    const amount = `(?:${upTo(Math.floor(MAX_TIMER_MILLISECONDS / size))}(?:\\.\\d*)?|\\.\\d+)`;
    return amount + (unit === 's' ? 's?' : unit);
  });
  return {
    type: ['string', 'number'],
    exclusiveMinimum: 0,
    maximum: MAX_TIMER_MILLISECONDS / MILLISECONDS.s,
    pattern: `^(?=.*[1-9])(?:${forms.join('|')})$`,
  };
}

/** Returns the form of a duration or `auto`. */
export function automaticDurationForm(): JsonSchema {
  const form = durationForm();
  return { ...form, pattern: `^auto$|${String(form['pattern'])}` };
}

export function wholeNumberForm(minimum: 0 | 1, maximum: number): JsonSchema {
  const least = minimum === 0 ? '' : '(?=.*[1-9])';
  return { type: ['string', 'integer'], minimum, maximum, pattern: `^(?=\\d{1,9}$)${least}${upTo(maximum)}$` };
}

/** Returns the form of a whole number from 1 or `auto`. */
export function automaticForm(maximum: number): JsonSchema {
  return { ...wholeNumberForm(1, maximum), pattern: `^(?:auto|(?=\\d{1,9}$)(?=.*[1-9])${upTo(maximum)})$` };
}

/**
 * Returns a pattern of the whole numbers from 0 to `maximum`: `upTo(64)` matches one digit, `[0-5]` and any digit, `6` and
 * `[0-3]`, and 64 itself.
 */
function upTo(maximum: number): string {
  const digits = String(maximum);
  const smaller = Array.from(digits).flatMap((digit, index) => {
    const others = digits.length - index - 1;
    return digit === '0' ? [] : [`${digits.slice(0, index)}[0-${Number(digit) - 1}]\\d{${others}}`];
  });
  return `0*(?:\\d{1,${digits.length - 1}}|${[...smaller, digits].join('|')})`;
}
