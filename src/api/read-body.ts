import * as v from 'valibot';

import { InvalidDataError, KeyRejectedError, RefusedError } from '../domain/errors.ts';
import { redact } from '../util/redact.ts';
import { quote, visible } from '../util/text.ts';
import type { ApiResponse } from './attempt.ts';
import { AttemptError, isRetryableStatus } from './attempt-error.ts';
import { parseRetryAfter } from './retry-after.ts';

/** Of an answer that is an error, as much is read. */
const ERROR_LIMIT = 64 * 1024;

/** The whole body. @param limit in bytes, decoded @throws {InvalidDataError} where it is larger */
export async function readAll(chunks: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > limit) throw new InvalidDataError(`larger than ${limit} bytes`);
    pieces.push(new Uint8Array(chunk));
  }
  return Buffer.concat(pieces, length);
}

/**
 * What an answer that is not 200 means.
 * @param where method and URL
 * @param now wall clock, milliseconds
 * @param secret what the answer may repeat, but no error
 */
export async function toResponseError(answer: ApiResponse, where: string, now: number, secret: string): Promise<Error> {
  const { status, headers } = answer;
  // Before anything is cut: half a secret is one as well.
  const hide = (said: string): string => redact(said, [secret]);
  const text = await readMessage(answer, hide);
  const message = `${where}: the API answered ${status}${text && `: ${text}`}`;
  if (isRetryableStatus(status)) {
    const retryAfter = parseRetryAfter(headers.get('retry-after'), now);
    const hint = status === 429 ? 'too many requests: try again later' : 'the fault is on its side: try again later';
    return new AttemptError(message, { phase: 'status', status, retryAfter, hint });
  }
  if (status === 401 || status === 403) {
    return new KeyRejectedError(message, {
      hint: 'check the key: KRAKEN_API_KEY, --api-key-file, or apiKey in a file',
    });
  }
  if (status >= 300 && status < 400) {
    const target = headers.get('location');
    return new RefusedError(`${message}${target === null ? '' : `, a redirect to ${quote(hide(target))}`}`, {
      hint: 'redirects are not followed, as the key would go along: set KRAKEN_API_URL to where the API is',
    });
  }
  if (status === 404) return new RefusedError(message, { hint: 'check the site id and the path of KRAKEN_API_URL' });
  return new RefusedError(message, { hint: 'only 200 OK counts' });
}

// `difference` is what the sandbox adds.
const errorBody = v.object({ message: v.string(), difference: v.optional(v.string()) });

/** What the body says, quoted; empty where there is nothing to be read. */
async function readMessage(answer: ApiResponse, hide: (said: string) => string): Promise<string> {
  // Where the run ends meanwhile, the status has said it all the same.
  const start = await readPrefix(answer.chunks()).catch(() => new Uint8Array());
  const text = new TextDecoder().decode(start).trim();
  if (text === '') return '';
  try {
    const { message, difference } = v.parse(errorBody, JSON.parse(text));
    const told = quote(hide(message), 200);
    return difference === undefined ? told : `${told} (${visible(hide(difference).slice(0, 300))})`;
  } catch {
    return quote(hide(text));
  }
}

/** The body up to the limit, or up to where it breaks: the status alone counts. */
export async function readPrefix(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of chunks) {
      pieces.push(new Uint8Array(chunk.subarray(0, ERROR_LIMIT - length)));
      length += chunk.length;
      if (length >= ERROR_LIMIT) break;
    }
  } catch (error) {
    if (!(error instanceof AttemptError)) throw error;
  }
  return Buffer.concat(pieces);
}
