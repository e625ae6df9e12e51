import { UsageError } from '../domain/errors.ts';
import { count, toSize } from './format-units.ts';
import type { FormatName } from './formats.ts';

const TEXT_FORMATS: readonly FormatName[] = ['table', 'timeline', 'json', 'ndjson', 'csv'];

/** The formats that the extension of an output file allows; the first one is inferred. */
const FORMATS_BY_EXTENSION: ReadonlyMap<string, readonly [FormatName, ...FormatName[]]> = new Map([
  ['json', ['json']],
  ['ndjson', ['ndjson']],
  ['jsonl', ['ndjson']],
  ['csv', ['csv']],
  ['txt', ['table', ...TEXT_FORMATS]],
  ['html', ['html']],
  ['htm', ['html']],
  ['svg', ['svg']],
]);

/** Returns whether the output is a file, not stdout. */
export function isFile(output: string | undefined): output is string {
  return output !== undefined && output !== '-';
}

/** Returns the formats that the extension of the file allows; undefined for any other name, and for stdout. */
function formatsFor(output: string | undefined): readonly [FormatName, ...FormatName[]] | undefined {
  const [, extension = ''] = /\.([^./\\]+)$/.exec(output ?? '') ?? [];
  return FORMATS_BY_EXTENSION.get(extension.toLowerCase());
}

/**
 * Returns the format of `--format`, or else that of the extension of `--output`, or else JSON.
 * @throws {UsageError} if the two do not match
 */
export function chooseFormat(format: FormatName | undefined, output: string | undefined): FormatName {
  const allowed = formatsFor(output);
  if (format === undefined) return allowed?.[0] ?? 'json';
  if (!allowed || allowed.includes(format)) return format;
  throw new UsageError(`--format ${format} does not match --output ${output ?? ''} (${allowed[0]})`, {
    hint: 'leave out --format, or give the file another extension',
  });
}

/** Checks that the name of a file fits JSON. @throws {UsageError} */
export function assertJsonFile(output: string | undefined): void {
  const allowed = formatsFor(output);
  if (!allowed || allowed.includes('json')) return;
  throw new UsageError(`--output ${output ?? ''}: fetch writes JSON, not ${allowed[0]}`, {
    hint: 'name a .json file; preview writes other formats, also with --snapshot',
  });
}

/** `Wrote report.html (12.4 kB, 18 outages)`, with the format if the file's name does not say it: `Wrote x.xls (json, …)`. */
export function describeWritten(output: string, format: FormatName, bytes: number, outages: number): string {
  const unnamed = formatsFor(output) ? '' : `${format}, `;
  return `Wrote ${output} (${unnamed}${toSize(bytes)}, ${count(outages, 'outage')})`;
}
