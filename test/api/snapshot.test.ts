import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';

import { createIdIndex } from '../../src/api/json-reader/id-index.ts';
import { openSnapshot, type Snapshot } from '../../src/api/snapshot.ts';
import type { InputStream } from '../../src/platform/environment.ts';
import { createFiles } from '../../src/platform/files.ts';
import { InterruptedError } from '../../src/domain/errors.ts';
import type { RunEvent } from '../../src/domain/events.ts';
import { inputOf, testEnvironment } from '../support/environment.ts';
import { rejectionOf, errorFields } from '../support/thrown.ts';
import '../support/unhandled.ts';

const HINT = 'create it again: kraken-outages fetch --site ID --output FILE';
const UTF_16_HINT = 'Windows PowerShell 5 saves redirected output as UTF-16: use fetch --output FILE';
const TIME = '2022-05-23T12:21:27.377Z';
const outages = ['a', 'b', 'a'].map((id) => ({ id, begin: TIME, end: TIME }));
const S = { id: 's', name: 'S', devices: [{ id: 'a', name: 'A' }] };
const T = { id: 't', name: 'T', devices: [], extra: [1] };
const snapshot = { outages, sites: [S, T] };

const never = new AbortController().signal;

describe('snapshot', () => {
  let folder = '';
  let variable: string | undefined;
  let opened: Snapshot[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kraken-snapshot-'));
    await mkdir(join(folder, 'tmp'));
    variable = process.env['TMPDIR'];
    // A temporary file has no name, so that it cannot outlive the process.
    process.env['TMPDIR'] = join(folder, 'tmp');
  });
  afterEach(async () => {
    await Promise.all(opened.map((each) => each.close()));
    opened = [];
    if (variable === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = variable;
    await rm(folder, { recursive: true });
  });

  async function open(
    path: string,
    stdin = inputOf(''),
    signal = never,
    emit: (event: RunEvent) => void = () => undefined,
  ) {
    const found = await openSnapshot(path, testEnvironment({ cwd: folder, stdin }), signal, emit);
    opened.push(found);
    return found;
  }

  /** Opens a file with this content. */
  async function openText(text: string | Uint8Array): Promise<Snapshot> {
    await writeFile(join(folder, 'saved.json'), text);
    return open('saved.json');
  }

  function temporaryFiles(): Promise<string[]> {
    return readdir(join(folder, 'tmp'));
  }

  /** Returns the outages of the requested devices, the counts, and the name of the site `s`. */
  async function contentOf(from: Snapshot, wanted?: readonly string[]) {
    let pauses = 0;
    const { visitor, counts } = await from.outages(() => {
      const found: unknown[] = [];
      return {
        wanted: wanted && createIdIndex(wanted),
        found,
        element: ({ position, bytes }: { readonly position: number; readonly bytes: Uint8Array }) =>
          found.push([position, JSON.parse(Buffer.from(bytes).toString())]),
        pause() {
          pauses++;
          return Promise.resolve();
        },
      };
    });
    const { records, invalidSkipped } = counts;
    const { name } = await from.siteInfo('s');
    return { found: visitor.found, counts: { records, invalidSkipped }, hasPaused: pauses > 0, site: name };
  }

  const whole = {
    found: outages.map((outage, position) => [position, outage]),
    counts: { records: 3, invalidSkipped: 0 },
    hasPaused: true,
    site: 'S',
  };

  describe('is read from', () => {
    const texts: readonly [what: string, text: string][] = [
      ['as fetch writes it', JSON.stringify(snapshot)],
      ['pretty-printed', JSON.stringify(snapshot, null, 2)],
      ['with its sites first', JSON.stringify({ sites: [S, T], outages })],
      ['with a byte order mark', `\ufeff${JSON.stringify(snapshot)}`],
      ['with unknown members', JSON.stringify({ made: { by: ['hand'] }, ...snapshot, more: null })],
    ];
    for (const [what, text] of texts) {
      it(`a file ${what}`, async () => {
        const saved = await openText(text);
        expect(await contentOf(saved)).to.deep.equal(whole);
        expect(await contentOf(saved, ['b'])).to.deep.equal({
          ...whole,
          found: [[1, outages[1]]],
        });
        expect(saved.filter).to.equal(undefined);
        expect(await temporaryFiles()).to.deep.equal([]);
      });
    }

    it('a file with a site larger than a chunk', async () => {
      const large = { ...S, extra: 'x'.repeat(600_000) };
      const from = await openText(JSON.stringify({ outages, sites: [large] }));
      expect((await from.siteInfo('s')).devices).to.deep.equal(S.devices);
    });

    it('a file until the signal is aborted while a site is decoded', async () => {
      const stop = new AbortController();
      const reason = new InterruptedError('SIGINT');
      await writeFile(join(folder, 'saved.json'), JSON.stringify(snapshot));
      const opening = open('saved.json', undefined, stop.signal, () => {
        stop.abort(reason);
      });
      expect(await rejectionOf(opening)).to.equal(reason);
    });

    it('stdin, through a temporary file', async () => {
      const saved = await open('-', inputOf(JSON.stringify(snapshot)));
      expect(await contentOf(saved)).to.deep.equal(whole);
      expect(await contentOf(saved)).to.deep.equal(whole);
      await saved.close();
      expect(await temporaryFiles()).to.deep.equal([]);
    });

    it('stdin only if a temporary file can be created', async () => {
      await rm(join(folder, 'tmp'), { recursive: true });
      expect(errorFields(await rejectionOf(open('-', inputOf(JSON.stringify(snapshot)))))).to.deep.equal({
        type: 'UsageError',
        message: '--snapshot -: a temporary file: no such file or directory',
        hint: 'check the path and its permissions',
      });
    });

    it('a pipe, through a temporary file', async () => {
      const pipe = join(folder, 'pipe');
      await promisify(execFile)('mkfifo', [pipe]);
      const [saved] = await Promise.all([open('pipe'), writeFile(pipe, JSON.stringify(snapshot))]);
      expect(await contentOf(saved)).to.deep.equal(whole);
      expect(await contentOf(saved)).to.deep.equal(whole);
      await saved.close();
      expect(await temporaryFiles()).to.deep.equal([]);
    });

    it('a large file, in chunks', async () => {
      const many = Array.from({ length: 20_000 }, (_, i) => ({ id: `d${i}`, begin: TIME, end: TIME }));
      const events: RunEvent[] = [];
      await writeFile(join(folder, 'large.json'), JSON.stringify({ outages: many, sites: [S] }));
      const saved = await open('large.json', undefined, never, (event) => events.push(event));
      const { found, counts } = await contentOf(saved, ['d19999', 'd0']);
      expect(found).to.deep.equal([
        [0, many[0]],
        [19_999, many[19_999]],
      ]);
      expect(counts.records).to.equal(20_000);
      expect(events.length).to.be.above(10);
      expect(events[0]).to.include({ type: 'progress', task: 'the snapshot' });
    });
  });

  it('counts invalid outages that no requested device can have, and emits the others', async () => {
    const odd = [{ id: 'a', begin: 'x', end: TIME }, { id: 'z', begin: 'x', end: TIME }, { begin: TIME }, 7];
    const saved = await openText(JSON.stringify({ outages: odd, sites: [S] }));
    const { found, counts } = await contentOf(saved, ['a']);
    expect(found).to.deep.equal([
      [0, odd[0]],
      [2, odd[2]],
      [3, odd[3]],
    ]);
    expect(counts).to.deep.equal({ records: 4, invalidSkipped: 1 });
  });

  it('returns the filter that it was created with', async () => {
    const cutoff = '2022-01-01T00:00:00Z';
    const narrowed = await openText(JSON.stringify({ ...snapshot, cutoff, cutoffInclusive: true }));
    expect(narrowed.filter).to.deep.equal({ cutoff, cutoffInclusive: true });
    const before = await openText(JSON.stringify({ cutoff, ...snapshot }));
    expect(before.filter).to.deep.equal({ cutoff, cutoffInclusive: false });
  });

  it('rejects a site that it does not contain', async () => {
    const saved = await openText(JSON.stringify(snapshot));
    for (const site of ['nowhere', '__proto__', 'S', '']) {
      expect(errorFields(await rejectionOf(saved.siteInfo(site)))).to.deep.equal({
        type: 'InvalidDataError',
        message: `--snapshot saved.json: sites: no site "${site}"`,
        hint: HINT,
      });
    }
  });

  describe('is rejected', () => {
    const texts: readonly [what: string, text: string | Uint8Array, problem: string][] = [
      ['if it is empty', '', 'invalid JSON at byte 0: unexpected end of data'],
      ['if it is truncated', JSON.stringify(snapshot).slice(0, -1), ': unexpected end of data'],
      ['if it is truncated within a record', JSON.stringify(snapshot).slice(0, 40), ': unexpected end of data'],
      ['if data follows it', `${JSON.stringify(snapshot)}{}`, ': unexpected data after the JSON value'],
      ['if it is not JSON', 'site,name\n', 'invalid JSON at byte 0: expected a value'],
      ['if it is not UTF-8', Buffer.from('{"outages":["é"],"sites":[]}', 'latin1'), 'invalid UTF-8 in record 0'],
      [
        'if it is UTF-16',
        Buffer.from(`\ufeff${JSON.stringify(snapshot)}`, 'utf16le'),
        'saved as UTF-16; save as UTF-8',
      ],
      ['if it is a list', JSON.stringify(outages), 'expected an object, received an array'],
      ['without outages', JSON.stringify({ sites: [S] }), 'outages: expected an array, received nothing'],
      ['without sites', JSON.stringify({ outages }), 'sites: expected an array, received nothing'],
      [
        'with sites of another type',
        JSON.stringify({ outages, sites: {} }),
        'sites: expected an array, received an object',
      ],
      [
        'with an invalid site',
        JSON.stringify({ outages, sites: [S, { id: 't', devices: [] }] }),
        'sites[1]: name: expected a value, received nothing',
      ],
      ['with a duplicate site', JSON.stringify({ outages, sites: [S, T, S] }), 'sites[2].id: duplicate site "s"'],
      ['with a duplicate key', `{"outages":[],"sites":[],"outages":[]}`, 'duplicate key "outages"'],
      [
        'with an invalid cutoff',
        JSON.stringify({ ...snapshot, cutoff: 'x' }),
        'cutoff: expected an RFC 3339 time such as 2022-05-23T12:21:27.377Z, received "x"',
      ],
      [
        'with an invalid cutoffInclusive',
        JSON.stringify({ ...snapshot, cutoff: TIME, cutoffInclusive: 1 }),
        'cutoffInclusive: expected a boolean, received 1',
      ],
    ];
    for (const [what, text, problem] of texts) {
      it(what, async () => {
        const error = await rejectionOf(openText(text));
        const hint = what === 'if it is UTF-16' ? UTF_16_HINT : HINT;
        expect(errorFields(error)).to.include({ type: 'InvalidDataError', hint });
        const { message } = error instanceof Error ? error : { message: '' };
        expect(message).to.satisfy((words: string) => words.startsWith('--snapshot saved.json: '));
        expect(message).to.satisfy((words: string) => words.endsWith(problem), message);
      });
    }

    it('if it does not exist', async () => {
      expect(errorFields(await rejectionOf(open('nowhere.json')))).to.deep.equal({
        type: 'UsageError',
        message: '--snapshot nowhere.json: no such file or directory',
        hint: 'check the path and its permissions',
      });
      expect(errorFields(await rejectionOf(open('.')))).to.include({ message: '--snapshot .: is a directory' });
    });

    it('without leaving a temporary file', async () => {
      expect(errorFields(await rejectionOf(open('-', inputOf('{"outages":['))))).to.include({
        message: '--snapshot -: invalid JSON at byte 12: unexpected end of data',
      });
      expect(await temporaryFiles()).to.deep.equal([]);
    });

    it('if it was replaced or changed after its sites were read', async () => {
      const text = JSON.stringify(snapshot);
      const path = join(folder, 'saved.json');
      const changes: readonly (() => Promise<void>)[] = [
        async () => {
          await writeFile(`${path}.new`, text);
          await rename(`${path}.new`, path);
        },
        () => writeFile(path, `${text} `),
        async () => {
          const { atime, mtime } = await stat(path);
          await writeFile(path, text.replace('"A"', '"B"'));
          await utimes(path, atime, mtime);
        },
      ];
      for (const change of changes) {
        const from = await openText(text);
        await change();
        expect(errorFields(await rejectionOf(contentOf(from)))).to.deep.equal({
          type: 'UsageError',
          message: '--snapshot saved.json: changed while it was read',
          hint: 'run it again',
        });
      }
    });

    it('if its sites differ on the second read, even with the same metadata', async () => {
      const files = createFiles({ cwd: () => folder });
      let reads = 0;
      const chunks = (): AsyncIterable<Uint8Array> => {
        const sites = [{ ...S, name: `S ${++reads}` }];
        return inputOf(JSON.stringify({ outages, sites })).chunks();
      };
      await writeFile(join(folder, 'saved.json'), '');
      const environment = testEnvironment({ cwd: folder, files: { ...files, chunks } });
      const from = await openSnapshot('saved.json', environment, never, () => undefined);
      expect(errorFields(await rejectionOf(contentOf(from)))).to.include({
        type: 'UsageError',
        message: '--snapshot saved.json: changed while it was read',
      });
    });

    it('if it no longer exists on the second read', async () => {
      const saved = await openText(JSON.stringify(snapshot));
      await rm(join(folder, 'saved.json'));
      expect(errorFields(await rejectionOf(contentOf(saved)))).to.include({
        type: 'UsageError',
        message: '--snapshot saved.json: no such file or directory',
      });
    });
  });

  describe('is abandoned if the run is aborted', () => {
    const reason = new InterruptedError('SIGINT');

    it('before it is read', async () => {
      await writeFile(join(folder, 'saved.json'), JSON.stringify(snapshot));
      const error = await rejectionOf(open('saved.json', undefined, AbortSignal.abort(reason)));
      expect(error).to.equal(reason);
    });

    it('while it waits for stdin', async () => {
      const controller = new AbortController();
      const stdin: InputStream = {
        ...inputOf(''),
        async *chunks() {
          yield Buffer.from('{"outages":[');
          setImmediate(() => {
            controller.abort(reason);
          });
          await new Promise(() => undefined);
        },
      };
      const error = await rejectionOf(open('-', stdin, controller.signal));
      expect(error).to.equal(reason);
      expect(await temporaryFiles()).to.deep.equal([]);
    });
  });
});
