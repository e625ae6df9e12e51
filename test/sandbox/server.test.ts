import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';

import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';

import { UsageError } from '../../src/domain/errors.ts';
import { parseFaults } from '../../src/sandbox/faults.ts';
import type { SandboxSiteOutage, SandboxOutage, SandboxSite } from '../../src/sandbox/dataset.ts';
import { answerOf, closeAll, get, post, start } from './sandbox-client.ts';

const FORBIDDEN = { status: 403, body: { message: 'Forbidden' } };
const SITE_NOT_FOUND = { status: 404, body: { message: 'Site not found' } };
const NOT_FOUND = { status: 404, body: { message: 'Not found' } };

async function read<T>(response: Promise<Response>): Promise<T> {
  return (await (await response).json()) as T;
}

/** Computes the expected list independently of src/, for times in whole milliseconds and UTC. */
function rightList(outages: readonly SandboxOutage[], site: SandboxSite, cutoff: string): readonly SandboxSiteOutage[] {
  const names = new Map(site.devices.map(({ id, name }) => [id, name]));
  return outages
    .filter(({ id, begin }) => names.has(id) && Date.parse(begin) > Date.parse(cutoff))
    .map(({ id, begin, end }) => ({ id, name: names.get(id) ?? '', begin, end }));
}

describe('sandbox: the endpoints', () => {
  afterEach(closeAll);

  it('respond with outages and sites', async () => {
    const sandbox = await start();
    expect(sandbox.url).to.match(/^http:\/\/127\.0\.0\.1:\d+\/interview-tests-mock-api\/v1$/);
    const response = await get(sandbox, '/outages');
    expect(response.status).to.equal(200);
    expect(response.headers.get('content-type')).to.equal('application/json');
    const outages = await read<SandboxOutage[]>(Promise.resolve(response));
    expect(outages).to.have.length(108);
    expect(outages[0]).to.have.all.keys('id', 'begin', 'end');

    const sites = await Promise.all(sandbox.sites.map((id) => read<SandboxSite>(get(sandbox, `/site-info/${id}`))));
    expect(sites.map(({ id }) => id)).to.deep.equal(sandbox.sites);
    expect(sites[0]).to.have.all.keys('id', 'name', 'devices');
    expect(sites[0]?.devices).to.have.length(8);
    expect(sites[0]?.devices[0]).to.have.all.keys('id', 'name');
  });

  it('accept only the expected list', async () => {
    const sandbox = await start();
    const outages = await read<SandboxOutage[]>(get(sandbox, '/outages'));
    const site = await read<SandboxSite>(get(sandbox, '/site-info/norwich-pear-tree'));
    const list = rightList(outages, site, '2022-01-01');
    expect(list).to.have.length(11);
    const response = await post(sandbox, 'norwich-pear-tree', JSON.stringify(list));
    expect(response.headers.get('content-type')).to.equal('application/json');
    expect(await answerOf(response)).to.deep.equal({ status: 200, body: {} });

    expect(await answerOf(await post(sandbox, 'norwich-pear-tree', JSON.stringify(list.slice(1))))).to.deep.equal({
      status: 400,
      body: {
        message: 'Unexpected outages received',
        difference: `expected 11 outages, received 10: record 1 is missing: ${JSON.stringify(list[0])}`,
      },
    });
    expect((await post(sandbox, 'norwich-pear', JSON.stringify(list))).status).to.equal(400);
    expect((await post(sandbox, 'ely-old-mill', '[]')).status).to.equal(200);
    expect((await post(sandbox, 'ely-old-mill', 'nothing')).status).to.equal(400);
  });

  it('apply the configured cutoff', async () => {
    const sandbox = await start({ cutoff: '2022-01-01T05:45:00+05:45', cutoffInclusive: true });
    const outages = await read<SandboxOutage[]>(get(sandbox, '/outages'));
    const site = await read<SandboxSite>(get(sandbox, '/site-info/norwich-pear-tree'));
    const including = rightList(outages, site, '2021-12-31T23:59:59.999Z');
    const excluding = rightList(outages, site, '2022-01-01T00:00:00.000Z');
    expect((await post(sandbox, site.id, JSON.stringify(including))).status).to.equal(200);
    expect((await post(sandbox, site.id, JSON.stringify(excluding))).status).to.equal(400);
  });

  it('require the key', async () => {
    const sandbox = await start();
    for (const path of ['/outages', '/site-info/nowhere', '/site-info/ely-old-mill']) {
      expect(await answerOf(await fetch(sandbox.url + path))).to.deep.equal(FORBIDDEN);
      const headers = { 'x-api-key': 'wrong' };
      expect(await answerOf(await fetch(sandbox.url + path, { headers }))).to.deep.equal(FORBIDDEN);
    }
    const refused = await fetch(`${sandbox.url}/site-outages/ely-old-mill`, { method: 'POST', body: '[]' });
    expect(await answerOf(refused)).to.deep.equal(FORBIDDEN);
  });

  it('respond 404 for an unknown site, whatever the body', async () => {
    const sandbox = await start();
    for (const id of ['norwich', 'norwich-pear-tre', 'Norwich-Pear-Tree', '__proto__', '%', '%ff', 'ely%2Fold']) {
      expect(await answerOf(await get(sandbox, `/site-info/${id}`))).to.deep.equal(SITE_NOT_FOUND);
      expect(await answerOf(await post(sandbox, id, 'no JSON'))).to.deep.equal(SITE_NOT_FOUND);
    }
    expect((await get(sandbox, '/site-info/norwich%2Dpear')).status).to.equal(200);
  });

  it('reject other paths and methods', async () => {
    const sandbox = await start();
    for (const path of ['', '/', '/outages/', '/outages/x', '/site-info', '/site-info/', '/site-info/ely-old-mill/x']) {
      expect(await answerOf(await get(sandbox, path))).to.deep.equal(NOT_FOUND);
    }
    expect(await answerOf(await fetch(new URL('/outages', sandbox.url)))).to.deep.equal(NOT_FOUND);
    const notAllowed = { status: 405, body: { message: 'Method not allowed' } };
    expect(await answerOf(await get(sandbox, '/site-outages/ely-old-mill'))).to.deep.equal(notAllowed);
    const put = await fetch(`${sandbox.url}/outages`, { method: 'PUT', body: '[]' });
    expect(await answerOf(put)).to.deep.equal(notAllowed);
  });

  it('reject a body that is too large', async () => {
    const sandbox = await start();
    const response = await post(sandbox, 'ely-old-mill', Buffer.alloc(64 * 1024 * 1024 + 1, ' '));
    expect(response.status).to.equal(413);
  });
});

