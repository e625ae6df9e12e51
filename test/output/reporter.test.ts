import { expect } from 'chai';
import { describe, it } from 'mocha';

import type { Environment } from '../../src/platform/environment.ts';
import type { AttemptEvent, ProgressEvent } from '../../src/domain/events.ts';
import { describeRetry, progressText } from '../../src/output/progress-text.ts';
import { createReporter, type ReporterOptions } from '../../src/output/reporter.ts';

const OPTIONS: ReporterOptions = {
  format: 'text',
  verbose: false,
  quiet: false,
  noColor: true,
  secrets: () => ['sesame'],
};
const WAITING: ProgressEvent = { type: 'progress', task: 'outages', attempt: 2, bytes: 12_400_000, records: 108_000 };

/** Creates a stderr that records its writes, and a manual clock. */
function createWorld(columns: number, isTTY = columns > 0, env: Record<string, string> = {}) {
  const written: string[] = [];
  const timers = new Map<() => void, number>();
  let now = 0;
  const environment: Pick<Environment, 'stderr' | 'clock' | 'env'> = {
    stderr: {
      isTTY,
      columns,
      write(data) {
        written.push(String(data));
        return Promise.resolve();
      },
    },
    env,
    clock: {
      now: () => now,
      monotonic: () => now,
      after(milliseconds, callback) {
        timers.set(callback, now + milliseconds);
        return () => timers.delete(callback);
      },
    },
  };
  const pass = (milliseconds: number): void => {
    for (const end = now + milliseconds; now < end; now++) {
      for (const [callback, due] of timers) {
        if (due > now) continue;
        timers.delete(callback);
        callback();
      }
    }
  };
  /** Returns the output since the last call, with cursor movements as words and the spinner as `*`. */
  const seen = (): string[] =>
    written.splice(0).map((data) =>
      data
        .replaceAll(/\u001b\[\?2026[hl]/g, '')
        .replaceAll('\u001b[1G', '<start>')
        .replaceAll('\u001b[0K', '<clear>')
        .replaceAll(/[\u2800-\u28ff|/\\-] /g, '* '),
    );
  return { environment, pass, seen, timers };
}

describe('progressText', () => {
  const cases: readonly [event: Partial<ProgressEvent>, rate: number | undefined, text: string][] = [
    [{}, undefined, 'Waiting for outages'],
    [{ attempt: 1, bytes: 0, records: 0 }, undefined, 'Waiting for outages'],
    [{ attempt: 2 }, undefined, 'Waiting for outages (attempt 2)'],
    [
      { attempt: 2, bytes: 12_400_000, totalBytes: 114_000_000, records: 108_000 },
      60e6,
      'Waiting for outages: 12.4 MB of 114 MB, 108,000 records, 60 MB/s (attempt 2)',
    ],
    [{ task: 'site information', done: 3, of: 12 }, undefined, 'Waiting for site information: 3 of 12 sites'],
    [{ task: 'evil\u001b[2J' }, undefined, 'Waiting for evil\\u001b[2J'],
  ];
  for (const [event, rate, text] of cases) {
    it(`formats "${text}"`, () => {
      expect(progressText({ type: 'progress', task: 'outages', ...event }, rate)).to.equal(text);
    });
  }
});

describe('describeRetry', () => {
  const attempt = {
    type: 'attempt',
    method: 'POST',
    url: 'https://x/site-outages/a',
    attempt: 3,
    retries: 5,
    milliseconds: 20,
    repeatedIn: 4000,
  } as const;
  const cases: readonly [event: Partial<AttemptEvent>, left: number, text: string][] = [
    [{ status: 503 }, 3999.5, 'API answered 503, retry 3 of 5 in 4 s'],
    [{}, 1, 'no response, retry 3 of 5 in 1 s'],
    [{ status: 500, attempt: 7 }, 1000, 'API answered 500, retry 5 of 5 in 1 s'],
  ];
  for (const [event, left, text] of cases) {
    it(`formats "${text}"`, () => {
      expect(describeRetry({ ...attempt, ...event }, left)).to.equal(text);
    });
  }
});

describe('reporter on a terminal', () => {
  const TEXT = 'Waiting for outages: 12.4 MB, 108,000 records (attempt 2)';

  it('shows a retry while it waits', async () => {
    const { environment, pass, seen } = createWorld(120);
    const reporter = await createReporter(environment, OPTIONS);
    const retry = { attempt: 1, retries: 5, milliseconds: 3, status: 503, repeatedIn: 250 };
    reporter.emit({ type: 'progress', task: 'outages', attempt: 1 });
    reporter.emit({ type: 'attempt', method: 'GET', url: 'https://x/outages', ...retry });
    expect(seen()).to.deep.equal(['<start>* Waiting for outages']);
    pass(101);
    expect(seen().join()).to.match(/Waiting for outages, API answered 503, retry 1 of 5 in 1 s/);
    pass(201);
    expect(seen().at(-1)).to.not.contain('retry');
    await reporter.close();
  });

  it('draws the latest progress ten times a second, and the rate once it is known', async () => {
    const { environment, pass, seen } = createWorld(80);
    const reporter = await createReporter(environment, OPTIONS);
    reporter.emit({ ...WAITING, bytes: 1, records: 1 });
    expect(seen()).to.deep.equal(['<start>* Waiting for outages: 1 B, 1 record (attempt 2)']);
    for (let bytes = 1; bytes < 1000; bytes++) reporter.emit({ ...WAITING, bytes });
    expect(seen()).to.deep.equal([]);
    reporter.emit(WAITING);
    pass(101);
    expect(seen()).to.deep.equal([`<start><clear>* ${TEXT}`]);
    pass(800);
    expect(seen()).to.have.length(8);
    pass(101);
    expect(seen().at(-1)).to.contain('108,000 records, 12.4 MB/s (attempt 2)');
    reporter.emit({ ...WAITING, attempt: 3 });
    pass(101);
    expect(seen().at(-1)).to.contain('108,000 records (attempt 3)');
    await reporter.close();
  });

  it('erases the spinner for a line of the log, and redraws it', async () => {
    const { environment, pass, seen } = createWorld(80);
    const reporter = await createReporter(environment, OPTIONS);
    reporter.emit(WAITING);
    seen();
    reporter.emit({ type: 'notice', message: 'sesame' });
    await Promise.resolve();
    expect(seen()).to.deep.equal(['<start><clear>', 'note: [key]\n']);
    pass(101);
    expect(seen()).to.deep.equal([`<start>* ${TEXT}`]);
    await reporter.close();
  });

  it('hides the spinner after a pause until the next progress, and after close for good', async () => {
    const { environment, pass, seen, timers } = createWorld(80);
    const reporter = await createReporter(environment, OPTIONS);
    reporter.emit(WAITING);
    seen();
    await reporter.pause();
    pass(1000);
    expect(seen()).to.deep.equal(['<start><clear>']);
    reporter.emit(WAITING);
    expect(seen()).to.deep.equal([`<start>* ${TEXT}`]);
    await reporter.close();
    expect(timers.size).to.equal(0);
    reporter.emit(WAITING);
    pass(1000);
    expect(seen()).to.deep.equal(['<start><clear>']);
    expect(timers.size).to.equal(0);
    reporter.error(new Error('late'));
    await reporter.close();
    expect(seen().join('')).to.match(/^error: internal error: late\n/);
  });

  it('has written every line when pause resolves', async () => {
    const { environment, seen } = createWorld(80);
    const reporter = await createReporter(environment, OPTIONS);
    for (const message of ['one', 'two', 'three']) reporter.emit({ type: 'notice', message });
    expect(seen()).to.deep.equal([]);
    await reporter.pause();
    expect(seen()).to.deep.equal(['note: one\n', 'note: two\n', 'note: three\n']);
    await reporter.close();
  });

  it('fits the width of the terminal', async () => {
    const { environment, seen } = createWorld(20);
    const reporter = await createReporter(environment, OPTIONS);
    reporter.emit(WAITING);
    expect(seen()).to.deep.equal(['<start>* Waiting for outa…']);
    await reporter.close();
  });
});

describe('reporter without a terminal', () => {
  const cases: readonly [name: string, world: ReturnType<typeof createWorld>, options: Partial<ReporterOptions>][] = [
    ['in a pipe', createWorld(0), {}],
    ['on a terminal without columns', createWorld(0, true), {}],
    ['on a dumb terminal', createWorld(80, true, { TERM: 'dumb' }), {}],
    ['when quiet', createWorld(80), { quiet: true }],
    ['when the log is json', createWorld(80), { format: 'json' }],
  ];
  for (const [name, { environment, seen, timers }, options] of cases) {
    it(`draws nothing ${name}`, async () => {
      const reporter = await createReporter(environment, { ...OPTIONS, ...options });
      reporter.emit(WAITING);
      await reporter.pause();
      await reporter.close();
      expect(seen()).to.deep.equal([]);
      expect(timers.size).to.equal(0);
    });
  }
});
