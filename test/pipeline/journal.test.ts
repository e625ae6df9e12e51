import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';

import { InterruptedError } from '../../src/domain/errors.ts';
import type { Receipt } from '../../src/domain/receipt.ts';
import { createJournalReader, formatEntry, type Journal, openJournal, parseEntry } from '../../src/pipeline/journal.ts';
import { RECEIPT_FACTS } from '../support/run-facts.ts';
import { createFiles, type Files } from '../../src/platform/files.ts';
import type { LockedFile } from '../../src/platform/locked-file.ts';
import { createVirtualClock, START } from '../support/clock.ts';
import { rejectionOf, thrownBy, errorFields } from '../support/thrown.ts';

const API = 'https://api.example/v1';
const HASH = 'a'.repeat(64);
const OTHER_HASH = 'b'.repeat(64);

function receipt(site: string, fields: Partial<Receipt> = {}): Receipt {
  const sent = { status: 200, outages: 2, attempts: 1, sha256: HASH, elapsedMs: 12.3 };
  return { ...RECEIPT_FACTS, site, outcome: 'accepted', ...sent, ...fields };
}

const line = (site: string, fields: Partial<Receipt> = {}, api = API): string =>
  formatEntry(receipt(site, fields), api, START);

const NOT_SENT = receipt('a', {
  ...{ outcome: 'not-sent', status: null, attempts: 0, sha256: null, outages: null, elapsedMs: 0 },
  error: { code: 5, message: 'no \u009b connection', hint: 'try again' },
});

/** Reads the text in chunks of `size` bytes that share one buffer. */
function read(text: string | Uint8Array, size = 65536) {
  const bytes = Buffer.from(text);
  const reader = createJournalReader('--journal j', { api: API, sites: ['a', 'b', 'é'] });
  const memory = Buffer.alloc(Math.min(size, bytes.length));
  for (let start = 0; start < bytes.length; start += size) {
    const length = bytes.copy(memory, 0, start, start + size);
    reader.push(memory.subarray(0, length));
  }
  const { accepted, ...end } = reader.end();
  return { accepted: Object.fromEntries(accepted), ...end };
}

describe('a journal line', () => {
  it('holds the receipt, the API and the time', () => {
    expect(line('a')).to.equal(
      `{"time":"2026-01-02T03:04:05.678Z","api":"${API}","site":"a","status":200,"outcome":"accepted","outages":2,` +
        `"attempts":1,"sha256":"${HASH}","elapsedMs":12}\n`,
    );
    const error = '"error":{"code":5,"message":"no \\u009b connection","hint":"try again"}}\n';
    expect(formatEntry(NOT_SENT, API, START).endsWith(`"sha256":null,"elapsedMs":0,${error}`)).to.equal(true);
  });

  it('is read back unchanged', () => {
    const { site, status, outcome, outages, attempts, sha256, elapsedMs, error } = NOT_SENT;
    const sent = { site, status, outcome, outages, attempts, sha256, elapsedMs, error };
    const entry = { ...sent, time: '2026-01-02T03:04:05.678Z', api: API };
    expect(parseEntry(Buffer.from(formatEntry(NOT_SENT, API, START)))).to.deep.equal(entry);
  });

  it('is rejected in any other form', () => {
    const others = [
      '',
      'x',
      '{}',
      'null',
      '[]',
      line('a').replace('"accepted"', '"perhaps"'),
      line('a').replace('time', 'date'),
    ];
    for (const other of others) expect(parseEntry(Buffer.from(other)), other).to.equal(undefined);
    expect(parseEntry(Buffer.from(line('é'), 'latin1'))).to.equal(undefined);
  });
});

