import { join } from 'node:path';

import { readFlags } from '../config/layers.ts';
import { writePrivateFile } from '../config/write-private-file.ts';
import { isReference } from '../config/references.ts';
import { type SettingDefinition, SETTINGS, type SettingName } from '../config/settings.ts';
import { renderTemplate } from '../config/template.ts';
import { trust } from '../config/trust.ts';
import { check, type RawValue } from '../config/raw-value.ts';
import type { Environment } from '../platform/environment.ts';
import { ConfigurationError, fileError, KrakenOutagesError, UsageError } from '../domain/errors.ts';
import { EXIT_CODES } from '../domain/exit-code.ts';
import { canAsk, createQuestions } from '../platform/questions.ts';
import type { CommandHandler, Context } from './command.ts';
import { configFlags, type Flags } from './flags.ts';

const NAME = '.kraken-outagesrc';

/** What is asked at a terminal, where no flag says it; an empty answer is the default, or leaves the key out. */
const QUESTIONS = [
  { name: 'apiUrl', question: 'The API, with its path (https://…)' },
  { name: 'apiKey', question: 'Where its key is (env:NAME or file:PATH)' },
  { name: 'sites', question: 'The ids of the sites to work on, with commas between them' },
  { name: 'cutoff', question: 'Leave out the outages that began at this time or before' },
] as const;

/** What the new file says, by the names of the settings. */
type Answers = Map<SettingName, readonly RawValue[]>;

/** Writes a configuration file that explains itself, and has the user's trust. */
export const configInit: CommandHandler = async (flags, context) => {
  const { environment, reporter } = context;
  if (!flags.force && (await environment.files.stat(NAME))) throw alreadyThere();
  const answers = await readAnswers(flags, environment);
  if (canAsk(environment)) await askForOthers(answers, context);
  const content = renderTemplate(
    new Map([...answers].map(([name, written]) => [name, written.map(({ text }) => text)])),
  );
  await writePrivateFile(NAME, content, environment.files, { mayReplace: flags.force }).catch((cause: unknown) => {
    throw cause instanceof Error && 'code' in cause && cause.code === 'EEXIST'
      ? alreadyThere()
      : fileError(NAME, cause);
  });
  await trust({ path: join(environment.cwd(), NAME), content }, environment);
  reporter.tell({
    type: 'notice',
    message: `${NAME} is written`,
    hint: 'kraken-outages config check tells whether it works',
  });
  return EXIT_CODES.ok.code;
};

function alreadyThere(): UsageError {
  return new UsageError(`${NAME} is there already`, { hint: 'give --force to replace it' });
}

/** What the flags say. @throws {UsageError} where one of them is not sound */
async function readAnswers(flags: Flags, environment: Environment): Promise<Answers> {
  const layer = await readFlags(configFlags(flags), environment, { secrets: false });
  const answers: Answers = new Map([...layer].map(([name, { items }]) => [name, items]));
  if (flags.apiKeyFile === '-') {
    throw new UsageError('--api-key-file -: a file cannot say that the key comes from stdin', {
      hint: 'name the file that holds the key',
    });
  }
  if (flags.apiKeyFile !== undefined) {
    answers.set('apiKey', [{ text: `file:${flags.apiKeyFile}`, source: { kind: 'flag', label: '--api-key-file' } }]);
  }
  for (const [name, written] of answers) for (const each of written) assertSound(name, each);
  return answers;
}

/** Asks until each answer is sound. */
async function askForOthers(answers: Answers, { environment, reporter }: Context): Promise<void> {
  const questions = createQuestions(environment);
  for (const { name, question } of QUESTIONS) {
    const { fallback }: { readonly fallback?: string } = SETTINGS[name];
    while (!answers.has(name)) {
      const answer = await questions.ask(`${question} [${fallback ?? 'none'}]: `);
      if (answer === undefined)
        throw new UsageError('stdin ended before the last answer', { hint: 'give flags instead' });
      const texts = (name === 'sites' ? answer.split(',') : [answer]).map((text) => text.trim()).filter(Boolean);
      if (texts.length === 0) break;
      const written = texts.map((text): RawValue => ({ text, source: { kind: 'file', label: name } }));
      try {
        for (const each of written) assertSound(name, each);
        answers.set(name, written);
      } catch (error) {
        if (!(error instanceof KrakenOutagesError)) throw error;
        reporter.error(error);
        await reporter.pause();
      }
    }
  }
}

/** @throws {UsageError} {@link ConfigurationError} on a value that would not be read, or a key that all could see */
function assertSound(name: SettingName, written: RawValue): void {
  const { label } = written.source;
  if ((name === 'apiUrl' || name === 'apiKey') && isReference(written.text)) return;
  if (name === 'apiKey') {
    throw new ConfigurationError(`${label}: say where the key is, not what it is`, { hint: 'for example env:MY_KEY' });
  }
  const definition: SettingDefinition<unknown> = SETTINGS[name];
  check(name, definition, written);
}
