import type { Client } from '../api/client.ts';
import { SETTINGS, type Settings, type ValueSource } from '../config/settings.ts';
import { KrakenOutagesError } from '../domain/errors.ts';

const KEY_PLACES = `${SETTINGS.apiKey.variable}, --api-key-file, or apiKey in a file`;

/** Returns the client, whose errors name the sources of the API's URL and key. */
export function namingSources(client: Client, settings: Settings): Client {
  const named = hintsNaming(settings);
  const reject = (error: unknown): never => {
    throw named(error);
  };
  return {
    ...client,
    siteInfo: (...args) => client.siteInfo(...args).catch(reject),
    outages: (...args) => client.outages(...args).catch(reject),
    probe: () => client.probe().catch(reject),
    async submit(site, payload) {
      const submission = await client.submit(site, payload);
      return { ...submission, error: named(submission.error) };
    },
  };
}

/** Returns a function that rewrites the hint of an error: it names the sources of the API's URL and key, not every way to give them. */
function hintsNaming({ apiUrl, apiKey }: Pick<Settings, 'apiUrl' | 'apiKey'>): <T>(error: T) => T {
  return (error) => {
    if (error instanceof KrakenOutagesError && error.hint !== undefined) {
      const hint = error.hint
        .replaceAll(KEY_PLACES, nameOf(apiKey.source))
        .replaceAll(SETTINGS.apiUrl.variable, nameOf(apiUrl.source));
      Object.assign(error, { hint });
    }
    return error;
  };
}

function nameOf({ kind, label }: ValueSource): string {
  return kind === 'terminal' ? 'what was typed' : label;
}
