import * as v from 'valibot';

import { InvalidDataError, KeyRejectedError, RefusedError } from '../domain/errors.ts';
import { redact } from '../util/redact.ts';
import { quote, visible } from '../util/text.ts';
import type { ApiResponse } from './attempt.ts';
import { AttemptError, isRetryableStatus } from './attempt-error.ts';
import { describeHtml } from './body-text.ts';
import { formatStatus } from './http/create-fetch.ts';
import { parseRetryAfter } from './retry-after.ts';

/** Bytes that are read of a body that only a message will quote. */
const MAX_PREFIX_BYTES = 64 * 1024;

/**
 * Reads the whole body.
 * @param limit bytes, decoded
 * @throws {InvalidDataError} if it is larger
 */
export async function readAll(chunks: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const copies: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > limit) throw new InvalidDataError(`larger than ${limit} bytes`);
    copies.push(new Uint8Array(chunk));
  }
  return Buffer.concat(copies, length);
}

/** Reads the start of the body, up to a limit or to where it breaks off. */
export async function readPrefix(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const copies: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of chunks) {
      copies.push(new Uint8Array(chunk.subarray(0, MAX_PREFIX_BYTES - length)));
      length += chunk.length;
      if (length >= MAX_PREFIX_BYTES) break;
    }
  } catch (error) {
    if (!(error instanceof AttemptError)) throw error;
  }
  return Buffer.concat(copies);
}

export interface ResponseErrorOptions {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  /** Wall clock, milliseconds. */
  readonly now: number;
  /** The key, which the response may repeat, but no error may. */
  readonly secret: string;
}

const KEY_HINT = 'check the key: KRAKEN_API_KEY, --api-key-file, or apiKey in a file';

/** Returns the error for a response other than 200. */
export async function toResponseError(response: ApiResponse, options: ResponseErrorOptions): Promise<Error> {
  const { status, headers } = response;
  // Before anything is cut: half a key is a secret as well.
  const hide = (text: string): string => redact(text, [options.secret]);
  const text = await readMessage(response, hide);
  const message = `${options.method} ${options.url}: the API answered ${formatStatus(status)}${text && `: ${text}`}`;
  if (isRetryableStatus(status)) {
    const retryAfter = parseRetryAfter(headers.get('retry-after'), options.now);
    const hint = status === 429 ? 'too many requests: try again later' : 'the server has a problem: try again later';
    return new AttemptError(message, { phase: 'status', status, retryAfter, hint });
  }
  if (status === 401 || status === 403) {
    // AWS API Gateway says this of every path that it does not know, whatever the key.
    const isUnknownPath = /missing ?authentication ?token/i.test(`${text} ${headers.get('x-amzn-errortype') ?? ''}`);
    const hint = isUnknownPath
      ? `check the path of KRAKEN_API_URL: the server may not know it; then ${KEY_HINT}`
      : KEY_HINT;
    return new KeyRejectedError(message, { hint });
  }
  if (status >= 300 && status < 400) {
    const target = headers.get('location');
    return new RefusedError(`${message}${target === null ? '' : `, a redirect to ${quote(hide(target))}`}`, {
      hint: 'redirects are not followed, to protect the key: set KRAKEN_API_URL to the final URL',
    });
  }
  if (status === 404) return new RefusedError(message, { hint: 'check the site id and the path of KRAKEN_API_URL' });
  const advice = "check KRAKEN_API_URL, or ask the API's operators";
  if (status < 300) return new RefusedError(message, { hint: `only 200 counts as success: ${advice}` });
  const hint =
    options.method === 'POST'
      ? "the API rejected this list: compare it with preview, or ask the API's operators"
      : `the API rejected this request: ${advice}`;
  return new RefusedError(message, { hint });
}

// `difference` comes from the sandbox only.
const errorBody = v.object({ message: v.string(), difference: v.optional(v.string()) });

/** Returns what the body says, quoted; empty if it is empty. */
async function readMessage(response: ApiResponse, hide: (text: string) => string): Promise<string> {
  // If the run ends meanwhile, the status alone says enough.
  const start = await readPrefix(response.chunks()).catch(() => new Uint8Array());
  // A TextDecoder skips a byte order mark.
  const text = new TextDecoder().decode(start).trim();
  if (text === '') return '';
  try {
    const { message, difference } = v.parse(errorBody, JSON.parse(text));
    const quoted = quote(hide(message), 200);
    return difference === undefined ? quoted : `${quoted} (${visible(hide(difference).slice(0, 300))})`;
  } catch {
    return describeHtml(text, hide) ?? quote(hide(text));
  }
}
