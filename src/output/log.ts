import type { Clock } from '../platform/clock.ts';
import type { OutputStream } from '../platform/environment.ts';
import type { AttemptEvent, NoticeEvent, SiteNoticesEvent, EventSink } from '../domain/events.ts';
import { redact } from '../util/redact.ts';
import { visible } from '../util/text.ts';
import { createChalk } from './color.ts';
import { toErrorText, type ErrorText } from './error-text.ts';
import { count, grouped } from './format-units.ts';

export interface LogOptions {
  readonly format: 'text' | 'json';
  /** Attempts, and what is behind an error, as well. */
  readonly verbose: boolean;
  /** Errors only; goes before `verbose`. */
  readonly quiet: boolean;
  readonly color: boolean;
  /** Stands before each message of the text format, such as the program's name. */
  readonly prefix?: string;
}

/** What goes to stderr to stay there. Nothing here throws or waits but `flush`. */
export interface Log {
  readonly tell: EventSink;
  error(error: unknown, site?: string): void;
  /** Resolves once everything is written, or its reader has gone. */
  flush(): Promise<void>;
}

/** One line of the text format; only the label is this program's own word. */
interface Line {
  readonly label: 'error' | 'hint' | 'note' | 'total' | 'caused by' | '';
  readonly text: string;
}

const LONGEST_CAUSE = 300;
/** Of more sites that all have the same to be told of them, people are shown so many. */
const MOST_NAMED = 3;

/** @param secrets what must never be shown, as far as it is known when a line is written */
export function createLog(
  stderr: Pick<OutputStream, 'write'>,
  clock: Pick<Clock, 'now'>,
  options: LogOptions,
  secrets: () => readonly string[],
): Log {
  const paint = createChalk(options.color);
  const styles = {
    error: paint.red.bold,
    note: paint.yellow,
    total: paint.bold,
    hint: paint.cyan,
    'caused by': paint.dim,
    '': paint.dim,
  };
  const isJson = options.format === 'json';
  const hide = (text: string): string => redact(text, secrets());
  let written = Promise.resolve();

  /** Every line goes through here: without secrets, then without control characters, then with colours. */
  const write = (text: string): void => {
    written = written.then(() => stderr.write(text)).catch(() => undefined);
  };
  const writeLines = (lines: readonly Line[]): void => {
    const start = options.prefix === undefined ? '' : `${options.prefix}: `;
    const finished = lines.map(({ label, text }) => {
      const safe = visible(hide(text));
      return label === '' ? styles[label](safe) : `${start}${styles[label](`${label}:`)} ${safe}`;
    });
    write(finished.map((line) => `${line}\n`).join(''));
  };
  const writeObject = (level: 'error' | 'notice' | 'debug', fields: Readonly<Record<string, unknown>>): void => {
    const object = { time: new Date(clock.now()).toISOString(), level, ...fields };
    const json = JSON.stringify(object, (_, value: unknown) => (typeof value === 'string' ? hide(value) : value));
    write(`${visible(json)}\n`);
  };

  return {
    tell(event) {
      if (options.quiet || event.type === 'progress') return;
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
        for (const notice of event.type === 'notice' ? [event] : gather(event)) writeLines(noticeLines(notice));
      }
    },
    error(error, site) {
      const { message, hint, code, causes, stack } = toErrorText(error);
      // Cut only what is redacted already: half a secret is one as well.
      const cause = causes.map((text) => cut(hide(text), LONGEST_CAUSE));
      const details = options.verbose ? { cause, ...(stack.length > 0 && { stack }) } : {};
      if (isJson) writeObject('error', { message, hint, site, code, ...details });
      else writeLines(errorLines({ message, hint, code, causes: cause, stack }, site, options.verbose));
    },
    flush: () => written,
  };
}

/** Of many sites, one notice that names the first. */
function gather({ notices, summary: together }: SiteNoticesEvent): readonly NoticeEvent[] {
  const [first] = notices;
  if (!first || notices.length <= MOST_NAMED) return notices;
  const named = notices.slice(0, MOST_NAMED).map(({ site }) => site);
  const more = grouped(notices.length - MOST_NAMED);
  const message = `${count(notices.length, 'site')} ${together}: ${named.join(', ')} and ${more} more`;
  const { hint } = first;
  return [{ type: 'notice', message, ...(hint !== undefined && { hint }) }];
}

function noticeLines({ message, hint, site, label = 'note' }: NoticeEvent): Line[] {
  return [
    { label, text: withSite(message, site) },
    ...(hint === undefined ? [] : [{ label: '' as const, text: `  ${hint}` }]),
  ];
}

function errorLines({ message, hint, causes, stack }: ErrorText, site: string | undefined, verbose: boolean): Line[] {
  const lines: Line[] = [{ label: 'error', text: withSite(message, site) }];
  if (hint !== undefined) lines.push({ label: 'hint', text: hint });
  if (verbose) {
    lines.push(...causes.map((text) => ({ label: 'caused by' as const, text })));
    lines.push(...stack.map((text) => ({ label: '' as const, text })));
  }
  return lines;
}

/** `GET https://…/outages  500  31 ms  attempt 2, repeated in 812 ms: the API answered 500` */
function describeAttempt({ method, url, status, milliseconds, attempt, repeatedIn, failure }: AttemptEvent): string {
  const answer = `${method} ${url}  ${status ?? 'no answer'}  ${Math.round(milliseconds)} ms  attempt ${attempt}`;
  const repeated = repeatedIn === undefined ? '' : `, repeated in ${Math.round(repeatedIn)} ms`;
  return `${answer}${repeated}${failure === undefined ? '' : `: ${failure}`}`;
}

function withSite(message: string, site: string | undefined): string {
  return site === undefined ? message : `${site}: ${message}`;
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
