import * as v from 'valibot';

import { InvalidDataError } from '../domain/errors.ts';
import type { Device, SiteInfo } from '../transform/outage.ts';
import { quote } from '../util/text.ts';
import { createJsonReader, type JsonElement } from './json-reader/json-reader.ts';
import { createMemoryBudget } from './memory-budget.ts';
import { describeIssue, namedSchema, parseJson } from './response-schemas.ts';
import type { SiteInfoOptions } from './source.ts';

const MAX_DEVICE_BYTES = 1024 * 1024;
export const MAX_SITE_INFO_BYTES = 64 * 1024 * 1024;
/** Estimated memory of a device beside the characters of its texts, with its places in tables. */
const DEVICE_BYTES = 200;
/** A text takes one byte per character if all of them are below U+0100, and two otherwise. */
const ONE_BYTE = /^[\0-\xff]*$/;

/** A site info of another site than the requested one: perhaps the response to another request on the same connection. */
export class WrongSiteError extends InvalidDataError {
  constructor(requested: string, received: string) {
    super(`id: expected ${quote(requested)}, received ${quote(received)}`, {
      hint: 'the API returned the site info of another site; nothing was sent for this site',
    });
  }
}

/**
 * Reads a site info chunk by chunk and keeps only its id, its name and its devices.
 * @throws {NotJsonError} {@link InvalidDataError} naming the path of the first invalid or duplicate field
 */
export async function readSiteInfo(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { budget = createMemoryBudget(), startCopy }: SiteInfoOptions = {},
): Promise<SiteInfo> {
  const copy = await startCopy?.();
  const fields: Record<string, unknown> = {};
  const devices: Device[] = [];
  let taken = 0;
  // Thrown at the end, because only the end shows whether the document is JSON at all (which is worth a retry).
  let problem: string | undefined;

  function addDevice(element: JsonElement): void {
    if (problem !== undefined) return;
    const decoded = decodeDevice(element);
    if ('problem' in decoded) {
      problem = decoded.problem;
      return;
    }
    const bytes = DEVICE_BYTES + bytesOf(decoded.id) + bytesOf(decoded.name);
    budget.take(bytes);
    taken += bytes;
    devices.push(decoded);
  }

  const reader = createJsonReader({
    arrays: new Map([['devices', { limit: MAX_DEVICE_BYTES, element: addDevice }]]),
    members: new Map(
      ['id', 'name'].map((name) => [
        name,
        (json: Uint8Array) => {
          fields[name] = parseJson(json);
        },
      ]),
    ),
  });
  try {
    let length = 0;
    for await (const chunk of chunks) {
      length += chunk.length;
      if (length > MAX_SITE_INFO_BYTES) throw new InvalidDataError(`larger than ${MAX_SITE_INFO_BYTES} bytes`);
      reader.push(chunk);
      copy?.append(chunk);
      await copy?.flush();
    }
    reader.end();
    if (problem !== undefined) throw new InvalidDataError(problem);
    const parsed = v.safeParse(namedSchema, fields, { abortEarly: true });
    if (!parsed.success) throw new InvalidDataError(describeIssue(parsed.issues[0], ''));
    return { id: parsed.output.id, name: parsed.output.name, devices };
  } catch (error) {
    budget.release(taken);
    throw error;
  }
}

function decodeDevice({ position, bytes, repeated }: JsonElement): Device | { readonly problem: string } {
  const path = `devices[${position}]`;
  if (repeated === 'id' || repeated === 'name') return { problem: `${path}: duplicate key "${repeated}"` };
  const parsed = v.safeParse(namedSchema, parseJson(bytes), { abortEarly: true });
  // A new object: the one of the schema has room for more members.
  return parsed.success
    ? { id: parsed.output.id, name: parsed.output.name }
    : { problem: describeIssue(parsed.issues[0], path) };
}

function bytesOf(text: string): number {
  return text.length * (ONE_BYTE.test(text) ? 1 : 2);
}
