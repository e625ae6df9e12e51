/**
 * The API of the benchmark, which runs as a separate process and responds from memory. Each argument is a
 * file of outages, served at its index: `/0/outages`, `/0/site-info/site-17`. It accepts every submission.
 */
import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';

import { siteInfo } from './bench-data.ts';

const PIECE = 256 * 1024;
const bodies = process.argv.slice(2).map((path) => readFileSync(path));

function send(body: Buffer, response: ServerResponse): void {
  let offset = 0;
  const more = (): void => {
    while (offset < body.length) {
      const piece = body.subarray(offset, offset + PIECE);
      offset += piece.length;
      if (!response.write(piece)) {
        response.once('drain', more);
        return;
      }
    }
    response.end();
  };
  more();
}

const server = createServer((request, response) => {
  const [, which = '', , site] = /^\/(\d+)\/(outages|site-info\/site-(\d+))$/.exec(request.url ?? '') ?? [];
  const body = bodies[Number(which)];
  response.setHeader('content-type', 'application/json');
  if (request.method === 'POST') {
    request.resume().on('end', () => response.end('{}'));
    return;
  }
  if (!body) {
    response.writeHead(404).end('{}');
  } else if (site === undefined) {
    response.setHeader('content-length', body.length);
    send(body, response);
  } else {
    response.end(siteInfo(Number(site)));
  }
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address && typeof address === 'object') process.stdout.write(`http://127.0.0.1:${address.port}\n`);
});
