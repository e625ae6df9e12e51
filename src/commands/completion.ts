import { basename, join } from 'node:path';

import type { Command as Program } from 'commander';

import { install, readExisting } from '../cli/completion/install.ts';
import { SHELLS } from '../cli/completion/shells.ts';
import { toNodes } from '../cli/completion/nodes.ts';
import { loadSettings } from '../config/load.ts';
import { baseDirectory } from '../platform/base-directory.ts';
import type { Environment } from '../platform/environment.ts';
import { UsageError } from '../domain/errors.ts';
import { EXIT_CODES } from '../domain/exit-code.ts';
import { toSize } from '../output/format-units.ts';
import { canAsk, createQuestions } from '../platform/questions.ts';
import { visible } from '../util/text.ts';
import type { CommandHandler, Context } from './command.ts';
import type { Flags } from './flags.ts';

type ShellName = keyof typeof SHELLS;

/** Prints or installs the completion script of a shell, made from the tree of the commands. */
export function createCompletion(program: Program): CommandHandler {
  return async (flags, context) => {
    const { environment } = context;
    if (flags.sites) return printSites(environment);
    const name = chooseShell(flags, environment);
    const script = (await SHELLS[name].load())(toNodes(program));
    if (flags.install) return offer(name, script, flags, context);
    await environment.stdout.write(script);
    return EXIT_CODES.ok.code;
  };
}

/** What the scripts call: the ids of the configuration, one a line; no secret is looked at. */
async function printSites(environment: Environment): Promise<number> {
  const { sites } = await loadSettings({}, environment, { secrets: false });
  // What could do something to a terminal is left out.
  const harmless = sites.value.filter((id) => visible(id) === id);
  await environment.stdout.write(harmless.map((id) => `${id}\n`).join(''));
  return EXIT_CODES.ok.code;
}

/** The shell that is named; to install, else the user's own. @throws {UsageError} where there is none */
function chooseShell({ words = [], install: installs }: Flags, { env }: Environment): ShellName {
  const name = words[0] ?? (installs ? basename(env['SHELL'] ?? '') : '');
  const known = (['bash', 'zsh', 'fish'] as const).find((shell) => shell === name);
  if (known !== undefined) return known;
  throw new UsageError('no shell was given', {
    hint: `give one of ${Object.keys(SHELLS).join(', ')}: kraken-outages completion bash`,
  });
}

/** @throws {UsageError} if there is no home directory */
function pathOf({ base, path }: (typeof SHELLS)[ShellName]['place'], environment: Environment): string {
  const directory = baseDirectory(base, environment);
  if (directory !== undefined) return join(directory, path);
  throw new UsageError('completion --install: there is no home directory', {
    hint: 'set HOME to an absolute path, or save the printed script yourself',
  });
}

/** Says what would be written and where, and writes it where that is agreed to. */
async function offer(name: ShellName, script: string, flags: Flags, context: Context): Promise<number> {
  const { environment, reporter } = context;
  const { place, next } = SHELLS[name];
  const path = pathOf(place, environment);
  const existing = await readExisting(path, environment);
  if (existing === script) {
    reporter.tell({ type: 'notice', message: `${path} is up to date`, hint: next(path) });
    return EXIT_CODES.ok.code;
  }
  const verb = existing === undefined ? 'write' : 'replace';
  const plan = `${verb} ${path} with the completion script of ${name} (${toSize(Buffer.byteLength(script))})`;
  if (!flags.yes) {
    if (!canAsk(environment)) throw new UsageError(`this would ${plan}`, { hint: 'give --yes to have it written' });
    await reporter.pause();
    const answer = await createQuestions(environment).ask(`This will ${visible(plan)}. Go on? [y/N] `);
    if (!/^y(es)?$/i.test(answer?.trim() ?? '')) {
      reporter.tell({ type: 'notice', message: 'nothing was written' });
      return EXIT_CODES.ok.code;
    }
  } else {
    reporter.tell({ type: 'notice', message: `this will ${plan}` });
  }
  await install(path, script, environment);
  reporter.tell({ type: 'notice', message: `wrote ${path}`, hint: next(path) });
  return EXIT_CODES.ok.code;
}
