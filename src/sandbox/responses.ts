import { STATUS_CODES } from 'node:http';

import { toJson } from '../util/text.ts';
import { type SandboxCutoff, expectedOutages, firstDifference } from './expected-list.ts';
import type { SandboxSiteOutage, SandboxOutage, SandboxSite, Dataset } from './dataset.ts';

/** Not a secret: valid for sandboxes only. */
export const SANDBOX_KEY = 'sandbox-key';

/** Base path of the endpoints, as in the real API. */
export const BASE_PATH = '/interview-tests-mock-api/v1';

/** Maximum size of a posted body. */
export const MAX_BODY_BYTES = 64 * 1024 * 1024;

const CHUNK_CHARS = 64 * 1024;

/** The parts of a request that the response depends on. */
export interface SandboxRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  readonly key: string | undefined;
  /** Undefined if it was larger than `MAX_BODY_BYTES`. */
  readonly body: Uint8Array | undefined;
}

export interface SandboxResponse {
  readonly status: number;
  readonly chunks: Iterable<Uint8Array>;
  /** Total size of the chunks in bytes; undefined if unknown until they are read. */
  readonly length: number | undefined;
  /** Lower bound of the total size in bytes. */
  readonly minLength: number;
}

/** Returns a function that responds as the API does, with this data set and cutoff. */
export function createResponder(dataset: Dataset, cutoff: SandboxCutoff): (request: SandboxRequest) => SandboxResponse {
  const sites = new Map(dataset.sites.map((site) => [site.id, site]));
  const expected = new Map<string, readonly SandboxSiteOutage[]>();
  const expectedFor = (site: SandboxSite): readonly SandboxSiteOutage[] => {
    const list = expected.get(site.id) ?? expectedOutages(dataset, site, cutoff);
    expected.set(site.id, list);
    return list;
  };

  return ({ method, target, key, body }) => {
    const [, endpoint, segment] = ENDPOINT.exec(target.split('?', 1)[0] ?? '') ?? [];
    if (endpoint === undefined || (endpoint === 'outages') !== (segment === undefined)) {
      return json(404, { message: 'Not found' });
    }
    if (method !== (endpoint === 'site-outages' ? 'POST' : 'GET')) return json(405, { message: 'Method not allowed' });
    if (key !== SANDBOX_KEY) return json(403, { message: 'Forbidden' });
    if (endpoint === 'outages') return outagesResponse(dataset);

    const id = decode(segment ?? '');
    const site = id === undefined ? undefined : sites.get(id);
    if (site === undefined) return json(404, { message: 'Site not found' });
    if (endpoint === 'site-info') return json(200, siteInfo(site));

    if (body === undefined) return errorResponse(413);
    const difference = firstDifference(expectedFor(site), body);
    return difference === undefined ? json(200, {}) : json(400, { message: 'Unexpected outages received', difference });
  };
}

const ENDPOINT = new RegExp(`^${BASE_PATH}/(outages|site-info|site-outages)(?:/([^/]+))?$`);

/** Returns a response with only a message; default: the name of the status. */
export function errorResponse(status: number, message = STATUS_CODES[status] ?? `Status ${status}`): SandboxResponse {
  return json(status, { message });
}

function json(status: number, value: unknown): SandboxResponse {
  const bytes = Buffer.from(toJson(value));
  return { status, chunks: [bytes], length: bytes.length, minLength: bytes.length };
}

function siteInfo({ id, name, devices }: SandboxSite): SandboxSite {
  return { id, name, devices: devices.map((device) => ({ id: device.id, name: device.name })) };
}

function outagesResponse(dataset: Dataset): SandboxResponse {
  // Every record is longer than 64 bytes.
  return { status: 200, chunks: toChunks(dataset.outages()), length: undefined, minLength: 2 + dataset.size * 64 };
}

/** Serializes the records in chunks of about 64 KiB. */
function* toChunks(outages: Iterable<SandboxOutage>): Iterable<Uint8Array> {
  let text = '[';
  let separator = '';
  for (const { id, begin, end } of outages) {
    // The values are ASCII and need no escaping. JSON.stringify takes several times as long.
    text += `${separator}{"id":"${id}","begin":"${begin}","end":"${end}"}`;
    separator = ',';
    if (text.length >= CHUNK_CHARS) {
      yield Buffer.from(text, 'latin1');
      text = '';
    }
  }
  yield Buffer.from(`${text}]`, 'latin1');
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
