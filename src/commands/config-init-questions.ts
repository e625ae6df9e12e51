/** The questions that `config init` asks at a terminal for the values that no flag gives. */
import { askForKey } from '../config/ask-for-key.ts';
import { openCredentials } from '../config/credentials.ts';
import { check, type RawValue } from '../config/raw-value.ts';
import { isReference } from '../config/references.ts';
import { type SettingDefinition, SETTINGS, type SettingName } from '../config/settings.ts';
import { ConfigurationError, UsageError } from '../domain/errors.ts';
import { createQuestions } from '../platform/questions.ts';
import type { Context } from './command.ts';

/** The values for the new file by setting. */
export type Answers = Map<SettingName, readonly RawValue[]>;

/** An empty answer takes the default, or leaves the setting out. The key is asked for after the API's URL. */
const QUESTIONS = [
  { name: 'apiUrl', question: 'API base URL including its path (https://…)' },
  { name: 'apiKey', question: 'API key (hidden), or a reference to it (env:NAME, file:PATH or ssm:/NAME)' },
  { name: 'sites', question: 'Site ids, separated by commas' },
  { name: 'cutoff', question: 'Exclude outages that began at or before' },
] as const;

/**
 * Asks until each answer is valid; a reference must lead to a value now.
 * @param accept called with a key that was typed; returns the reference to store in its place, or throws to ask again
 */
export async function askForAnswers(
  answers: Answers,
  accept: (key: RawValue) => Promise<RawValue>,
  context: Context,
): Promise<void> {
  const { environment } = context;
  const questions = createQuestions(environment);
  for (const { name, question } of QUESTIONS) {
    const { fallback }: { readonly fallback?: string } = SETTINGS[name];
    while (!answers.has(name)) {
      let texts: readonly string[];
      if (name === 'apiKey') {
        texts = [(await askForKey(environment, question))?.text.trim() ?? ''];
      } else {
        const answer = await questions.ask(`${question} [${fallback ?? 'none'}]: `);
        if (answer === undefined) {
          throw new UsageError('stdin ended before the last answer', { hint: 'use flags instead' });
        }
        texts = (name === 'sites' ? answer.split(',') : [answer]).map((text) => text.trim());
      }
      texts = texts.filter(Boolean);
      if (texts.length === 0) break;
      const raw = texts.map((text): RawValue => ({ text, source: { kind: 'terminal', label: name } }));
      const valid = await validOrReported(context, async () => {
        const accepted: RawValue[] = [];
        for (const each of raw) {
          await assertUsable(name, each, context);
          accepted.push(name === 'apiKey' && !isReference(each.text) ? await accept(each) : each);
        }
        return accepted;
      });
      if (valid) answers.set(name, valid);
    }
  }
}

/** Returns undefined if the answer is invalid, which is then reported. */
async function validOrReported<T>({ reporter }: Context, validate: () => Promise<T>): Promise<T | undefined> {
  try {
    return await validate();
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof ConfigurationError)) throw error;
    reporter.error(error);
    await reporter.pause();
    return undefined;
  }
}

/** Checks the value, or looks up what the reference leads to. @throws {ConfigurationError} if it cannot be used */
async function assertUsable(name: SettingName, raw: RawValue, context: Context): Promise<void> {
  const definition: SettingDefinition<unknown> = SETTINGS[name];
  if ((name !== 'apiUrl' && name !== 'apiKey') || !isReference(raw.text)) {
    check(name, definition, raw);
    return;
  }
  const { environment, deadline } = context;
  const nothing = { apiUrl: undefined, apiKey: undefined, queue: undefined };
  const found = await openCredentials({ ...nothing, [name]: raw }, [], environment).lookUp(name, deadline.signal);
  if (found) check(name, definition, found);
}
