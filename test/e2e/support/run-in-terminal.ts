import { shellWord } from '../../support/shell-word.ts';
import type { Running, StartOptions, Workspace } from './workspace.ts';

/** Starts a program in a terminal (util-linux `script`); `stdout` holds both streams. */
export function runInTerminal(
  { spawn }: Workspace,
  argv: readonly string[],
  { env, ...options }: StartOptions = {},
): Running {
  const command = argv.map(shellWord).join(' ');
  return spawn('script', ['--quiet', '--return', '--command', `exec ${command}`, '/dev/null'], {
    ...options,
    env: { SHELL: '/bin/sh', TERM: 'xterm-256color', ...env },
  });
}
