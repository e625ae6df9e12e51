import { UsageError } from '../domain/errors.ts';
import { quote } from '../util/text.ts';
import type { Random } from './random.ts';

/** The kinds of faults that `--faults` accepts. The help is generated from them. */
export const FAULT_KINDS = {
  '400-599': 'respond with this status instead',
  reset: 'reset the connection, before or during the response',
  truncate: 'send the status and a part of the body, then close the connection',
  stall: 'send the status and the start of the body, then nothing',
  lost: 'POST only: process the request, then reset the connection instead of responding',
} as const;

/** An HTTP status, or a fault of the connection. */
export type FaultKind = number | 'reset' | 'truncate' | 'stall' | 'lost';

/** Probabilities of faults per request, each from 0 to 1; their sum is at most 1. */
export type Faults = readonly { readonly kind: FaultKind; readonly probability: number }[];

/** The fault of one request. */
export interface Fault {
  readonly kind: FaultKind;
  /** Share of the response that is sent, from 0 to 1 (excluded). */
  readonly position: number;
}

const EXPECTED = 'expected a list such as 500:0.2,reset:0.05';
const HINT = `each entry is kind:probability; kinds: ${Object.keys(FAULT_KINDS).join(', ')}`;

/** Parses a list such as `500:0.2,429:0.1,reset:0.05`. @throws {UsageError} naming `--faults` */
export function parseFaults(text: string): Faults {
  const faults = text.split(',').map((entry) => parseEntry(entry.trim()));
  const repeated = faults.find(({ kind }, index) => faults.findIndex((other) => other.kind === kind) !== index);
  if (repeated !== undefined) throw usage(`${repeated.kind} is given more than once`);

  const sum = faults.reduce((total, { probability }) => total + probability, 0);
  // Floating-point sums such as 0.1 + 0.2 + 0.7 are slightly off.
  if (sum > 1 + 1e-9) throw usage(`the probabilities add up to ${Number(sum.toFixed(6))}, expected at most 1`);
  return faults;
}

function parseEntry(entry: string): Faults[number] {
  const [name = '', digits, ...rest] = entry.split(':').map((part) => part.trim());
  if (digits === undefined || rest.length > 0) throw usage(`${quote(entry)} is not an entry, ${EXPECTED}`);

  const kind = parseKind(name);
  if (kind === undefined) throw usage(`${quote(name)} is not a kind of fault, ${EXPECTED}`);

  const probability = /^(\d+(\.\d*)?|\.\d+)(e-\d+)?$/i.test(digits) ? Number(digits) : NaN;
  if (!(probability <= 1)) {
    throw usage(`${quote(digits)} is not a probability for ${name}, expected a number from 0 to 1`);
  }
  return { kind, probability };
}

function parseKind(name: string): FaultKind | undefined {
  switch (name) {
    case 'reset':
    case 'truncate':
    case 'stall':
    case 'lost':
      return name;
    default:
      return /^[45]\d\d$/.test(name) ? Number(name) : undefined;
  }
}

function usage(message: string): UsageError {
  return new UsageError(`--faults: ${message}`, { hint: HINT });
}

/** Draws the fault of the next request, if any. */
export function drawFault(faults: Faults, random: Random): Fault | undefined {
  let rest = random();
  for (const { kind, probability } of faults) {
    if (rest < probability) return { kind, position: rest / probability };
    rest -= probability;
  }
  return undefined;
}
