/**
 * The JSON Schema of a configuration file, for editors: written to `dist/config.schema.json` by the build. It is made from
 * the definitions, but for what a text must look like: what checks it here is code, which no JSON Schema can hold. So it
 * takes whatever loading takes, and refuses most of what loading refuses.
 */
import { DURATION, retryPostSchema } from './schemas.ts';
import { BOUNDS, DEFINITIONS, type SettingName } from './settings.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

const REFERENCE = '^(?:env:[A-Za-z_][A-Za-z0-9_]*|file:.+|ssm:.+)$';
const LOOPBACK = '(?:(?:[^/?#@:]+\\.)?localhost|127(?:\\.[0-9]{1,3}){3}|\\[::1\\])';
const AUTHORITY = `(?:[Hh][Tt][Tt][Pp][Ss]://[^/?#@\\s]+|[Hh][Tt][Tt][Pp]://${LOOPBACK}(?::[0-9]+)?)`;

/** A value that loading takes as it is written, so that it need not be quoted. */
const SCALAR = ['string', 'number', 'boolean'];

/** What a text, or what an editor takes for a number or a switch, must look like. */
const FORMS: Readonly<Record<SettingName, JsonSchema>> = {
  apiUrl: { type: 'string', anyOf: [{ pattern: REFERENCE }, { pattern: `^${AUTHORITY}(?:/[^?#\\s]*)?$` }] },
  apiKey: {
    type: ['string', 'number'],
    anyOf: [{ pattern: REFERENCE }, { pattern: '^(?!(?:env|file|ssm):)[!-~]+$' }],
  },
  sites: {
    type: 'array',
    items: { type: SCALAR, pattern: '^(?!\\.{1,2}$)(?=[^]*\\S)[^\\u0000-\\u001f\\u007f-\\u009f]+$' },
  },
  cutoff: {
    type: 'string',
    format: 'date-time',
    pattern: '^\\d{4}-\\d\\d-\\d\\d[Tt]\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?(?:[Zz]|[+-]\\d\\d:\\d\\d)$',
  },
  cutoffInclusive: { enum: [false, true, 'false', 'true'] },
  timeout: duration(),
  deadline: duration(),
  retries: wholeNumber(...BOUNDS.retries),
  retryPost: { enum: retryPostSchema.pipe[1].options },
  concurrency: wholeNumber(...BOUNDS.concurrency),
};

/** A bare number is in seconds. */
function duration(): JsonSchema {
  return { type: ['string', 'number'], exclusiveMinimum: 0, pattern: `^(?=.*[1-9])${DURATION.source.slice(1)}` };
}

function wholeNumber(minimum: number, maximum: number): JsonSchema {
  return { type: ['string', 'integer'], minimum, maximum, pattern: '^\\d{1,9}$' };
}

/** As JSON Schema draft 7, which editors know best. */
export function createJsonSchema(): JsonSchema {
  const definitions = Object.entries<{
    readonly description: string;
    readonly fallback?: string;
    readonly example: string;
  }>(DEFINITIONS);
  const forms: Readonly<Record<string, JsonSchema>> = FORMS;
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
