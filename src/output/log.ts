import type { ChalkInstance } from 'chalk';

import type { Clock } from '../platform/clock.ts';
import type { OutputStream } from '../platform/environment.ts';
import type { AttemptEvent, EventSink, NoticeEvent, SiteFailure, SiteNoticesEvent } from '../domain/events.ts';
import { redact } from '../util/redact.ts';
import { visible } from '../util/text.ts';
import { toErrorText, type ErrorText } from './error-text.ts';
import { count, grouped } from './format-units.ts';

export interface LogOptions {
  readonly format: 'text' | 'json';
  /** Log every HTTP attempt and the cause of errors. */
  readonly verbose: boolean;
  /** Log errors only; overrides `verbose`. */
  readonly quiet: boolean;
  readonly color: boolean;
  /** Write errors of the text format as annotations of GitHub Actions. */
  readonly annotations?: boolean;
  /** Prefix of each message in the text format, such as the program's name. */
  readonly prefix?: string;
}

/** Returns fields for a line of the JSON format. @param time the time of the line, RFC 3339, UTC */
export type AddedFields = (time: string) => Readonly<Record<string, string>>;

/** The log on stderr. Only `flush` waits; nothing throws. */
export interface Log {
  readonly emit: EventSink;
  error(error: unknown, site?: string): void;
  /**
   * Logs failures: grouped by cause in the text format, one by one in the JSON format.
   * @param options.hints whether to add the hints
   */
  failures(failures: readonly SiteFailure[], options: { readonly hints: boolean }): Promise<void>;
  /** Adds these fields to each line of the JSON format from now on. */
  setFields(fields: AddedFields): void;
  /** Resolves once everything is written, or the reader has closed stderr. */
  flush(): Promise<void>;
}

/** One line of the text format. The text may quote data from outside. */
interface Line {
  readonly label: 'error' | 'hint' | 'note' | 'total' | 'caused by' | '';
  readonly text: string;
}

const MAX_CAUSE_CHARS = 300;
/** Maximum number of site ids listed in a grouped notice. */
const MAX_LISTED_SITES = 3;

/** @param secrets returns the secrets to redact, as known when a line is written */
export async function createLog(
  stderr: Pick<OutputStream, 'write'>,
  clock: Pick<Clock, 'now'>,
  options: LogOptions,
  secrets: () => readonly string[],
): Promise<Log> {
  const styles = options.color ? createStyles((await import('./chalk.ts')).createChalk(true)) : undefined;
  const paint = (label: Line['label'], text: string): string => styles?.[label](text) ?? text;
  const isJson = options.format === 'json';
  const annotate = options.annotations ? (await import('./github-actions.ts')).renderAnnotation : undefined;
  const hideSecrets = (text: string): string => redact(text, secrets());
  let pending = Promise.resolve();
  let addedFields: AddedFields = () => ({});

  const write = (text: string): void => {
    pending = pending.then(() => stderr.write(text)).catch(() => undefined);
  };
  /** Redacts secrets first, then escapes control characters, then adds colours. */
  const writeLines = (lines: readonly Line[]): void => {
    const prefix = options.prefix === undefined ? '' : `${options.prefix}: `;
    const formatted = lines.map(({ label, text }) => {
      const safe = visible(hideSecrets(text));
      return label === '' ? paint(label, safe) : `${prefix}${paint(label, `${label}:`)} ${safe}`;
    });
    write(formatted.map((line) => `${line}\n`).join(''));
  };
  const writeError = (lines: readonly Line[]): void => {
    const annotated = annotate ? lines.filter(({ label }) => label === 'error' || label === 'hint') : [];
    if (annotate) {
      const texts = annotated.map(({ label, text }) => (label === 'error' ? text : `${label}: ${text}`));
      write(`${annotate(texts.map((text) => visible(hideSecrets(text))))}\n`);
    }
    if (lines.length > annotated.length) writeLines(lines.slice(annotated.length));
  };
  const writeObject = (level: 'error' | 'notice' | 'debug', fields: Readonly<Record<string, unknown>>): void => {
    const time = new Date(clock.now()).toISOString();
    const object = { time, level, ...addedFields(time), ...fields };
    const json = JSON.stringify(object, (_, value: unknown) =>
      typeof value === 'string' ? hideSecrets(value) : value,
    );
    write(`${visible(json)}\n`);
  };

  const describe = (error: unknown) => {
    const { causes, ...text } = toErrorText(error);
    // Redact before cutting: a part of a secret would not be recognized.
    return { ...text, causes: causes.map((cause) => cut(hideSecrets(cause), MAX_CAUSE_CHARS)) };
  };
  const logError = (error: unknown, site?: string): void => {
    const text = describe(error);
    const { message, hint, code, causes: cause, stack } = text;
    const details = options.verbose ? { cause, ...(stack.length > 0 && { stack }) } : {};
    if (isJson) writeObject('error', { message, hint, site, code, ...details });
    else writeError(errorLines({ ...text, message: withSite(message, site) }, options.verbose));
  };

  return {
    emit(event) {
      if (options.quiet || event.type === 'progress' || event.type === 'rate-limit') return;
      if (event.type === 'attempt') {
        if (!options.verbose) return;
        const message = describeAttempt(event);
        if (isJson) writeObject('debug', { message, ...event, type: undefined });
        else writeLines([{ label: '', text: message }]);
      } else if (isJson) {
        for (const { message, hint, site } of event.type === 'notice' ? [event] : event.notices) {
          writeObject('notice', { message, hint, site });
        }
      } else {
        for (const notice of event.type === 'notice' ? [event] : groupNotices(event)) writeLines(noticeLines(notice));
      }
    },
    error: logError,
    async failures(failures, { hints }) {
      if (isJson) {
        for (const { site, error } of failures) logError(error, site);
        return;
      }
      if (failures.length === 0) return;
      const { groupFailures } = await import('./failure-groups.ts');
      for (const { message, hint, first } of groupFailures(failures)) {
        writeError(errorLines({ ...describe(first.error), message, hint: hints ? hint : undefined }, options.verbose));
      }
    },
    setFields(fields) {
      addedFields = fields;
    },
    flush: () => pending,
  };
}

