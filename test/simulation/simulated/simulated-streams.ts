import type { InputStream, OutputStream } from '../../../src/platform/environment.ts';
import { ClosedPipeError, UsageError } from '../../../src/domain/errors.ts';
import type { RandomSource } from '../world/random-source.ts';
import type { Trace } from './trace.ts';
import type { VirtualTime } from './virtual-time.ts';

/** An output stream and the data that its reader received. */
export interface Captured extends OutputStream {
  text(): string;
  /** The reason why writes fail. */
  failure(): 'closed' | 'full' | undefined;
  /** Whether a write took longer than an aborted run waits. */
  hasStalled(): boolean;
  /** Total milliseconds of all writes. */
  busy(): number;
}

/** How long an aborted run waits for a write. */
const OUTPUT_GRACE_MS = 500;

/** @param faults the probability that a write, and all after it, fail */
export function createOutput(
  name: 'stdout' | 'stderr',
  isTTY: boolean,
  faults: number,
  time: VirtualTime,
  random: RandomSource,
  trace: Trace,
): Captured {
  const written: Uint8Array[] = [];
  const columns = isTTY ? random.pick([80, 80, 20, 3, 0]) : 0;
  let failure: 'closed' | 'full' | undefined;
  let busy = 0;
  let hasStalled = false;
  return {
    isTTY,
    columns,
    text: () => Buffer.concat(written).toString(),
    failure: () => failure,
    hasStalled: () => hasStalled,
    busy: () => busy,
    async write(data) {
      const bytes = typeof data === 'string' ? Buffer.from(data) : data.slice();
      if (failure === undefined && random.chance(faults)) {
        failure = random.pick(['closed', 'closed', 'full']);
        written.push(startOf(bytes, random));
        trace.log(() => `${name}: ${failure ?? ''}`);
      }
      if (failure === 'closed') throw new ClosedPipeError(new Error('write EPIPE'));
      if (failure === 'full')
        throw new UsageError(`${name} cannot be written: ENOSPC`, { hint: 'write to another file or device' });
      written.push(bytes);
      trace.log(() => `${name}: ${JSON.stringify(Buffer.from(bytes).toString())}`);
      const milliseconds = random.chance(0.05) ? random.scaled(1, 10_000) : 0;
      busy += milliseconds;
      hasStalled ||= milliseconds >= OUTPUT_GRACE_MS;
      await time.wait(milliseconds);
    },
  };
}

/** Returns the part of a failed write that still arrives: complete characters. */
function startOf(bytes: Uint8Array, random: RandomSource): Uint8Array {
  let end = random.integer(0, bytes.length);
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}

/** A stdin that can be read once. */
export interface Piped extends InputStream {
  isOpen(): boolean;
  hasFailed(): boolean;
  busy(): number;
}

export function createStdin(text: string | undefined, faults: number, time: VirtualTime, random: RandomSource): Piped {
  let isOpen = false;
  let hasFailed = false;
  let busy = 0;
  return {
    // No prompts: a missing setting is an error.
    isTTY: false,
    isOpen: () => isOpen,
    hasFailed: () => hasFailed,
    busy: () => busy,
    async *chunks() {
      isOpen = true;
      const bytes = new TextEncoder().encode(text);
      for (let start = 0; start < bytes.length;) {
        const milliseconds = random.chance(0.5) ? random.scaled(1, 5000) : 0;
        busy += milliseconds;
        await time.wait(milliseconds);
        if (random.chance(faults)) {
          hasFailed = true;
          throw Object.assign(new Error('EIO: read'), { code: 'EIO' });
        }
        const end = start + random.integer(1, bytes.length - start);
        yield bytes.slice(start, end);
        start = end;
      }
    },
    keys() {
      throw new Error('nobody is to be asked in a simulated world');
    },
    close() {
      isOpen = false;
    },
  };
}
