import type { Dice } from '../world/dice.ts';
import { type Delivery, type RightAnswer, sent } from './simulated-delivery.ts';
import { drawFinal, drawPassing } from './draw-error-response.ts';
import { ANSWER_ERRORS, BODY_ERRORS, CONNECT_ERRORS, TLS_ERRORS } from './network-errors.ts';
import { bytesOf, type Circumstances, cut, drawDelay, type Piece } from './body-chunks.ts';

const NOT_JSON = [
  '',
  ' ',
  '<!DOCTYPE html><p>Sign in',
  'nul',
  '[{"id":"battery"',
  "[{'id':'battery'}]",
  '[1,]',
  '{"id":"\u0001"}',
];
const OTHER_SITE = '{"id":"other","name":"n","devices":[]}';
const MISFITS = {
  outages: ['null', '{}', '{"outages":[]}', '"[]"', '0', '{"message":"Internal server error"}'],
  'site-info': ['null', '[]', '{}', '"id"', OTHER_SITE, '{"id":7,"name":"n","devices":[]}'],
};

/** Draws what happens to a request that the API would answer so. */
export function drawDelivery(right: RightAnswer, circumstances: Circumstances, dice: Dice): Delivery {
  const delay = drawDelay(circumstances, dice);
  if (!dice.chance(circumstances.faults)) {
    return sent('as it should be', right, { delay, pieces: cut(bytesOf(right.text), circumstances, dice) }, true);
  }
  switch (dice.pick(['connect', 'tls', 'lost', 'silence', 'passing', 'passing', 'final', 'body', 'body'] as const)) {
    case 'connect':
      return { name: 'no connection', phase: 'connect', delay, error: dice.pick(CONNECT_ERRORS)(), reaches: false };
    case 'tls':
      // Most worlds would end here; that is soon known.
      if (dice.chance(0.8)) return drawBody(right, delay, circumstances, dice);
      return { name: 'TLS failure', phase: 'tls', delay, error: dice.pick(TLS_ERRORS)(), reaches: false };
    case 'lost':
      return { name: 'lost', phase: 'answer', delay, error: dice.pick(ANSWER_ERRORS)(), reaches: dice.chance(0.5) };
    case 'silence':
      return { name: 'no answer', phase: 'silence', delay: Infinity, error: new Error(), reaches: dice.chance(0.5) };
    case 'passing':
      return drawPassing(delay, circumstances, dice);
    case 'final':
      if (dice.chance(0.7)) return drawPassing(delay, circumstances, dice);
      return drawFinal(delay, circumstances, dice);
    case 'body':
      return drawBody(right, delay, circumstances, dice);
  }
}

/** The right status, and a body that breaks off, falls silent or is something else. */
function drawBody(right: RightAnswer, delay: number, circumstances: Circumstances, dice: Dice): Delivery {
  const bytes = bytesOf(right.text);
  const start = (part: Uint8Array): readonly Piece[] => cut(part, circumstances, dice);
  const short = bytes.subarray(0, dice.integer(0, Math.max(0, bytes.length - 1)));
  switch (dice.pick(['break', 'break', 'silence', 'short', 'spoilt', 'mark', 'misfit'] as const)) {
    case 'break':
      return sent('breaks off', right, { delay, pieces: start(short), ending: dice.pick(BODY_ERRORS)() }, true);
    case 'silence':
      return sent('falls silent', right, { delay, pieces: start(short), ending: 'silence' }, true);
    case 'short':
      // Without a length, a connection that is closed too early looks like the end.
      return sent('ends too early', right, { delay, pieces: start(short), content: 'not JSON' }, true);
    case 'spoilt':
      return sent('not JSON', right, { delay, pieces: start(drawNotJson(bytes, dice)), content: 'not JSON' }, true);
    case 'mark':
      return sent('byte order mark', right, { delay, pieces: start(Buffer.concat([bytesOf('\ufeff'), bytes])) }, true);
    case 'misfit': {
      if (right.kind === 'post') return sent('odd body', right, { delay, pieces: start(bytesOf('null')) }, true);
      const text = dice.pick(MISFITS[right.kind]);
      const content = text === OTHER_SITE ? 'another site' : 'misfit';
      return sent(content, right, { delay, pieces: start(bytesOf(text)), content }, true);
    }
  }
}

function drawNotJson(bytes: Uint8Array, dice: Dice): Uint8Array {
  switch (dice.pick(['other', 'more', 'utf8'] as const)) {
    case 'other':
      return bytesOf(dice.pick(NOT_JSON));
    case 'more':
      return Buffer.concat([bytes, bytesOf(dice.pick([']', '}', ',', 'x', '[]', '\u0000']))]);
    case 'utf8': {
      const place = dice.integer(0, bytes.length);
      return Buffer.concat([bytes.subarray(0, place), Uint8Array.of(0xff), bytes.subarray(place)]);
    }
  }
}
