import { ConfigurationError } from '../domain/errors.ts';
import { isLoopback } from '../platform/network.ts';
import type { ValueSource } from './settings.ts';

const MIN_KEY_CHARS = 8;

/** Short keys are for test servers: as they may be words, they could not be redacted. @throws {ConfigurationError} */
export function assertKeyLength(apiUrl: string, apiKey: string, { label }: Pick<ValueSource, 'label'>): void {
  if (apiKey.length >= MIN_KEY_CHARS || isLoopback(new URL(apiUrl).hostname)) return;
  throw new ConfigurationError(`${label}: the API key is shorter than ${MIN_KEY_CHARS} characters`, {
    hint: 'give the whole key; only an API on this machine may have a shorter one',
  });
}
