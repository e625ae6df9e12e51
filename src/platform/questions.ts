import type { Environment, InputStream } from './environment.ts';
import { InterruptedError } from '../domain/errors.ts';
import { abortable } from '../util/abort.ts';

type World = Pick<Environment, 'stdin' | 'stderr' | 'onSignal'>;

/** Asks questions at a terminal, which provides line editing. */
export interface Questions {
  /**
   * @param text without control characters except newlines
   * @returns the answer without its newline; undefined if stdin has ended
   * @throws {InterruptedError} if a signal arrives instead of an answer
   */
  readonly ask: (text: string) => Promise<string | undefined>;
}

/** Returns whether stdin and stderr are terminals. */
export function canAsk({ stdin, stderr }: Pick<World, 'stdin' | 'stderr'>): boolean {
  return stdin.isTTY && stderr.isTTY;
}

/**
 * Asks a yes/no question; the default is no.
 * @throws {InterruptedError} if a signal arrives instead of an answer
 */
export async function confirm(text: string, environment: World): Promise<boolean> {
  const answer = await createQuestions(environment).ask(`${text} [y/N] `);
  return /^y(es)?$/i.test((answer ?? '').trim());
}

/** Creates the questions of one conversation: a line typed ahead answers the next question. */
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
    // The error message starts on a new line.
    await stderr.write('\n');
    throw error;
  } finally {
    stopListening();
  }
}
