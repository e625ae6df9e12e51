import { toJson, visible } from '../util/text.ts';
import { createChalk } from './chalk.ts';
import type { FormatOptions } from './format.ts';
import { align, widthOf, wrap } from './width.ts';

/** The result of one check. Its texts may hold control characters. */
export interface CheckResult {
  readonly step: string;
  readonly outcome: 'ok' | 'failed' | 'skipped';
  /** A detail of a success, or the error. */
  readonly message?: string;
  /** How to fix a failure. */
  readonly hint?: string;
  /** Exit code of a failure. */
  readonly code?: number;
}

/** Returns the result with its texts, which may quote the API, passed through `redact`. */
export function redactResult(result: CheckResult, redact: (text: string) => string): CheckResult {
  const { step, message, hint } = result;
  return {
    ...result,
    step: redact(step),
    ...(message !== undefined && { message: redact(message) }),
    ...(hint !== undefined && { hint: redact(hint) }),
  };
}

export type CheckFormat = (result: CheckResult, options: FormatOptions) => string;

/** The formats of `config check`. */
export const CHECK_FORMATS: Readonly<Record<'text' | 'json', CheckFormat>> = {
  text: renderText,
  json: (result) => `${toJson(result)}\n`,
};

const OUTCOME_STYLES = {
  ok: { symbol: '✓', word: 'ok', color: 'green' },
  failed: { symbol: '✗', word: 'failed', color: 'red' },
  skipped: { symbol: '-', word: 'skipped', color: 'dim' },
} as const;

const STEP_CELLS = 10;
const WORD_CELLS = 7;
const MIN_MESSAGE_CELLS = 20;
/** Indents a message below its step. */
const INDENT_CELLS = 4;

/**
 * One line, or more if the message is too wide for the terminal, and the hint of a failure on the next. A message with little
 * room beside its step starts on a line of its own.
 */
function renderText({ step, outcome, message = '', hint }: CheckResult, { columns, color }: FormatOptions): string {
  const { symbol, word, color: colorName } = OUTCOME_STYLES[outcome];
  const paint = createChalk(color);
  const name = visible(step);
  const text = visible(message);
  const mark = `${symbol} ${align(word, WORD_CELLS, 'left')}`;
  const label = align(name, Math.max(STEP_CELLS, widthOf(name)), 'left');
  const start = widthOf(`${mark}  ${label}  `);
  const room = columns - start;
  const isBelow = columns > 0 && room < Math.min(MIN_MESSAGE_CELLS, widthOf(text));
  const indent = ' '.repeat(isBelow ? INDENT_CELLS : start);
  const lines = wrap(text, columns === 0 ? 0 : columns - indent.length);
  const body = (isBelow ? ['', ...lines] : lines).join(`\n${indent}`);
  const hintLine = hint === undefined ? '' : `  ${paint.cyan('hint:')} ${visible(hint)}\n`;
  return `${`${paint[colorName](mark)}  ${isBelow ? name : `${label}  `}${body}`.trimEnd()}\n${hintLine}`;
}
