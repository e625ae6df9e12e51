import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { systemClock } from '../../../src/platform/clock.ts';
import { createFetch } from '../../../src/api/http/create-fetch.ts';
import { rejectionOf } from '../../support/thrown.ts';
import { ANSWER_ERRORS, BODY_ERRORS, CONNECT_ERRORS } from './network-errors.ts';

const fetch = createFetch(systemClock);

/** Returns the properties by which the program distinguishes errors of `fetch`. */
function shapeOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? { code: error.code } : {};
  const syscall = 'syscall' in error ? { syscall: error.syscall } : {};
  const inner = error.cause === undefined ? {} : { cause: shapeOf(error.cause) };
  return { name: error.name, isTypeError: error instanceof TypeError, ...code, ...syscall, ...inner };
}

/** Returns the error of `fetch`, or of reading its body, if the server does this with the connection. */
async function errorOf(act: (socket: Socket) => void): Promise<unknown> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      act(socket);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const error = await rejectionOf(fetch(`http://127.0.0.1:${port}/`).then((response) => response.text()));
  server.close();
  return error;
}

const START = 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n[';

describe('simulated network errors', () => {
  const cases: readonly (readonly [
    what: string,
    act: (socket: Socket) => void,
    simulated: (() => Error) | undefined,
  ])[] = [
    ['a reset before the response', (socket) => socket.resetAndDestroy(), ANSWER_ERRORS[0]],
    ['a close before the response', (socket) => socket.end(), ANSWER_ERRORS[1]],
    ['a close within the headers', (socket) => socket.end('HTTP/1.1 200 OK\r\nx'), ANSWER_ERRORS[1]],
    ['a close within the body', (socket) => socket.end(START), BODY_ERRORS[0]],
  ];
  for (const [what, act, simulated] of cases) {
    it(`match the error of a real socket for ${what}`, async () => {
      expect(shapeOf(simulated?.())).to.deep.equal(shapeOf(await errorOf(act)));
    });
  }

  it('match the error of a real socket for a refused connection', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    server.close();
    await once(server, 'close');
    const port = typeof address === 'object' && address ? address.port : 0;
    const error = await rejectionOf(fetch(`http://127.0.0.1:${port}/`));
    expect(shapeOf(CONNECT_ERRORS[0]?.())).to.deep.equal(shapeOf(error));
  });
});
