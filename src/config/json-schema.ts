import { type JsonSchema, SCALAR } from './json-forms.ts';
import { type SettingDefinition, SETTINGS } from './settings.ts';

/** Returns the JSON Schema (draft 7) of a configuration file. The build writes it to `dist/config.schema.json`, for editors. */
export function createJsonSchema(): JsonSchema {
  const properties = Object.fromEntries(Object.entries<SettingDefinition<unknown>>(SETTINGS).map(toProperty));
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'kraken-outages configuration',
    description: 'Settings of kraken-outages. Flags and environment variables override them.',
    // An empty file is valid.
    type: ['object', 'null'],
    properties: {
      $schema: { type: 'string', description: 'this schema, for editors' },
      ...properties,
      profile: { type: SCALAR, description: 'the profile to use, unless --profile or KRAKEN_PROFILE names another' },
      profiles: {
        type: ['object', 'null'],
        description: 'named sets of values that override the others',
        additionalProperties: { type: ['object', 'null'], properties, additionalProperties: false },
      },
    },
    additionalProperties: false,
  };
}

function toProperty([name, definition]: readonly [string, SettingDefinition<unknown>]): readonly [string, JsonSchema] {
  const { kind, description, fallback, example, jsonSchema } = definition;
  const property = {
    description,
    ...jsonSchema(),
    ...(fallback !== undefined && { default: fallback }),
    examples: [kind === 'list' ? [example] : example],
  };
  return [name, property];
}
