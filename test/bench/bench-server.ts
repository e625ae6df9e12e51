/**
 * The API of the benchmark, which runs as a separate process and responds from memory. Each argument is a
 * file of outages, served at its index: `/0/outages`, `/0/site-info/site-17`. It accepts every submission. `/0/50-5-100/outages` is the
 * same with at most 50 requests a second (0: no limit), a burst of 5, and 100 ms latency.
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

const counts = { requests: 0, rejected: 0 };

/** Returns a function that takes a token of the limit, if there is one; a bucket for each limit. */
const buckets = new Map<string, () => boolean>();
function bucketOf(rate: number, burst: number): () => boolean {
  const key = `${rate}-${burst}`;
  const present = buckets.get(key);
  if (present) return present;
  let tokens = burst;
  let last = performance.now();
  const take = (): boolean => {
    const now = performance.now();
    tokens = Math.min(burst, tokens + ((now - last) / 1000) * rate);
    last = now;
    if (tokens < 1) return false;
    tokens--;
    return true;
  };
  buckets.set(key, take);
  return take;
}

const PATH = /^\/(\d+)(?:\/(\d+)-(\d+)-(\d+))?\/(outages|counts|site-info\/site-(\d+)|site-outages\/.*)$/;

const server = createServer((request, response) => {
  const [, which = '', rate = '0', burst = '0', latency = '0', what, site] = PATH.exec(request.url ?? '') ?? [];
  const body = bodies[Number(which)];
  response.setHeader('content-type', 'application/json');
  if (what === 'counts') {
    if (request.method === 'DELETE') counts.requests = counts.rejected = 0;
    response.end(JSON.stringify(counts));
    return;
  }
  counts.requests++;
  if (Number(rate) > 0 && !bucketOf(Number(rate), Number(burst))()) {
    counts.rejected++;
    response.writeHead(429).end('{}');
    return;
  }
  const respond = (): void => {
    if (request.method === 'POST') {
      request.resume().on('end', () => response.end('{}'));
    } else if (!body) {
      response.writeHead(404).end('{}');
    } else if (site === undefined) {
      response.setHeader('content-length', body.length);
      send(body, response);
    } else {
      response.end(siteInfo(Number(site)));
    }
  };
  if (latency === '0') respond();
  else setTimeout(respond, Number(latency));
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address && typeof address === 'object') process.stdout.write(`http://127.0.0.1:${address.port}\n`);
});
