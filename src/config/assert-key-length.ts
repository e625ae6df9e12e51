import { ConfigurationError } from '../domain/errors.ts';
import { isLoopback } from '../platform/network.ts';
import type { ValueSource } from './settings.ts';

const MIN_KEY_CHARS = 8;

/**
 * Rejects a short key unless the API is on this machine. A short key may be an ordinary word, which cannot be redacted.
 * @throws {ConfigurationError}
 */
export function assertKeyLength(apiUrl: string, apiKey: string, { label }: Pick<ValueSource, 'label'>): void {
  if (apiKey.length >= MIN_KEY_CHARS || isLoopback(new URL(apiUrl).hostname)) return;
  throw new ConfigurationError(`${label}: the API key is shorter than ${MIN_KEY_CHARS} characters`, {
    hint: 'use the full key; shorter keys are accepted only for an API on this machine',
  });
}
