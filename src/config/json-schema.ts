/**
 * The JSON Schema of a configuration file, for editors: written to `dist/config.schema.json` by the build. It is made from
 * the definitions, but for what a text must look like: what checks it here is code, which no JSON Schema can hold. So it
 * takes whatever loading takes, and refuses most of what loading refuses.
 */
import { LONGEST, MILLISECONDS, retryPostSchema } from './value-schemas.ts';
import { BOUNDS, SETTINGS, type SettingName } from './settings.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

const REFERENCE = '^(?:env:[A-Za-z_]\\w*|file:.+|ssm:[\\w./:-]{1,1024}(?:\\?.*)?)$';
const CONTROLS = '\\u0000-\\u001f\\u007f-\\u009f';
const LOOPBACK = '(?:(?:[^/?#@:]+\\.)?localhost|127(?:\\.[0-9]{1,3}){3}|\\[::1\\])';
const AUTHORITY = `(?:[Hh][Tt][Tt][Pp][Ss]://[^/?#@\\s${CONTROLS}]+|[Hh][Tt][Tt][Pp]://${LOOPBACK}(?::[0-9]+)?)`;

/** February has 29 days here: which years give it to it, is left to the format. */
const DATE =
  '\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|[12]\\d))';
const MINUTE = '(?:[01]\\d|2[0-3]):[0-5]\\d';
const TIME = `${MINUTE}:(?:[0-5]\\d|60)(?:\\.\\d+)?(?:[Zz]|[+-]${MINUTE})`;

/** A value that loading takes as it is written, so that it need not be quoted. */
const SCALAR = ['string', 'number', 'boolean'];

/** What a text, or what an editor takes for a number or a switch, must look like. */
const VALUE_SCHEMAS: Readonly<Record<SettingName, JsonSchema>> = {
  apiUrl: { type: 'string', anyOf: [{ pattern: REFERENCE }, { pattern: `^${AUTHORITY}(?:/[^?#\\s${CONTROLS}]*)?$` }] },
  apiKey: {
    type: ['string', 'number'],
    anyOf: [{ pattern: REFERENCE }, { pattern: '^(?!(?:env|file|ssm):)[!-~]+$' }],
  },
  sites: {
    type: 'array',
    items: { type: SCALAR, pattern: `^(?!\\.{1,2}$)(?=[\\s\\S]*\\S)[^${CONTROLS}]+$` },
  },
  cutoff: { type: 'string', format: 'date-time', pattern: `^${DATE}[Tt]${TIME}$` },
  cutoffInclusive: { enum: [false, true, 'false', 'true'] },
  timeout: duration(),
  deadline: duration(),
  retries: wholeNumber(...BOUNDS.retries),
  retryPost: { enum: retryPostSchema.pipe[1].options },
  concurrency: wholeNumber(...BOUNDS.concurrency),
};

/** A bare number is in seconds. */
function duration(): JsonSchema {
  const forms = Object.entries(MILLISECONDS).map(([unit, size]) => {
    const amount = `(?:${upTo(Math.floor(LONGEST / size))}(?:\\.\\d*)?|\\.\\d+)`;
    return amount + (unit === 's' ? 's?' : unit);
  });
  return {
    type: ['string', 'number'],
    exclusiveMinimum: 0,
    maximum: LONGEST / MILLISECONDS.s,
    pattern: `^(?=.*[1-9])(?:${forms.join('|')})$`,
  };
}

function wholeNumber(minimum: 0 | 1, maximum: number): JsonSchema {
  const least = minimum === 0 ? '' : '(?=.*[1-9])';
  return { type: ['string', 'integer'], minimum, maximum, pattern: `^(?=\\d{1,9}$)${least}${upTo(maximum)}$` };
}

/** The pattern of the whole numbers from 0 on, up to this one: those of fewer digits, or smaller in one after the same ones. */
function upTo(most: number): string {
  const digits = String(most);
  const smaller = Array.from(digits).flatMap((digit, index) => {
    const others = digits.length - index - 1;
    return digit === '0' ? [] : [`${digits.slice(0, index)}[0-${Number(digit) - 1}]\\d{${others}}`];
  });
  return `0*(?:\\d{1,${digits.length - 1}}|${[...smaller, digits].join('|')})`;
}

/** As JSON Schema draft 7, which editors know best. */
export function createJsonSchema(): JsonSchema {
  const definitions = Object.entries<{
    readonly description: string;
    readonly fallback?: string;
    readonly example: string;
  }>(SETTINGS);
  const forms: Readonly<Record<string, JsonSchema>> = VALUE_SCHEMAS;
  const properties = Object.fromEntries(
    definitions.map(([name, { description, fallback, example }]) => [
      name,
      {
        description,
        ...forms[name],
        ...(fallback !== undefined && { default: fallback }),
        examples: [name === 'sites' ? [example] : example],
      },
    ]),
  );
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'kraken-outages configuration',
    description: 'Where the API is, where its key is, and what to do. Flags and environment variables win over it.',
    // An empty file is a file.
    type: ['object', 'null'],
    properties: {
      $schema: { type: 'string', description: 'this schema, for editors' },
      ...properties,
      profile: { type: SCALAR, description: 'the profile to use, unless --profile or KRAKEN_PROFILE names another' },
      profiles: {
        type: ['object', 'null'],
        description: 'named sets of values that go over the others',
        additionalProperties: { type: ['object', 'null'], properties, additionalProperties: false },
      },
    },
    additionalProperties: false,
  };
}