describe('a journal reader', () => {
  it('returns the sites whose last list was accepted', () => {
    const text = [
      line('a'),
      line('b'),
      line('b', { outcome: 'refused', status: 400, sha256: OTHER_HASH }),
      line('é', { outcome: 'unknown', status: null }),
      line('é', { sha256: OTHER_HASH }),
      line('stranger'),
    ].join('');
    for (const size of [1, 7, 256, 65536]) {
      expect(read(text, size)).to.deep.equal({
        accepted: { a: HASH, é: OTHER_HASH },
        size: Buffer.byteLength(text),
        ending: 'complete',
      });
    }
  });

  it('ignores the receipts of another API', () => {
    const text =
      line('a') + line('a', { outcome: 'refused', status: 400 }, 'https://other.example') + line('b', {}, `${API}/x`);
    expect(read(text).accepted).to.deep.equal({ a: HASH });
  });

  for (const outcome of ['refused', 'failed', 'unknown'] as const) {
    it(`forgets an accepted list after a receipt with the outcome ${outcome}`, () => {
      expect(read(line('a') + line('a', { outcome })).accepted).to.deep.equal({});
    });
  }

  it('keeps an accepted list after a receipt of a site to which nothing was sent', () => {
    expect(read(line('a') + formatEntry(NOT_SENT, API, START)).accepted).to.deep.equal({ a: HASH });
  });

  it('accepts an empty file as a new journal', () => {
    expect(read('')).to.deep.equal({ accepted: {}, size: 0, ending: 'complete' });
  });

  it('ignores a truncated last line, and counts one that lacks only its newline', () => {
    const last = Buffer.from(line('é'));
    for (const before of ['', line('a')]) {
      for (let length = 1; length < last.length - 1; length++) {
        expect(
          read(Buffer.concat([Buffer.from(before), last.subarray(0, length)])),
          `after ${length} bytes`,
        ).to.deep.equal({
          accepted: before === '' ? {} : { a: HASH },
          size: before.length,
          ending: 'torn',
        });
      }
    }
    const text = line('a') + line('é').trimEnd();
    expect(read(text)).to.deep.equal({
      accepted: { a: HASH, é: HASH },
      size: Buffer.byteLength(text),
      ending: 'without newline',
    });
  });

  it('ignores zeros after the last line, as a power failure may leave them', () => {
    expect(read(`${line('a')}\0\0\0`).ending).to.equal('torn');
    expect(read(`${line('a')}${line('b').slice(0, 30)}\0\0`).ending).to.equal('torn');
  });

  const refused: readonly [name: string, text: string | Uint8Array, line: number][] = [
    ['a text', 'one\ntwo\n', 1],
    ['a text without a newline', 'one', 1],
    ['an empty line', `${line('a')}\n`, 2],
    ['a receipt as submit prints it', '{"site":"a","status":200,"outcome":"accepted","outages":2}\n', 1],
    ['JSON without a newline', '{"time":"2026-01-02T03:04:05.678Z"}', 1],
    ['JSON with a time, without a newline', '{"time":"2026-01-02T03:04:05.678Z","api":"x","site":"a"}', 1],
    ['other text after the last line', `${line('a')}# the end`, 2],
    ['a torn line in the middle', `${line('a')}${line('b').slice(0, 50)}\n${line('b')}`, 2],
    ['only zeros', '\0\0\0', 1],
    ['a byte order mark', `\ufeff${line('a')}`, 1],
    ['bytes that are not UTF-8', Buffer.from(line('é'), 'latin1'), 1],
    ['an endless line', `{"time":"${'0'.repeat(1_100_000)}`, 1],
  ];
  for (const [name, text, number] of refused) {
    it(`rejects ${name}`, () => {
      expect(errorFields(thrownBy(() => read(text)))).to.deep.equal({
        type: 'UsageError',
        message: `--journal j: not a journal: line ${number} is not a journaled receipt`,
        hint: 'the file was not changed: name a new file, or one that only --journal has written',
      });
    });
  }
});

