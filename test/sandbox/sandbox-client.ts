import { once } from 'node:events';
import { connect } from 'node:net';

import { type Faults } from '../../src/sandbox/faults.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts';

const started: Sandbox[] = [];

/** Starts a sandbox on a free port, by default without faults and latency. */
export async function start(options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  const faults: Faults = [];
  const sandbox = await startSandbox({
    port: 0,
    seed: 1,
    latency: 0,
    faults,
    cutoff: '2022-01-01T00:00:00Z',
    cutoffInclusive: false,
    ...options,
  });
  started.push(sandbox);
  return sandbox;
}

/** For `afterEach`: closes the sandboxes. */
export async function closeAll(): Promise<void> {
  await Promise.all(started.splice(0).map((sandbox) => sandbox.close()));
}

export function get(sandbox: Sandbox, path: string, signal?: AbortSignal): Promise<Response> {
  return fetch(sandbox.url + path, { headers: { 'x-api-key': sandbox.apiKey }, signal: signal ?? null });
}

export function post(sandbox: Sandbox, site: string, body: string | Uint8Array): Promise<Response> {
  const headers = { 'x-api-key': sandbox.apiKey, 'content-type': 'application/json' };
  return fetch(`${sandbox.url}/site-outages/${site}`, { method: 'POST', headers, body });
}

/** Returns the status and body of a response, for comparison. */
export async function answerOf(response: Response): Promise<{ status: number; body: unknown }> {
  return { status: response.status, body: await response.json() };
}

/** Returns the data of a connection and how it ended: `end`, or an error code. */
export async function exchange(
  sandbox: Sandbox,
  method: string,
  path: string,
): Promise<{ received: string; ending: string }> {
  const { port, pathname } = new URL(sandbox.url + path);
  const socket = connect(Number(port), '127.0.0.1');
  const head = `${method} ${pathname} HTTP/1.1\r\nhost: 127.0.0.1\r\nx-api-key: ${sandbox.apiKey}\r\n`;
  socket.write(`${head}content-length: 2\r\n\r\n[]`);
  let received = '';
  let ending = '';
  socket.on('data', (data) => (received += data.toString()));
  socket.on('end', () => (ending ||= 'end'));
  socket.on('error', (error) => (ending = 'code' in error ? String(error.code) : error.message));
  await once(socket, 'close').catch(() => once(socket, 'close'));
  return { received, ending };
}
