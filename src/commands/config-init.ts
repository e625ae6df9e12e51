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
import { type Context, defineCommand, type FlagValues } from './command.ts';
import { API_FLAGS, LOGGING_FLAGS, SELECTION_FLAGS, toggle } from './flags.ts';

const NAME = '.kraken-outagesrc';

/** Questions asked at a terminal if no flag gives the value; an empty answer takes the default, or leaves the key out. */
const QUESTIONS = [
  { name: 'apiUrl', question: 'API base URL including its path (https://…)' },
  { name: 'apiKey', question: 'API key, as a reference (env:NAME or file:PATH)' },
  { name: 'sites', question: 'Site ids, separated by commas' },
  { name: 'cutoff', question: 'Exclude outages that began at or before' },
] as const;

/** The values for the new file by setting. */
type Answers = Map<SettingName, readonly RawValue[]>;

const flags = {
  force: {
    group: 'Options:',
    notation: '--force',
    description: 'replace an existing .kraken-outagesrc',
    schema: toggle,
  },
  ...SELECTION_FLAGS,
  ...API_FLAGS,
  ...LOGGING_FLAGS,
};

export const configInit = defineCommand({
  name: 'config init',
  summary: 'Create a commented .kraken-outagesrc, interactively or from flags.',
  examples: ['config init', 'config init --api-url https://api.example.com/v1 --api-key-file ~/.kraken-key'],
  flags,
  run: async (values, context) => {
    const { environment, reporter } = context;
    if (!values.force && (await isTaken(environment))) throw alreadyThere();
    const answers = await readAnswers(values, environment);
    if (canAsk(environment)) await askForOthers(answers, context);
    const content = renderTemplate(new Map([...answers].map(([name, raw]) => [name, raw.map(({ text }) => text)])));
    await writePrivateFile(NAME, content, environment.files, { mayReplace: values.force }).catch((cause: unknown) => {
      throw cause instanceof Error && 'code' in cause && cause.code === 'EEXIST'
        ? alreadyThere()
        : fileError(NAME, cause);
    });
    await trust({ path: join(environment.cwd(), NAME), content }, environment);
    reporter.emit({ type: 'notice', message: `created ${NAME}`, hint: 'test it: kraken-outages config check' });
    return EXIT_CODES.ok.code;
  },
});

/** @throws {UsageError} if the directory cannot be searched */
async function isTaken({ files }: Environment): Promise<boolean> {
  const status = await files.stat(NAME).catch((cause: unknown) => {
    throw fileError(NAME, cause);
  });
  return status !== undefined;
}

function alreadyThere(): UsageError {
  return new UsageError(`${NAME} already exists`, { hint: 'replace it with --force' });
}

/** Reads the flags. @throws {UsageError} if a value is invalid */
async function readAnswers(values: FlagValues<typeof flags>, environment: Environment): Promise<Answers> {
  const layer = await readFlags(values, environment, { secrets: false });
  const answers: Answers = new Map([...layer].map(([name, { items }]) => [name, items]));
  if (values.apiKeyFile === '-') {
    throw new UsageError('--api-key-file -: a configuration file cannot refer to stdin', {
      hint: 'name the file that holds the key',
    });
  }
  if (values.apiKeyFile !== undefined) {
    answers.set('apiKey', [{ text: `file:${values.apiKeyFile}`, source: { kind: 'flag', label: '--api-key-file' } }]);
  }
  for (const [name, raw] of answers) for (const each of raw) assertValid(name, each);
  return answers;
}

/** Asks until each answer is valid. */
async function askForOthers(answers: Answers, { environment, reporter }: Context): Promise<void> {
  const questions = createQuestions(environment);
  for (const { name, question } of QUESTIONS) {
    const { fallback }: { readonly fallback?: string } = SETTINGS[name];
    while (!answers.has(name)) {
      const answer = await questions.ask(`${question} [${fallback ?? 'none'}]: `);
      if (answer === undefined)
        throw new UsageError('stdin ended before the last answer', { hint: 'use flags instead' });
      const texts = (name === 'sites' ? answer.split(',') : [answer]).map((text) => text.trim()).filter(Boolean);
      if (texts.length === 0) break;
      const raw = texts.map((text): RawValue => ({ text, source: { kind: 'file', label: name } }));
      try {
        for (const each of raw) assertValid(name, each);
        answers.set(name, raw);
      } catch (error) {
        if (!(error instanceof KrakenOutagesError)) throw error;
        reporter.error(error);
        await reporter.pause();
      }
    }
  }
}

/** @throws {UsageError} {@link ConfigurationError} if the value is invalid, or is the key itself */
function assertValid(name: SettingName, raw: RawValue): void {
  const { label } = raw.source;
  if ((name === 'apiUrl' || name === 'apiKey') && isReference(raw.text)) return;
  if (name === 'apiKey') {
    throw new ConfigurationError(`${label}: expected a reference, not the key itself`, {
      hint: 'for example env:MY_KEY',
    });
  }
  const definition: SettingDefinition<unknown> = SETTINGS[name];
  check(name, definition, raw);
}
