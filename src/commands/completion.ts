import { basename } from 'node:path';

import { loadSettings } from '../config/load.ts';
import { UsageError } from '../domain/errors.ts';
import { EXIT_CODES } from '../domain/exit-code.ts';
import { toSize } from '../output/format-units.ts';
import type { Environment } from '../platform/environment.ts';
import { canAsk, createQuestions } from '../platform/questions.ts';
import { visible } from '../util/text.ts';
import { type Context, defineCommand } from './command.ts';
import { completionPath, install, readExisting, type ShellName, SHELLS } from './completion-files.ts';
import { LOGGING_FLAGS, toggle } from './flags.ts';

const GROUP = 'Output:';
/** A shell waits for it at a keystroke. */
const COMPLETION_DEADLINE_MS = 2000;

export const completion = defineCommand({
  name: 'completion',
  summary: 'Print or install the completion script of a shell.',
  examples: ['completion bash', 'completion --install --yes'],
  positional: {
    notation: '[shell]',
    description: 'shell to generate for (--install defaults to $SHELL)',
    choices: Object.keys(SHELLS),
  },
  flags: {
    install: {
      group: GROUP,
      notation: '--install',
      description: "write the script to the shell's completion directory, after asking",
      schema: toggle,
    },
    yes: { group: GROUP, notation: '-y, --yes', description: 'install without asking', schema: toggle },
    siteIds: {
      group: GROUP,
      notation: '--site-ids',
      description: 'print the configured site ids (for the scripts)',
      schema: toggle,
      isHidden: true,
    },
    ...LOGGING_FLAGS,
  },
  run: async ({ siteIds, install: installs, yes }, context) => {
    const { environment, deadline, commandLine, words } = context;
    if (siteIds) {
      deadline.setLimit(COMPLETION_DEADLINE_MS);
      return printSites(environment);
    }
    const shell = chooseShell(words[0] ?? (installs ? basename(environment.env['SHELL'] ?? '') : ''));
    const script = await commandLine.completionScript(shell);
    if (installs) return installScript({ shell, script, isAgreed: yes }, context);
    await environment.stdout.write(script);
    return EXIT_CODES.ok.code;
  },
});

/** Prints the configured site ids, one per line, without reading any secret. */
async function printSites(environment: Environment): Promise<number> {
  const { sites } = await loadSettings({}, environment, { secrets: false });
  // Ids with control characters could act on the terminal.
  const harmless = sites.value.filter((id) => visible(id) === id);
  await environment.stdout.write(harmless.map((id) => `${id}\n`).join(''));
  return EXIT_CODES.ok.code;
}

/** @throws {UsageError} if there is no such shell */
function chooseShell(name: string): ShellName {
  const known = (['bash', 'zsh', 'fish', 'powershell'] as const).find((shell) => shell === name);
  if (known !== undefined) return known;
  throw new UsageError('no shell was given', {
    hint: `use one of ${Object.keys(SHELLS).join(', ')}: kraken-outages completion bash`,
  });
}

interface Installation {
  readonly shell: ShellName;
  readonly script: string;
  /** Whether the user agreed on the command line. */
  readonly isAgreed: boolean;
}

/** Says what it would write and where, and writes it once the user agrees. */
async function installScript({ shell, script, isAgreed }: Installation, context: Context): Promise<number> {
  const { environment, reporter } = context;
  const { activate } = SHELLS[shell];
  const path = completionPath(shell, environment);
  const existing = await readExisting(path, environment);
  if (existing === script) {
    reporter.emit({ type: 'notice', message: `${path} is up to date`, hint: activate(path) });
    return EXIT_CODES.ok.code;
  }
  const verb = existing === undefined ? 'write' : 'replace';
  const plan = `${verb} ${path} with the completion script of ${shell} (${toSize(Buffer.byteLength(script))})`;
  if (isAgreed) reporter.emit({ type: 'notice', message: `this will ${plan}` });
  else {
    if (!canAsk(environment)) throw new UsageError(`this would ${plan}`, { hint: 'use --yes to write it' });
    await reporter.pause();
    const answer = await createQuestions(environment).ask(`This will ${visible(plan)}. Continue? [y/N] `);
    if (!/^y(es)?$/i.test(answer?.trim() ?? '')) {
      reporter.emit({ type: 'notice', message: 'nothing was written' });
      return EXIT_CODES.ok.code;
    }
  }
  await install(path, script, environment);
  reporter.emit({ type: 'notice', message: `wrote ${path}`, hint: activate(path) });
  return EXIT_CODES.ok.code;
}
