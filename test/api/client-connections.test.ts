import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';

import { closeServers, listenForRequests, serve } from '../support/servers.ts';
import { rejectionOf, errorFields } from '../support/thrown.ts';
import '../support/unhandled.ts';
import { createWorld, idsOf, OK, record, SITE_JSON, submit, WAITS } from './support/client.ts';

describe('client: connections', () => {
  afterEach(closeServers);

  it('uses fresh connections for outages and lists, and reuses one for site infos', async () => {
    const connections: unknown[] = [];
    const { url } = await serve((request, response) => {
      connections.push(`${request.url ?? ''} ${request.headers.connection ?? ''}`);
      request.resume();
      response.end(request.url === '/site-info/s' ? SITE_JSON : '[]');
    });
    const { client } = createWorld({ apiUrl: url });
    await client.siteInfo('s');
    await idsOf(client);
    await submit(client);
    expect(connections).to.deep.equal(['/site-info/s keep-alive', '/outages close', '/site-outages/s close']);
  });

  it('closes the connection of a site info of another site, and retries on a new one', async () => {
    const sockets: unknown[] = [];
    const { url } = await serve((request, response) => {
      sockets.push(request.socket);
      response.end(sockets.length === 2 ? SITE_JSON.replace('"s"', '"other"') : SITE_JSON);
    });
    const { client } = createWorld({ apiUrl: url });
    for (let calls = 0; calls < 3; calls++) expect((await client.siteInfo('s')).id).to.equal('s');
    const [first, second, third, fourth] = sockets;
    expect([first === second, second === third, third === fourth, second === fourth]).to.deep.equal([
      true,
      false,
      false,
      false,
    ]);
  });

  it('rereads truncated outages from the start, with a new visitor', async () => {
    const body = `[${record('a')},${record('b')}]`;
    const { url } = await listenForRequests((socket, number) => {
      if (number === 1) socket.end(`${OK}content-length: ${body.length}\r\n\r\n${body.slice(0, -20)}`);
      else if (number === 2) socket.end(`${OK}connection: close\r\n\r\n${body.slice(0, -1)}`);
      else if (number === 3) socket.end(`${OK}transfer-encoding: chunked\r\n\r\n5\r\n[{"id\r\n`);
      else socket.end(`${OK}connection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    });
    const { client, clock, attempts } = createWorld({ apiUrl: url });
    const { ids, visitors, tally } = await idsOf(client);
    expect(ids).to.deep.equal(['a', 'b']);
    expect(visitors).to.deep.equal([['a'], ['a', 'b'], [], ['a', 'b']]);
    expect(tally).to.deep.equal({ records: 2, invalidSkipped: 0 });
    expect(attempts().map(({ status, failure }) => [status, failure?.replace(/: .*/, '')])).to.deep.equal([
      [200, 'the response was cut short'],
      [200, 'invalid JSON at byte 158'],
      [200, 'the response was cut short'],
      [200, undefined],
    ]);
    expect(clock.waits).to.deep.equal(WAITS.slice(0, 3));
    expect(clock.pending()).to.equal(0);
  });

  it('uses the status of a truncated error page', async () => {
    const { url } = await listenForRequests((socket) =>
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 100\r\n\r\nForbidd'),
    );
    const { client, clock } = createWorld({ apiUrl: url });
    expect(errorFields(await rejectionOf(client.siteInfo('s')))).to.deep.include({
      type: 'KeyRejectedError',
      message: `GET ${url}/site-info/s: the API answered 403: "Forbidd"`,
    });
    expect(clock.waits).to.deep.equal([]);
  });

  it('does not send the key to another origin', async () => {
    const received: string[] = [];
    const elsewhere = await serve((request, response) => {
      received.push(request.url ?? '');
      response.end(SITE_JSON);
    });
    const { url } = await serve((_request, response) =>
      response.writeHead(307, { location: `${elsewhere.url}/x` }).end(),
    );
    const { client } = createWorld({ apiUrl: url });
    expect(errorFields(await rejectionOf(client.siteInfo('s')))).to.include({ type: 'RefusedError' });
    expect((await submit(client)).status).to.equal(307);
    expect(received).to.deep.equal([]);
  });
});