describe('sandbox: generated data', () => {
  afterEach(closeAll);

  it('has exactly the requested number of outages, and expects their lists', async () => {
    const sandbox = await start({ outages: 30_000, seed: 5 });
    const outages = await read<SandboxOutage[]>(get(sandbox, '/outages'));
    expect(outages).to.have.length(30_000);
    const site = await read<SandboxSite>(get(sandbox, '/site-info/norwich-pear'));
    const list = rightList(outages, site, '2022-01-01');
    expect(list).to.have.length.greaterThan(2);
    expect((await post(sandbox, site.id, JSON.stringify(list))).status).to.equal(200);
    expect((await post(sandbox, site.id, JSON.stringify(list.slice(1)))).status).to.equal(400);
  });

  it('generates outages no faster than they are read', async () => {
    const sandbox = await start({ outages: 5_000_000 });
    const before = process.memoryUsage().arrayBuffers;
    const reader = (await get(sandbox, '/outages')).body?.getReader();
    expect((await reader?.read())?.done).to.equal(false);
    // The response arrives while another one, of 570 MB, waits for its reader.
    expect((await get(sandbox, '/site-info/ely-old-mill')).status).to.equal(200);
    expect(process.memoryUsage().arrayBuffers - before).to.be.lessThan(64e6);
    await reader?.cancel();
  });
});

describe('sandbox: starting and closing', () => {
  afterEach(closeAll);

  it('names an invalid flag', async () => {
    const taken = await start();
    const port = Number(new URL(taken.url).port);
    for (const [options, message] of [
      [{ port }, `--port: cannot listen on 127.0.0.1:${port}: the port is in use`],
      [{ port: 65_536 }, '--port: expected a whole number from 0 to 65535, received 65536'],
      [{ outages: 1.5 }, '--outages: expected a whole number'],
      [{ latency: -1 }, '--latency: expected a whole number'],
      [{ cutoff: '2022-02-31' }, '--cutoff: expected a time such as 2022-01-01T00:00:00Z, received "2022-02-31"'],
    ] as const) {
      const failure: unknown = await start(options).catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(UsageError);
      expect(failure).to.have.property('message').that.includes(message);
    }
  });

  it('closes at once while responses stall, connections idle and latencies run, and frees the port', async () => {
    const sandbox = await start({ faults: parseFaults('stall:1') });
    const slow = await start({ latency: 1e9 });
    const reader = (await get(sandbox, '/outages')).body?.getReader();
    await reader?.read();

    const idle = connect(Number(new URL(sandbox.url).port), '127.0.0.1');
    await once(idle, 'connect');
    const waiting = connect(Number(new URL(slow.url).port), '127.0.0.1');
    waiting.write('GET / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n\r\n');
    // The server emits the event when it starts on the request.
    await once(waiting, 'data');

    const ended = [idle, waiting].map((socket) => new Promise((done) => socket.once('close', done).on('error', done)));
    await Promise.all([sandbox.close(), slow.close(), sandbox.close()]);
    await Promise.all(ended);
    expect(await reader?.read().catch((error: unknown) => error)).to.be.an('error');
    await start({ port: Number(new URL(sandbox.url).port) });
  });

  it('keeps no process alive after close', async () => {
    const program = `
      import { startSandbox } from ${JSON.stringify(new URL('../../src/sandbox/server.ts', import.meta.url).href)};
      const options = { port: 0, seed: 1, cutoff: '2022-01-01T00:00:00Z', cutoffInclusive: false };
      const slow = await startSandbox({ ...options, latency: 1e9, faults: [] });
      const stalled = await startSandbox({ ...options, latency: 0, faults: [{ kind: 'stall', probability: 1 }] });
      const waiting = fetch(slow.url).catch(() => 'gone');
      const response = await fetch(stalled.url + '/outages', { headers: { 'x-api-key': stalled.apiKey } });
      await slow.close();
      await stalled.close();
      console.log(await waiting, await response.text().catch(() => 'gone'));
    `;
    const child = spawn(
      process.execPath,
      ['--import', 'ts-blank-space/register', '--input-type=module', '--eval', program],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let printed = '';
    child.stdout.on('data', (data: Buffer) => (printed += data.toString()));
    await once(child, 'close');
    expect({ code: child.exitCode, printed }).to.deep.equal({ code: 0, printed: 'gone gone\n' });
  });
});
