import type { RandomSource } from '../world/random-source.ts';
import { type Delivery, type RightAnswer, sent } from './simulated-delivery.ts';
import { drawPermanent, drawTransient } from './draw-error-response.ts';
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
const ANOMALIES = {
  outages: ['null', '{}', '{"outages":[]}', '"[]"', '0', '{"message":"Internal server error"}'],
  'site-info': ['null', '[]', '{}', '"id"', OTHER_SITE, '{"id":7,"name":"n","devices":[]}'],
};

/** Draws the delivery of a request whose response would be `right`. */
export function drawDelivery(right: RightAnswer, circumstances: Circumstances, random: RandomSource): Delivery {
  const delay = drawDelay(circumstances, random);
  if (!random.chance(circumstances.faults)) {
    return sent('as it should be', right, { delay, pieces: cut(bytesOf(right.text), circumstances, random) }, true);
  }
  switch (
    random.pick(['connect', 'tls', 'lost', 'silence', 'transient', 'transient', 'permanent', 'body', 'body'] as const)
  ) {
    case 'connect':
      return { name: 'no connection', phase: 'connect', delay, error: random.pick(CONNECT_ERRORS)(), reaches: false };
    case 'tls':
      // Rarer, because it ends the run.
      if (random.chance(0.8)) return drawBody(right, delay, circumstances, random);
      return { name: 'TLS failure', phase: 'tls', delay, error: random.pick(TLS_ERRORS)(), reaches: false };
    case 'lost':
      return { name: 'lost', phase: 'answer', delay, error: random.pick(ANSWER_ERRORS)(), reaches: random.chance(0.5) };
    case 'silence':
      return { name: 'no answer', phase: 'silence', delay: Infinity, error: new Error(), reaches: random.chance(0.5) };
    case 'transient':
      return drawTransient(delay, circumstances, random);
    case 'permanent':
      if (random.chance(0.7)) return drawTransient(delay, circumstances, random);
      return drawPermanent(delay, circumstances, random);
    case 'body':
      return drawBody(right, delay, circumstances, random);
  }
}

/** Status 200 with a body that breaks off, stalls or is invalid. */
function drawBody(right: RightAnswer, delay: number, circumstances: Circumstances, random: RandomSource): Delivery {
  const bytes = bytesOf(right.text);
  const start = (part: Uint8Array): readonly Piece[] => cut(part, circumstances, random);
  const short = bytes.subarray(0, random.integer(0, Math.max(0, bytes.length - 1)));
  switch (random.pick(['break', 'break', 'silence', 'short', 'spoilt', 'mark', 'anomaly'] as const)) {
    case 'break':
      return sent('breaks off', right, { delay, pieces: start(short), ending: random.pick(BODY_ERRORS)() }, true);
    case 'silence':
      return sent('falls silent', right, { delay, pieces: start(short), ending: 'silence' }, true);
    case 'short':
      // Without a length, an early close looks like the end of the body.
      return sent('ends too early', right, { delay, pieces: start(short), content: 'not JSON' }, true);
    case 'spoilt':
      return sent('not JSON', right, { delay, pieces: start(drawNotJson(bytes, random)), content: 'not JSON' }, true);
    case 'mark':
      return sent('byte order mark', right, { delay, pieces: start(Buffer.concat([bytesOf('\ufeff'), bytes])) }, true);
    case 'anomaly': {
      if (right.kind === 'post') return sent('odd body', right, { delay, pieces: start(bytesOf('null')) }, true);
      const text = random.pick(ANOMALIES[right.kind]);
      const content = text === OTHER_SITE ? 'another site' : 'anomaly';
      return sent(content, right, { delay, pieces: start(bytesOf(text)), content }, true);
    }
  }
}

function drawNotJson(bytes: Uint8Array, random: RandomSource): Uint8Array {
  switch (random.pick(['other', 'more', 'utf8'] as const)) {
    case 'other':
      return bytesOf(random.pick(NOT_JSON));
    case 'more':
      return Buffer.concat([bytes, bytesOf(random.pick([']', '}', ',', 'x', '[]', '\u0000']))]);
    case 'utf8': {
      const place = random.integer(0, bytes.length);
      return Buffer.concat([bytes.subarray(0, place), Uint8Array.of(0xff), bytes.subarray(place)]);
    }
  }
}
