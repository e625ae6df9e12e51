import type { Environment, Signal } from '../../src/platform/environment.ts';
import { main } from '../../src/main.ts';
import { createMemoryFiles, type MemoryFiles } from './simulated/memory-files.ts';
import { createNetwork, type Exchange } from './simulated/simulated-network.ts';
import { createSignals } from './simulated/simulated-signals.ts';
import { createStory } from './simulated/trace.ts';
import { type Captured, createOutput, createStdin, type Piped } from './simulated/simulated-streams.ts';
import { createVirtualTime } from './simulated/virtual-time.ts';
import { setUp, type Setup } from './world/set-up.ts';
import { createDice } from './world/dice.ts';
import { CWD, HOME } from './world/paths.ts';
import { createWorld, type World } from './world/create-world.ts';

/** One run of the program in a world, and all that was seen of it. Times are milliseconds since its start. */
export interface Run {
  readonly world: World;
  readonly setup: Setup;
  /** `killed`: by a second signal, or by one before the program listens. */
  readonly ending: 'ended' | 'killed' | 'hangs' | 'throws';
  /** The exit code; undefined where the program did not end by itself. */
  readonly code: number | undefined;
  readonly thrown: unknown;
  readonly exchanges: readonly Exchange[];
  readonly stdout: Captured;
  readonly stderr: Captured;
  readonly stdin: Piped;
  readonly files: MemoryFiles;
  /** The signal that the program was told of. */
  readonly signal: { readonly name: Signal; readonly at: number } | undefined;
  readonly elapsed: number;
  /** Milliseconds of the timers that nobody called off. */
  readonly timersLeft: readonly number[];
  readonly listenersLeft: number;
  readonly story: readonly string[];
}

/** @param isTold whether the story is written down */
export async function runWorld(seed: number, isTold = false): Promise<Run> {
  const world = createWorld(seed);
  const { weather, terminals } = world;
  const setup = setUp(world, createDice(seed + 0x10000001));
  const dice = createDice(seed + 0x20000003);
  const time = createVirtualTime(world.wallStart);
  const story = createStory(time, isTold);
  const special = ['/dev/tube', '/work/snapshot.pipe'];
  const files = createMemoryFiles({ cwd: CWD, files: setup.files, special, faults: weather.disk }, time, dice, story);
  const stdout = createOutput('stdout', terminals.stdout, weather.streams, time, dice, story);
  const stderr = createOutput('stderr', terminals.stderr, weather.streams, time, dice, story);
  const stdin = createStdin(setup.stdin, weather.disk, time, dice);
  const network = createNetwork(world, setup.key, time, dice, story);
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
    random: dice.random,
    fetch: network.fetch,
    onSignal: signals.onSignal,
  };

  let ending: Run['ending'] = 'hangs';
  let code: number | undefined;
  let thrown: unknown;
  let signal: Run['signal'];
  story.tell(() => `kraken-outages ${setup.argv.join(' ')}`);
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
        story.tell(() => name);
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
    story: story.lines,
  };
}
