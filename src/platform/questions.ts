import type { Environment, InputStream } from './environment.ts';
import { InterruptedError } from '../domain/errors.ts';
import { abortable } from '../util/abort.ts';

type World = Pick<Environment, 'stdin' | 'stderr' | 'onSignal'>;

/** Asks a person at a terminal; the terminal itself lets them edit their line. */
export interface Questions {
  /**
   * @param text harmless, without control characters but newlines
   * @returns the answer without its newline; undefined where there is none, as stdin has ended
   * @throws {InterruptedError} where a signal comes in place of an answer
   */
  readonly ask: (text: string) => Promise<string | undefined>;
}

/** Whether there is a person to ask. */
export function canAsk({ stdin, stderr }: Pick<World, 'stdin' | 'stderr'>): boolean {
  return stdin.isTTY && stderr.isTTY;
}

/**
 * Asks a question that Enter answers with no.
 * @throws {InterruptedError} if a signal arrives instead of an answer
 */
export async function confirm(text: string, environment: World): Promise<boolean> {
  const answer = await createQuestions(environment).ask(`${text} [y/N] `);
  return /^y(es)?$/i.test((answer ?? '').trim());
}

/** For one conversation: what was typed ahead of a question is its answer. */
export function createQuestions(environment: World): Questions {
  const { stdin, stderr } = environment;
  const lines = linesOf(stdin)[Symbol.asyncIterator]();
  return {
    async ask(text) {
      const { value, done } = await unlessInterrupted(environment, async () => {
        await stderr.write(text);
        return lines.next();
      });
      return done === true ? undefined : value;
    },
  };
}

async function* linesOf(stdin: InputStream): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stdin.chunks()) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n/);
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

async function unlessInterrupted<T>({ stderr, onSignal }: World, wait: () => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stopListening = onSignal((signal) => {
    controller.abort(new InterruptedError(signal));
  });
  try {
    return await abortable(wait(), controller.signal);
  } catch (error) {
    // What is said of it begins on a line of its own.
    await stderr.write('\n');
    throw error;
  } finally {
    stopListening();
  }
}
