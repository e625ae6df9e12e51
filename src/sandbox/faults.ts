import { UsageError } from '../domain/errors.ts';
import { quote } from '../util/text.ts';
import type { Random } from './random.ts';

/** What can be asked for with `--faults`, and what it does. Help text is made from this. */
export const FAULT_KINDS = {
  '400-599': 'any such status: answered in place of the right one',
  reset: 'the connection is reset, before the answer or within it',
  truncate: 'the right status, but the body breaks off and the connection is closed',
  stall: 'the right status and the start of the body, then silence',
  lost: 'for posts: taken, but the connection is reset in place of an answer',
} as const;

/** A status, or what happens to the connection. */
export type FaultKind = number | 'reset' | 'truncate' | 'stall' | 'lost';

/** Which faults happen, and how often: each probability is from 0 to 1, and their sum at most 1. */
export type Faults = readonly { readonly kind: FaultKind; readonly probability: number }[];

/** A fault that strikes one request. */
export interface Fault {
  readonly kind: FaultKind;
  /** From 0 (included) to 1 (excluded): how far the answer gets. */
  readonly position: number;
}

const EXPECTED = 'expected a list such as 500:0.2,reset:0.05';
const HINT = `Each entry is kind:probability; kinds are ${Object.keys(FAULT_KINDS).join(', ')}.`;

/** Reads `500:0.2,429:0.1,reset:0.05`. @throws {UsageError} naming `--faults` */
export function parseFaults(text: string): Faults {
  const faults = text.split(',').map((entry) => parseEntry(entry.trim()));
  const repeated = faults.find(({ kind }, index) => faults.findIndex((other) => other.kind === kind) !== index);
  if (repeated !== undefined) throw usage(`${repeated.kind} is given twice`);

  const sum = faults.reduce((total, { probability }) => total + probability, 0);
  // Sums such as 0.1 + 0.2 + 0.7 are off by a few last bits.
  if (sum > 1 + 1e-9) throw usage(`the probabilities add up to ${Number(sum.toFixed(6))}, expected at most 1`);
  return faults;
}

function parseEntry(entry: string): Faults[number] {
  const [name = '', digits, ...rest] = entry.split(':').map((part) => part.trim());
  if (digits === undefined || rest.length > 0) throw usage(`${quote(entry)} is no entry, ${EXPECTED}`);

  const kind = parseKind(name);
  if (kind === undefined) throw usage(`${quote(name)} is no kind of fault, ${EXPECTED}`);

  const probability = /^(\d+(\.\d*)?|\.\d+)(e-\d+)?$/i.test(digits) ? Number(digits) : NaN;
  if (!(probability <= 1)) {
    throw usage(`${quote(digits)} is no probability of ${name}, expected a number from 0 to 1`);
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

/** Draws once: which fault strikes the next request, if any. */
export function drawFault(faults: Faults, random: Random): Fault | undefined {
  let rest = random();
  for (const { kind, probability } of faults) {
    if (rest < probability) return { kind, position: rest / probability };
    rest -= probability;
  }
  return undefined;
}
