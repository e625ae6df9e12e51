/** A part of `npm run lint`: actionlint for every workflow, and shellcheck, if it is installed, for every shell script. */
import { spawnSync } from 'node:child_process';

import { createLinter } from 'actionlint';

import { shellScripts, type Snippet, workflows } from './shell-snippets.ts';

/** Checks that make no sense for a snippet: an unused variable (it is for a later command), a file that is not there. */
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
