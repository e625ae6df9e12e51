import type { InputStream, OutputStream } from '../../../src/platform/environment.ts';
import { ClosedPipeError, UsageError } from '../../../src/domain/errors.ts';
import type { Dice } from '../world/dice.ts';
import type { Story } from './trace.ts';
import type { VirtualTime } from './virtual-time.ts';

/** An output, and what arrived on its other side. */
export interface Captured extends OutputStream {
  text(): string;
  /** Why it takes no more. */
  failure(): 'closed' | 'full' | undefined;
  /** Whether its reader kept a write waiting for longer than an aborted run waits. */
  hasStalled(): boolean;
  /** Milliseconds that its reader took. */
  busy(): number;
}

/** As long an aborted run waits for a write. */
const OUTPUT_GRACE_MS = 500;

/** @param faults the probability that a write is the first that fails; then all do */
export function createOutput(
  name: 'stdout' | 'stderr',
  isTTY: boolean,
  faults: number,
  time: VirtualTime,
  dice: Dice,
  story: Story,
): Captured {
  const written: Uint8Array[] = [];
  const columns = isTTY ? dice.pick([80, 80, 20, 3, 0]) : 0;
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
      if (failure === undefined && dice.chance(faults)) {
        failure = dice.pick(['closed', 'closed', 'full']);
        written.push(startOf(bytes, dice));
        story.tell(() => `${name}: ${failure ?? ''}`);
      }
      if (failure === 'closed') throw new ClosedPipeError(new Error('write EPIPE'));
      if (failure === 'full') throw new UsageError(`${name} cannot be written: ENOSPC`, { hint: 'write elsewhere' });
      written.push(bytes);
      story.tell(() => `${name}: ${JSON.stringify(Buffer.from(bytes).toString())}`);
      const milliseconds = dice.chance(0.05) ? dice.scaled(1, 10_000) : 0;
      busy += milliseconds;
      hasStalled ||= milliseconds >= OUTPUT_GRACE_MS;
      await time.wait(milliseconds);
    },
  };
}

/** What still arrives of a write that fails: whole characters. */
function startOf(bytes: Uint8Array, dice: Dice): Uint8Array {
  let end = dice.integer(0, bytes.length);
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}

/** A stdin that can be read once. */
export interface Piped extends InputStream {
  isOpen(): boolean;
  hasFailed(): boolean;
  busy(): number;
}

export function createStdin(text: string | undefined, faults: number, time: VirtualTime, dice: Dice): Piped {
  let isOpen = false;
  let hasFailed = false;
  let busy = 0;
  return {
    // Nobody sits there: what is missing is an error, and no question.
    isTTY: false,
    isOpen: () => isOpen,
    hasFailed: () => hasFailed,
    busy: () => busy,
    async *chunks() {
      isOpen = true;
      const bytes = new TextEncoder().encode(text);
      for (let start = 0; start < bytes.length;) {
        const milliseconds = dice.chance(0.5) ? dice.scaled(1, 5000) : 0;
        busy += milliseconds;
        await time.wait(milliseconds);
        if (dice.chance(faults)) {
          hasFailed = true;
          throw Object.assign(new Error('EIO: read'), { code: 'EIO' });
        }
        const end = start + dice.integer(1, bytes.length - start);
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
