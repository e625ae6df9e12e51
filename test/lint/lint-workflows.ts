/** Part of `npm run lint`: runs actionlint on every workflow, and shellcheck, if installed, on every shell script. */
import { spawnSync } from 'node:child_process';

import { createLinter } from 'actionlint';

import { shellScripts, type Snippet, workflows } from './shell-snippets.ts';

/** Checks that do not apply to snippets: unused variables (a later command uses them) and missing sourced files. */
const EXCLUDED = 'SC2034,SC1091';

function shellcheck({ place, text }: Snippet): readonly string[] {
  const { error, stdout, status } = spawnSync(
    'shellcheck',
    ['--shell=bash', '--format=gcc', `--exclude=${EXCLUDED}`, '-'],
    { input: text, encoding: 'utf8' },
  );
  if (error) return [];
  return status === 0 ? [] : [`${place}: ${stdout.trim()}`];
}

const lint = await createLinter();
const problems = [
  ...workflows().flatMap(({ place, text }) =>
    lint(text, place).map(({ line, column, message }) => `${place} (${line}:${column}): ${message}`),
  ),
  ...shellScripts().flatMap(shellcheck),
];
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exitCode = 1;
}
