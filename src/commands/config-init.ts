import { join } from 'node:path';

import { askForKey } from '../config/ask-for-key.ts';
import { readFlags } from '../config/layers.ts';
import { writePrivateFile } from '../config/write-private-file.ts';
import { isReference } from '../config/references.ts';
import { type SettingDefinition, SETTINGS, type SettingName } from '../config/settings.ts';
import { renderTemplate } from '../config/template.ts';
import { trust } from '../config/trust.ts';
import { check, type RawValue } from '../config/raw-value.ts';
import type { Environment } from '../platform/environment.ts';
import { ConfigurationError, fileError, UsageError } from '../domain/errors.ts';
import { EXIT_CODES } from '../domain/exit-code.ts';
import { canAsk } from '../platform/questions.ts';
import { errorCode } from '../util/errno.ts';
import { type Context, defineCommand, type FlagValues } from './command.ts';
import { configCheck } from './config-check.ts';
import { type Answers, askForAnswers } from './config-init-questions.ts';
import { API_FLAGS, LOGGING_FLAGS, SELECTION_FLAGS, toggle } from './flags.ts';

const NAME = '.kraken-outagesrc';

/** The file that a typed key is stored in. */
const KEY_NAME = '.kraken-outages-key';
/** How often a typed key that the API rejects is asked for again. */
const MAX_CORRECTIONS = 2;

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
    const mayReplace = values.force;
    if (!mayReplace) await assertFree(NAME, environment);
    const answers = await readAnswers(values, environment);
    const isAttended = canAsk(environment);
    let typedKey: string | undefined;
    if (isAttended) {
      const accept = async (key: RawValue): Promise<RawValue> => {
        context.registerSecret(key.text);
        if (!mayReplace) await assertFree(KEY_NAME, environment);
        typedKey = key.text;
        return { ...key, text: `file:${KEY_NAME}` };
      };
      await askForAnswers(answers, accept, context);
    }
    if (typedKey !== undefined) await write(KEY_NAME, `${typedKey}\n`, { mayReplace }, environment);
    const content = renderTemplate(new Map([...answers].map(([name, raw]) => [name, raw.map(({ text }) => text)])));
    await write(NAME, content, { mayReplace }, environment);
    await trust({ path: join(environment.cwd(), NAME), content }, environment);
    const created = typedKey === undefined ? NAME : `${NAME} and ${KEY_NAME}, which holds the key`;
    const isComplete = isAttended && answers.has('apiUrl') && answers.has('apiKey');
    const hint = isComplete
      ? 'testing it, as kraken-outages config check does:'
      : 'test it: kraken-outages config check';
    reporter.emit({ type: 'notice', message: `created ${created}`, hint });
    if (!isComplete) return EXIT_CODES.ok.code;
    await reporter.pause();
    return checkAndCorrect(values, typedKey !== undefined, context);
  },
});

/** Runs the checks, and asks again for a typed key that the API rejects. Returns the exit code of the checks. */
async function checkAndCorrect(values: FlagValues<typeof flags>, isTyped: boolean, context: Context): Promise<number> {
  const { proxy, caFile, deadline, color } = values;
  const check = configCheck.bind({ proxy, caFile, deadline, color });
  for (let corrections = 0; ; corrections++) {
    const code = await check.run(context);
    if (!isTyped || code !== EXIT_CODES.key.code || corrections === MAX_CORRECTIONS) return code;
    const key = await askForKey(context.environment, 'The API rejects the key. API key (hidden)');
    if (!key) return code;
    context.registerSecret(key.text);
    await write(KEY_NAME, `${key.text.trim()}\n`, { mayReplace: true }, context.environment);
  }
}

/** Writes a file that only the user can read. @throws {UsageError} if it exists and may not be replaced */
async function write(
  name: string,
  content: string,
  options: { readonly mayReplace: boolean },
  { files }: Environment,
): Promise<void> {
  await writePrivateFile(name, content, files, options).catch((cause: unknown) => {
    throw errorCode(cause) === 'EEXIST' ? existsError(name) : fileError(name, cause);
  });
}

/** @throws {UsageError} if there is such a file, or the directory cannot be searched */
async function assertFree(name: string, { files }: Environment): Promise<void> {
  const status = await files.stat(name).catch((cause: unknown) => {
    throw fileError(name, cause);
  });
  if (status) throw existsError(name);
}

function existsError(name: string): UsageError {
  const hint = name === NAME ? 'replace it with --force' : `enter file:${name} to use it, or start again with --force`;
  return new UsageError(`${name} already exists`, { hint });
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
