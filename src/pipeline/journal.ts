/** The journal of `submit --journal`: one receipt per line, in the order in which the submissions ended. */

import * as v from 'valibot';

import { fileError, messageOf, UsageError } from '../domain/errors.ts';
import type { Receipt } from '../domain/receipt.ts';
import type { Clock } from '../platform/clock.ts';
import type { Files } from '../platform/files.ts';
import type { LockedFile } from '../platform/locked-file.ts';
import { FileInUseError } from '../platform/file-lock.ts';
import { describeErrno } from '../util/errno.ts';
import { toJson } from '../util/text.ts';

export interface Journal {
  /** Whether the API accepted this list of the site in an earlier run, and no other list since. */
  wasAccepted(site: string, sha256: string): boolean;
  /** Returns the hash of that list; undefined if there is none. */
  acceptedHash(site: string): string | undefined;
  /** Writes the receipt at once. Never throws: the first error goes to `onFailure`, and nothing is written after it. */
  append(receipt: Receipt): void;
  /** Returns the first error, if any. */
  failure(): UsageError | undefined;
  /** Resolves once every receipt is on disk and the file is unlocked. Never throws; later calls do nothing. */
  close(): Promise<void>;
}

export interface JournalOptions {
  /** Origin and path of the API, which the receipts belong to. */
  readonly api: string;
  /** The sites of this run: memory does not grow with the others in the journal. */
  readonly sites: readonly string[];
  readonly onFailure: (error: UsageError) => void;
  /** Deadline and interrupts; they end the reading. */
  readonly signal: AbortSignal;
}

/** A receipt as the journal holds it. */
const entrySchema = v.object({
  /** When it was written: RFC 3339, UTC. */
  time: v.string(),
  api: v.string(),
  site: v.string(),
  status: v.nullable(v.number()),
  outcome: v.picklist(['accepted', 'refused', 'failed', 'unknown', 'not-sent']),
  outages: v.nullable(v.number()),
  attempts: v.number(),
  sha256: v.nullable(v.string()),
  elapsedMs: v.number(),
  error: v.optional(v.object({ code: v.number(), message: v.string(), hint: v.optional(v.string()) })),
});

export type JournalEntry = v.InferOutput<typeof entrySchema>;

const SYNC_INTERVAL_MS = 100;
const MAX_LINE_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;
/** The start of every line, with each digit as 0. */
const START = '{"time":"0000-00-00T00:00:00.000Z","api":"';
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Returns the line of a receipt. @param now milliseconds since 1970 */
export function formatEntry(receipt: Receipt, api: string, now: number): string {
  const { site, status, outcome, outages, attempts, sha256, error } = receipt;
  const elapsedMs = Math.round(receipt.elapsedMs);
  const time = new Date(now).toISOString();
  return `${toJson({ time, api, site, status, outcome, outages, attempts, sha256, elapsedMs, ...(error && { error }) })}\n`;
}

/** Returns undefined if the line, without its newline, is not a journaled receipt. */
export function parseEntry(line: Uint8Array): JournalEntry | undefined {
  const value = parseJson(line);
  return v.is(entrySchema, value) ? value : undefined;
}

/** The content of a journal, read in one pass. */
export interface JournalReader {
  /** @throws {UsageError} if it is not a journal */
  push(chunk: Uint8Array): void;
  /** @throws {UsageError} if it is not a journal */
  end(): JournalContent;
}

export interface JournalContent {
  /** The sites whose last list was accepted, with its hash. */
  readonly accepted: ReadonlyMap<string, string>;
  /** Bytes of the complete lines, the last of which may lack its newline. */
  readonly size: number;
  /** Whether the file ends after a complete line, within a line, or without the last newline. */
  readonly ending: 'complete' | 'torn' | 'without newline';
}