describe('openJournal', () => {
  let folder = '';
  const failures: unknown[] = [];
  const options = {
    ...{ api: API, sites: ['a', 'b'], signal: new AbortController().signal },
    onFailure: (error: unknown) => failures.push(error),
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kraken-journal-'));
    failures.length = 0;
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** Opens the journal `j`; operations of the file can be replaced. */
  function open(replace: (file: LockedFile) => Partial<LockedFile> = () => ({}), clock = createVirtualClock('all')) {
    const files = createFiles({ cwd: () => folder });
    const openLocked: Files['openLocked'] = async (path) => {
      const file = await files.openLocked(path);
      return { ...file, ...replace(file) };
    };
    return openJournal('j', { files: { ...files, openLocked }, clock }, options);
  }
  const content = (): Promise<string> => readFile(join(folder, 'j'), 'utf8');

  it('creates a private file', async () => {
    await (await open()).close();
    expect([await content(), (await stat(join(folder, 'j'))).mode & 0o777]).to.deep.equal(['', 0o600]);
  });

  it('writes each receipt at once', async () => {
    const journal = await open();
    journal.append(receipt('a'));
    expect(await content()).to.equal(line('a'));
    journal.append(receipt('b'));
    expect(await content()).to.equal(line('a') + line('b'));
    await journal.close();
  });

  it('does not write receipts of sites that are unchanged', async () => {
    const journal = await open();
    journal.append(receipt('a', { outcome: 'unchanged' }));
    await journal.close();
    expect(await content()).to.equal('');
  });

  it('repairs the last line', async () => {
    const repaired = [
      [line('a') + line('b').slice(0, 99), line('a')],
      [line('a') + line('b').trimEnd(), line('a') + line('b')],
    ] as const;
    for (const [before, after] of repaired) {
      await writeFile(join(folder, 'j'), before);
      const journal = await open();
      journal.append(receipt('é'));
      await journal.close();
      expect(await content()).to.equal(after + line('é'));
    }
  });

  it('returns which lists were accepted', async () => {
    await writeFile(join(folder, 'j'), line('a'));
    const journal = await open();
    expect([
      journal.wasAccepted('a', HASH),
      journal.wasAccepted('a', OTHER_HASH),
      journal.wasAccepted('b', HASH),
    ]).to.deep.equal([true, false, false]);
    await journal.close();
  });

  it('syncs at most every 100 ms, and once more at the end if needed', async () => {
    const events: string[] = [];
    const clock = createVirtualClock([100]);
    const journal = await open(
      (file) => ({
        append(bytes) {
          events.push('append');
          file.append(bytes);
        },
        async sync() {
          events.push('sync');
          await file.sync();
        },
      }),
      clock,
    );
    journal.append(receipt('a'));
    journal.append(receipt('b'));
    await clock.held(100);
    expect(clock.pending()).to.equal(1);
    clock.expire(100);
    journal.append(receipt('a'));
    await journal.close();
    expect(events).to.deep.equal(['append', 'append', 'sync', 'append', 'sync']);
    expect(clock.pending()).to.equal(0);
  });

  it('is on disk and unlocked after close, even if it is closed twice', async () => {
    let isSynced = false;
    const journal = await open((file) => ({
      async sync() {
        await file.sync();
        isSynced = true;
      },
    }));
    journal.append(receipt('a'));
    await Promise.all([journal.close(), journal.close()]);
    expect(isSynced).to.equal(true);
    await (await open()).close();
  });

  const full = (): never => {
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  };
  const failing: Readonly<Record<string, (file: LockedFile) => Partial<LockedFile>>> = {
    'a write': () => ({ append: full }),
    'a sync': () => ({ sync: () => Promise.resolve().then(full) }),
    'the close': (file) => ({ close: () => file.close().then(full) }),
  };
  for (const [what, replace] of Object.entries(failing)) {
    it(`reports once that ${what} failed`, async () => {
      const journal: Journal = await open(replace);
      journal.append(receipt('a'));
      journal.append(receipt('b'));
      await journal.close();
      expect(failures.map(errorFields)).to.deep.equal([
        {
          type: 'UsageError',
          message: '--journal j: cannot write: no space left on device',
          hint: 'no further list was sent; fix the problem, then run again to submit the other sites',
        },
      ]);
      expect(journal.failure()).to.equal(failures[0]);
    });
  }

  it('writes nothing after a failed write', async () => {
    let calls = 0;
    const journal = await open(() => ({
      append() {
        calls++;
        full();
      },
    }));
    journal.append(receipt('a'));
    journal.append(receipt('b'));
    await journal.close();
    expect([calls, await content()]).to.deep.equal([1, '']);
  });

  it('does not change a file that is not a journal, and unlocks it', async () => {
    await writeFile(join(folder, 'j'), `${line('a')}no journal`);
    const before = await stat(join(folder, 'j'));
    for (let times = 0; times < 2; times++) {
      expect(errorFields(await rejectionOf(open()))).to.deep.include({
        message: '--journal j: not a journal: line 2 is not a journaled receipt',
      });
    }
    const after = await stat(join(folder, 'j'));
    expect([await content(), after.mtimeMs]).to.deep.equal([`${line('a')}no journal`, before.mtimeMs]);
  });

  it('rejects a file that is in use', async () => {
    const journal = await open();
    expect(errorFields(await rejectionOf(open()))).to.deep.equal({
      type: 'UsageError',
      message: `--journal j: in use by another process (pid ${process.pid})`,
      hint: 'wait until that run has ended, or name another file',
    });
    await journal.close();
  });

  it('stops reading when the run is interrupted', async () => {
    await writeFile(join(folder, 'j'), line('a'));
    const reason = new InterruptedError('SIGINT');
    const environment = { files: createFiles({ cwd: () => folder }), clock: createVirtualClock() };
    const opening = openJournal('j', environment, { ...options, signal: AbortSignal.abort(reason) });
    expect(await rejectionOf(opening)).to.equal(reason);
  });
});
