import { toJson, visible } from '../util/text.ts';
import { createChalk } from './color.ts';
import type { FormatOptions } from './format.ts';
import { align, widthOf } from './width.ts';

/** What became of a step that was tried; nothing of it is fit for a terminal yet. */
export interface CheckResult {
  readonly step: string;
  readonly outcome: 'ok' | 'failed' | 'skipped';
  /** What holds, or what is wrong. */
  readonly message?: string;
  /** What to do about it. */
  readonly hint?: string;
  /** Of a failure, the exit code. */
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

export type CheckFormat = (finding: CheckResult, options: FormatOptions) => string;

/** Every format of `config check`, by its name. */
export const CHECK_FORMATS: Readonly<Record<'text' | 'json', CheckFormat>> = {
  text: renderText,
  json: (finding) => `${toJson(finding)}\n`,
};

const LOOKS = {
  ok: { symbol: '✓', word: 'ok', color: 'green' },
  failed: { symbol: '✗', word: 'failed', color: 'red' },
  skipped: { symbol: '-', word: 'skipped', color: 'dim' },
} as const;

const STEP_WIDTH = 10;
const WORD_WIDTH = 7;

/** A line for people, and what to do about a failure on a line below it. */
function renderText({ step, outcome, message = '', hint }: CheckResult, { color }: FormatOptions): string {
  const { symbol, word, color: name } = LOOKS[outcome];
  const paint = createChalk(color);
  const shown = visible(step);
  const facts = [
    paint[name](`${symbol} ${align(word, WORD_WIDTH, 'left')}`),
    align(shown, Math.max(STEP_WIDTH, widthOf(shown)), 'left'),
    visible(message),
  ];
  const advice = hint === undefined ? '' : `  ${paint.cyan('hint:')} ${visible(hint)}\n`;
  return `${facts.join('  ').trimEnd()}\n${advice}`;
}