/** Creates a reader of the journal's content. @param where begins the message of an error */
export function createJournalReader(
  where: string,
  { api, sites }: Pick<JournalOptions, 'api' | 'sites'>,
): JournalReader {
  const wanted = new Set(sites);
  const accepted = new Map<string, string>();
  let rest: Uint8Array = new Uint8Array();
  let size = 0;
  let lines = 0;

  function notJournal(): UsageError {
    return new UsageError(`${where}: not a journal: line ${lines + 1} is not a journaled receipt`, {
      hint: 'the file was not changed: name a new file, or one that only --journal has written',
    });
  }

  function add(entry: JournalEntry): void {
    const { site, outcome, sha256 } = entry;
    // If nothing was sent, the API still has the earlier list.
    if (outcome === 'not-sent' || entry.api !== api || !wanted.has(site)) return;
    if (outcome === 'accepted' && sha256 !== null) accepted.set(site, sha256);
    else accepted.delete(site);
  }

  function addLine(line: Uint8Array): void {
    const entry = parseEntry(line);
    if (!entry) throw notJournal();
    add(entry);
    lines++;
    size += line.length + 1;
  }

  return {
    push(chunk) {
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
        const line = chunk.subarray(start, end);
        addLine(rest.length === 0 ? line : Buffer.concat([rest, line]));
        rest = new Uint8Array();
        start = end + 1;
      }
      rest = Buffer.concat([rest, chunk.subarray(start)]);
      if (rest.length > MAX_LINE_BYTES) throw notJournal();
    },
    end() {
      if (rest.length === 0) return { accepted, size, ending: 'complete' };
      const entry = parseEntry(rest);
      if (!entry) {
        if (isTorn(rest, lines > 0)) return { accepted, size, ending: 'torn' };
        throw notJournal();
      }
      add(entry);
      return { accepted, size: size + rest.length, ending: 'without newline' };
    },
  };
}

/** Returns whether the bytes after the last newline are the start of a line. @param hasLines whether lines precede them */
function isTorn(bytes: Uint8Array, hasLines: boolean): boolean {
  // After a power failure, a file may end in zeros.
  const text = Buffer.from(bytes).toString('latin1').replace(/\0+$/, '');
  if (text === '') return hasLines;
  const start = text.slice(0, START.length).replace(/\d/g, '0');
  // The start of a JSON object is never complete JSON itself.
  return START.startsWith(start) && parseJson(bytes) === undefined;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined;
  }
}

/**
 * Opens the journal at the path, repairs its last line, and locks it until `close`. A missing file is created.
 * @throws {UsageError} if it is not a journal, in use, or cannot be read and written; the signal's reason
 */
export async function openJournal(
  path: string,
  { files, clock }: { readonly files: Files; readonly clock: Clock },
  options: JournalOptions,
): Promise<Journal> {
  const where = `--journal ${path}`;
  const file = await openLocked(files, path, where);
  try {
    const reader = createJournalReader(where, options);
    for await (const chunk of file.chunks()) {
      options.signal.throwIfAborted();
      reader.push(chunk);
    }
    const { accepted, size, ending } = reader.end();
    if (ending === 'torn') await file.truncate(size);
    if (ending === 'without newline') file.append(Uint8Array.of(NEWLINE));
    return createJournal(file, accepted, { ...options, clock, where });
  } catch (error) {
    await file.close().catch(() => undefined);
    throw fileError(where, error);
  }
}

async function openLocked(files: Files, path: string, where: string): Promise<LockedFile> {
  try {
    return await files.openLocked(path);
  } catch (cause) {
    if (!(cause instanceof FileInUseError)) throw fileError(where, cause);
    throw new UsageError(`${where}: ${cause.message}`, {
      cause,
      hint: 'wait until that run has ended, or name another file',
    });
  }
}

function createJournal(
  file: LockedFile,
  accepted: ReadonlyMap<string, string>,
  { api, clock, where, onFailure }: JournalOptions & { readonly clock: Clock; readonly where: string },
): Journal {
  let failure: UsageError | undefined;
  let isUnsynced = true;
  let cancelSync: (() => void) | undefined;
  let syncing: Promise<void> | undefined;
  let closing: Promise<void> | undefined;

  function fail(cause: unknown): void {
    if (failure) return;
    failure = new UsageError(`${where}: cannot write: ${describeErrno(cause) ?? messageOf(cause)}`, {
      cause,
      hint: 'no further list was sent; fix the problem, then run again to submit the other sites',
    });
    onFailure(failure);
  }

  function scheduleSync(): void {
    isUnsynced = true;
    if (syncing || closing) return;
    cancelSync ??= clock.after(SYNC_INTERVAL_MS, () => {
      cancelSync = undefined;
      syncing = sync().then(() => {
        syncing = undefined;
        if (isUnsynced) scheduleSync();
      });
    });
  }

  async function sync(): Promise<void> {
    isUnsynced = false;
    try {
      await file.sync();
    } catch (error) {
      fail(error);
    }
  }

  async function close(): Promise<void> {
    cancelSync?.();
    await syncing;
    if (isUnsynced && !failure) await sync();
    await file.close().catch(fail);
  }

  return {
    wasAccepted: (site, sha256) => accepted.get(site) === sha256,
    acceptedHash: (site) => accepted.get(site),
    append(receipt) {
      if (failure || receipt.outcome === 'unchanged') return;
      try {
        file.append(Buffer.from(formatEntry(receipt, api, clock.now())));
        scheduleSync();
      } catch (error) {
        fail(error);
      }
    },
    failure: () => failure,
    close: () => (closing ??= close()),
  };
}
