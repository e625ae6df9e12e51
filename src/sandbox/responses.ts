import { STATUS_CODES } from 'node:http';

import { toJson } from '../util/text.ts';
import { type SandboxCutoff, expectedOutages, firstDifference } from './expected-list.ts';
import type { SandboxSiteOutage, SandboxOutage, SandboxSite, Dataset } from './dataset.ts';

/** No secret: it opens nothing but a sandbox. */
export const SANDBOX_KEY = 'sandbox-key';

/** The path under which the endpoints lie, as the real API has one. */
export const BASE_PATH = '/interview-tests-mock-api/v1';

/** The largest body that a post may have, in bytes. */
export const MAX_BODY = 64 * 1024 * 1024;

const BATCH = 64 * 1024;

/** A request as far as the answer depends on it. */
export interface SandboxRequest {
  readonly method: string;
  /** The path and query as they were sent. */
  readonly target: string;
  readonly key: string | undefined;
  /** Undefined where it was longer than `MAX_BODY`. */
  readonly body: Uint8Array | undefined;
}

export interface SandboxResponse {
  readonly status: number;
  readonly chunks: Iterable<Uint8Array>;
  /** Bytes in the chunks; undefined where only reading them would tell. */
  readonly length: number | undefined;
  /** A number of bytes that the chunks have at least. */
  readonly least: number;
}

/** Gives the API's answers in the world, judging what is posted by the cutoff. */
export function createResponder(world: Dataset, cutoff: SandboxCutoff): (question: SandboxRequest) => SandboxResponse {
  const expected = new Map<string, readonly SandboxSiteOutage[]>();
  const expect = (site: SandboxSite): readonly SandboxSiteOutage[] => {
    const list = expected.get(site.id) ?? expectedOutages(world, site, cutoff);
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
    if (endpoint === 'outages') return outagesAnswer(world);

    const id = decode(segment ?? '');
    const site = world.sites.find((candidate) => candidate.id === id);
    if (site === undefined) return json(404, { message: 'Site not found' });
    if (endpoint === 'site-info') return json(200, siteInfo(site));

    if (body === undefined) return errorResponse(413);
    const difference = firstDifference(expect(site), body);
    return difference === undefined ? json(200, {}) : json(400, { message: 'Unexpected outages received', difference });
  };
}

const ENDPOINT = new RegExp(`^${BASE_PATH}/(outages|site-info|site-outages)(?:/([^/]+))?$`);

/** An answer that has nothing but a message, which is the name of the status unless it is given. */
export function errorResponse(status: number, message = STATUS_CODES[status] ?? `Status ${status}`): SandboxResponse {
  return json(status, { message });
}

function json(status: number, value: unknown): SandboxResponse {
  const bytes = Buffer.from(toJson(value));
  return { status, chunks: [bytes], length: bytes.length, least: bytes.length };
}

function siteInfo({ id, name, devices }: SandboxSite): SandboxSite {
  return { id, name, devices: devices.map((device) => ({ id: device.id, name: device.name })) };
}

function outagesAnswer(world: Dataset): SandboxResponse {
  // The shortest record has more than 64 bytes.
  return { status: 200, chunks: batches(world.outages()), length: undefined, least: 2 + world.size * 64 };
}

/** The records as JSON, in pieces that are large enough to be sent fast. */
function* batches(outages: Iterable<SandboxOutage>): Iterable<Uint8Array> {
  let text = '[';
  let separator = '';
  for (const { id, begin, end } of outages) {
    // All of them are ASCII without anything that JSON would escape; JSON.stringify takes several times as long.
    text += `${separator}{"id":"${id}","begin":"${begin}","end":"${end}"}`;
    separator = ',';
    if (text.length >= BATCH) {
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
