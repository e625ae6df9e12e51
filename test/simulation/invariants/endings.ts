import type { Run } from '../run-world.ts';
import type { Truth } from '../truth/truth.ts';

const USAGE = 2;
const CONFIGURATION = 3;
const UNREACHABLE = 5;
const MIXED = 8;

/** Checks that the program ends by itself and leaves no timers, listeners, files or requests. */
export function* checkEnding(run: Run): Iterable<string> {
  if (run.ending === 'hangs') yield 'the program has not ended, and no timer is left';
  if (run.ending === 'throws') yield `main has thrown ${String(run.thrown)}`;
  if (run.ending !== 'ended') return;
  if (run.timersLeft.length > 0) yield `timers are left: ${run.timersLeft.join(', ')} ms`;
  if (run.listenersLeft > 0) yield `${run.listenersLeft} listeners for signals are left`;
  if (run.stdin.isOpen()) yield 'stdin is still read';
  if (run.files.temporaries.size > 0) yield `temporary files are left: ${[...run.files.temporaries].join(', ')}`;
  if (run.files.locked.size > 0) yield `files are locked: ${[...run.files.locked].join(', ')}`;
  const pending = run.exchanges.filter(({ ending }) => ending === 'pending');
  if (pending.length > 0) yield `${pending.length} requests are still under way`;
}

/** Checks that the exit code is one of the correct ones. */
export function* checkExitCode(run: Run, truth: Truth): Iterable<string> {
  const { code } = run;
  if (code === undefined) return;
  const right = rightCodes(run, truth);
  if (!right.includes(code)) yield `the exit code is ${code}, expected ${right.join(' or ')}`;
}

function rightCodes(run: Run, { codes, document }: Truth): readonly number[] {
  const { signal, world } = run;
  const right = [...codes];
  const isPrinting = document !== undefined && world.output === 'stdout';
  if (isPrinting && run.stdout.failure() === 'full') right.splice(0, right.length, USAGE);
  const isTooSlow = run.elapsed >= world.settings.deadline && run.stdout.hasStalled();
  if (isPrinting && isTooSlow) right.push(UNREACHABLE);
  if (run.files.failed.length > 0 || run.stdin.hasFailed()) right.push(USAGE, CONFIGURATION, MIXED);
  if (!signal) return right;
  const signalled = signal.name === 'SIGINT' ? 130 : 143;
  // A signal after the last site is done changes nothing.
  const isReported = /: (?:interrupted|terminated)/.test(run.stdout.text() + run.stderr.text());
  const isLate = world.command !== 'submit' || right.includes(0) || signal.at >= world.settings.deadline || !isReported;
  return isLate
    ? [...right, signalled]
    : [signalled, ...right.filter((code) => code === USAGE || code === CONFIGURATION)];
}