/** Returns one notice that lists the first sites if there are many. */
function groupNotices({ notices, summary }: SiteNoticesEvent): readonly NoticeEvent[] {
  const [first] = notices;
  if (!first || notices.length <= MAX_LISTED_SITES) return notices;
  const listed = notices.slice(0, MAX_LISTED_SITES).map(({ site }) => site);
  const more = grouped(notices.length - MAX_LISTED_SITES);
  const message = `${count(notices.length, 'site')} ${summary}: ${listed.join(', ')} and ${more} more`;
  const { hint } = first;
  return [{ type: 'notice', message, ...(hint !== undefined && { hint }) }];
}

function noticeLines({ message, hint, site, label = 'note' }: NoticeEvent): Line[] {
  return [
    { label, text: withSite(message, site) },
    ...(hint === undefined ? [] : [{ label: '' as const, text: `  ${hint}` }]),
  ];
}

function errorLines({ message, hint, causes, stack }: ErrorText, verbose: boolean): Line[] {
  const lines: Line[] = [{ label: 'error', text: message }];
  if (hint !== undefined) lines.push({ label: 'hint', text: hint });
  if (verbose) {
    lines.push(...causes.map((text) => ({ label: 'caused by' as const, text })));
    lines.push(...stack.map((text) => ({ label: '' as const, text })));
  }
  return lines;
}

/** `GET https://…/outages  500  31 ms  attempt 2, retrying in 812 ms: the API responded with 500` */
function describeAttempt({ method, url, status, milliseconds, attempt, repeatedIn, failure }: AttemptEvent): string {
  const result = `${method} ${url}  ${status ?? 'no response'}  ${Math.round(milliseconds)} ms  attempt ${attempt}`;
  const retry = repeatedIn === undefined ? '' : `, retrying in ${Math.round(repeatedIn)} ms`;
  return `${result}${retry}${failure === undefined ? '' : `: ${failure}`}`;
}

function withSite(message: string, site: string | undefined): string {
  return site === undefined ? message : `${site}: ${message}`;
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

function createStyles(chalk: ChalkInstance): Readonly<Record<Line['label'], (text: string) => string>> {
  return {
    error: chalk.red.bold,
    note: chalk.yellow,
    total: chalk.bold,
    hint: chalk.cyan,
    'caused by': chalk.dim,
    '': chalk.dim,
  };
}
