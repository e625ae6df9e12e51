import type { Environment, Signal } from '../../src/platform/environment.ts';
import { main } from '../../src/main.ts';
import { createMemoryFiles, type MemoryFiles } from './simulated/memory-files.ts';
import { createNetwork, type Exchange } from './simulated/simulated-network.ts';
import { createSignals } from './simulated/simulated-signals.ts';
import { createTrace } from './simulated/trace.ts';
import { type Captured, createOutput, createStdin, type Piped } from './simulated/simulated-streams.ts';
import { createVirtualTime } from './simulated/virtual-time.ts';
import { setUp, type Setup } from './world/set-up.ts';
import { createRandomSource } from './world/random-source.ts';
import { CWD, HOME } from './world/paths.ts';
import { createWorld, type World } from './world/create-world.ts';
import { trackedFetch } from '../support/tracked-fetch.ts';

/** A run of the program in a simulated world and its results. Times are milliseconds since its start. */
export interface Run {
  readonly world: World;
  readonly setup: Setup;
  /** `killed`: by a second signal, or by one before the program had a listener. */
  readonly ending: 'ended' | 'killed' | 'hangs' | 'throws';
  /** The exit code; undefined if the program did not end by itself. */
  readonly code: number | undefined;
  readonly thrown: unknown;
  readonly exchanges: readonly Exchange[];
  readonly stdout: Captured;
  readonly stderr: Captured;
  readonly stdin: Piped;
  readonly files: MemoryFiles;
  /** The signal that the program received. */
  readonly signal: { readonly name: Signal; readonly at: number } | undefined;
  readonly elapsed: number;
  /** Milliseconds of the timers that were not cancelled. */
  readonly timersLeft: readonly number[];
  readonly listenersLeft: number;
  readonly trace: readonly string[];
}

/** @param isVerbose whether to record the trace */
export async function runWorld(seed: number, isVerbose = false): Promise<Run> {
  const world = createWorld(seed);
  const { faultRates, terminals } = world;
  const setup = setUp(world, createRandomSource(seed + 0x10000001));
  const random = createRandomSource(seed + 0x20000003);
  const time = createVirtualTime(world.wallStart);
  const trace = createTrace(time, isVerbose);
  const special = ['/dev/tube', '/work/snapshot.pipe'];
  const files = createMemoryFiles(
    { cwd: CWD, files: setup.files, special, faults: faultRates.disk },
    time,
    random,
    trace,
  );
  const stdout = createOutput('stdout', terminals.stdout, faultRates.streams, time, random, trace);
  const stderr = createOutput('stderr', terminals.stderr, faultRates.streams, time, random, trace);
  const stdin = createStdin(setup.stdin, faultRates.disk, time, random);
  const network = createNetwork(world, setup.key, time, random, trace);
  const signals = createSignals();
  const environment: Environment = {
    stdin,
    stdout,
    stderr,
    env: setup.env,
    cwd: () => CWD,
    home: HOME,
    files,
    clock: time.clock,
    random: random.next,
    fetch: trackedFetch(network.fetch),
    onSignal: signals.onSignal,
  };

  let ending: Run['ending'] = 'hangs';
  let code: number | undefined;
  let thrown: unknown;
  let signal: Run['signal'];
  trace.log(() => `kraken-outages ${setup.argv.join(' ')}`);
  void main(setup.argv, environment).then(
    (result) => {
      code = result;
      ending = 'ended';
    },
    (error: unknown) => {
      thrown = error;
      ending = 'throws';
    },
  );
  await time.pass(
    () => ending !== 'hangs',
    (step) => {
      for (const jump of world.jumps) if (jump.step === step) time.jump(jump.milliseconds);
      const sent = world.signals.filter((planned) => planned.step === step);
      for (const { name } of sent) {
        trace.log(() => name);
        if (signals.send(name)) signal = { name, at: time.elapsed() };
        else ending = 'killed';
      }
      return sent.length > 0;
    },
  );
  return {
    world,
    setup,
    ending,
    code,
    thrown,
    exchanges: network.exchanges,
    stdout,
    stderr,
    stdin,
    files,
    signal,
    elapsed: time.elapsed(),
    timersLeft: time.programTimers(),
    listenersLeft: signals.listeners(),
    trace: trace.lines,
  };
}
